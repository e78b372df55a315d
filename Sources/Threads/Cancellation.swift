internal import Glibc
internal import Synchronization

/// A wish to stop, raised from a signal handler or another thread and looked at between steps.
public final class Cancellation: Sendable {
    private let raised = Atomic<Int32>(0)

    /// No wish yet.
    public init() {}

    /// Raises the wish.
    ///
    /// - Parameter reason: A number that is not 0, such as the signal's.
    public func raise(_ reason: Int32) {
        raised.store(reason, ordering: .relaxed)
    }

    /// The number given to ``raise(_:)``, or nil.
    public var reason: Int32? {
        let value = raised.load(ordering: .relaxed)
        return value == 0 ? nil : value
    }

    /// Waits, and no longer than until the wish is raised.
    ///
    /// - Parameter seconds: How long at most.
    public func wait(seconds: Double) {
        var left = seconds
        while left > 0, reason == nil {
            let step = min(left, 0.05)
            usleep(UInt32(step * 1_000_000))
            left -= step
        }
    }
}
