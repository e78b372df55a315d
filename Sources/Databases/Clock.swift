internal import Glibc

/// The kernel's two clocks, in nanoseconds.
enum Clock {
    /// Since 1970, as file times count; it can be set and jump.
    static var wallNanoseconds: Int64 { read(CLOCK_REALTIME) }

    /// For durations and deadlines; it never jumps.
    static var steadyNanoseconds: Int64 { read(CLOCK_MONOTONIC) }

    static func sleep(microseconds: UInt32) {
        usleep(microseconds)
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var now = timespec()
        unsafe clock_gettime(clock, &now)
        return FileStamp.nanoseconds(now)
    }
}
