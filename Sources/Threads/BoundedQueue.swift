internal import Glibc

/// A queue between threads that holds back producers once it is full.
///
/// An element wakes one thread and not all that wait: many small ones pass, and each waking costs
/// more than the rest.
@safe
public final class BoundedQueue<Element: Sendable>: @unchecked Sendable {
    private struct State {
        var elements: [Element] = []
        var head = 0
        var isClosed = false
        var count: Int { elements.count - head }

        mutating func removeFirst() -> Element {
            let first = elements[head]
            head += 1
            if head > 64 && head * 2 > elements.count {
                elements.removeFirst(head)
                head = 0
            }
            return first
        }
    }

    private var state = State()
    private let limit: Int
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let filled = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let drained = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    /// Makes an empty queue.
    ///
    /// - Parameter limit: How many elements it holds before ``push(_:)`` waits.
    public init(limit: Int) {
        precondition(limit > 0)
        self.limit = limit
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(filled, nil)
        unsafe pthread_cond_init(drained, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(drained)
        unsafe pthread_cond_destroy(filled)
        unsafe pthread_mutex_destroy(mutex)
        unsafe drained.deallocate()
        unsafe filled.deallocate()
        unsafe mutex.deallocate()
    }

    /// Adds at the end; waits while the queue is full.
    ///
    /// After ``close()`` the element is dropped.
    ///
    /// - Parameter element: What to add.
    public func push(_ element: Element) {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while !state.isClosed, state.count >= limit { unsafe pthread_cond_wait(drained, mutex) }
        if state.isClosed { return }
        state.elements.append(element)
        unsafe pthread_cond_signal(filled)
    }

    /// Takes from the front; waits while the queue is empty and open.
    ///
    /// - Returns: The oldest element, or nil once the queue is closed and empty.
    public func pop() -> Element? {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while state.count == 0, !state.isClosed { unsafe pthread_cond_wait(filled, mutex) }
        if state.count == 0 { return nil }
        unsafe pthread_cond_signal(drained)
        return state.removeFirst()
    }

    /// Lets readers drain what is left and then end.
    public func close() {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        state.isClosed = true
        unsafe pthread_cond_broadcast(filled)
        unsafe pthread_cond_broadcast(drained)
    }
}
