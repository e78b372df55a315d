internal import CLinux
internal import Glibc

/// Counts time from when it was made; unlike the machine's clock it is never set.
public struct Stopwatch: Sendable {
    private let startNanoseconds: Int64

    /// Begins to count.
    public init() {
        startNanoseconds = Self.now
    }

    /// The time since then.
    public var nanoseconds: Int64 { Self.now - startNanoseconds }

    /// The time since then.
    public var seconds: Double { Double(nanoseconds) / 1e9 }

    private static var now: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
