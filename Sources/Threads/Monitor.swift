internal import Glibc

/// A value behind one lock, with waiting: whoever changes it wakes those who wait for it.
@safe
public final class Monitor<State>: @unchecked Sendable {
    private var state: State
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    /// Guards a value.
    ///
    /// - Parameter state: Its first state.
    public init(_ state: State) {
        self.state = state
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(changed, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(changed)
        unsafe pthread_mutex_destroy(mutex)
        unsafe changed.deallocate()
        unsafe mutex.deallocate()
    }

    /// Reads or changes the value, then wakes all who wait.
    ///
    /// - Parameter body: Runs while the lock is held; it must not block.
    /// - Returns: What the body returns.
    public func change<Result>(_ body: (inout State) -> Result) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer {
            unsafe pthread_cond_broadcast(changed)
            unsafe pthread_mutex_unlock(mutex)
        }
        return body(&state)
    }

    /// Waits until the body has an answer.
    ///
    /// - Parameter body: Runs while the lock is held, again after each change; nil waits on.
    /// - Returns: The first answer that is not nil.
    public func wait<Result>(_ body: (inout State) -> Result?) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer {
            unsafe pthread_cond_broadcast(changed)
            unsafe pthread_mutex_unlock(mutex)
        }
        while true {
            if let answer = body(&state) { return answer }
            unsafe pthread_cond_wait(changed, mutex)
        }
    }
}
