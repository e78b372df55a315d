/// A queue between threads that holds back producers once it is full.
public final class BoundedQueue<Element: Sendable>: Sendable {
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

    private let monitor = Monitor(State())
    private let limit: Int

    /// Makes an empty queue.
    ///
    /// - Parameter limit: How many elements it holds before ``push(_:)`` waits.
    public init(limit: Int) {
        precondition(limit > 0)
        self.limit = limit
    }

    /// Adds at the end; waits while the queue is full.
    ///
    /// After ``close()`` the element is dropped.
    ///
    /// - Parameter element: What to add.
    public func push(_ element: Element) {
        monitor.wait { state -> Void? in
            if state.isClosed { return () }
            if state.count >= limit { return nil }
            state.elements.append(element)
            return ()
        }
    }

    /// Takes from the front; waits while the queue is empty and open.
    ///
    /// - Returns: The oldest element, or nil once the queue is closed and empty.
    public func pop() -> Element? {
        monitor.wait { state -> Element?? in
            if state.count > 0 { return .some(state.removeFirst()) }
            return state.isClosed ? .some(nil) : nil
        }
    }

    /// Lets readers drain what is left and then end.
    public func close() {
        monitor.change { $0.isClosed = true }
    }
}
