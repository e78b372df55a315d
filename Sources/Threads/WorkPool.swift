/// Works off items on several threads, the first ones first.
public enum WorkPool {
    private struct State<Item, Failure: Error> {
        var items: [Item]
        var failure: Failure?
    }

    /// Runs the work for every item; blocks until all threads are done.
    ///
    /// - Parameters:
    ///   - items: What to work off.
    ///   - threadCount: How many threads, at least one; more than there are cores where the work
    ///     is waiting for a disk.
    ///   - work: Called on any of the threads; its first failure stops what has not begun.
    /// - Throws: The first failure.
    public static func run<Item: Sendable, Failure: Error>(
        _ items: [Item],
        threadCount: Int = OwnedThread.recommendedCount,
        _ work: @escaping @Sendable (Item) throws(Failure) -> Void
    ) throws(Failure) {
        let state = Monitor(State<Item, Failure>(items: items.reversed()))
        let threads = (0..<min(threadCount, max(1, items.count))).map { _ in
            OwnedThread {
                while let item = state.change({ $0.failure == nil ? $0.items.popLast() : nil }) {
                    do throws(Failure) {
                        try work(item)
                    } catch {
                        state.change { $0.failure = $0.failure ?? error }
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        if let failure = state.change({ $0.failure }) { throw failure }
    }
}
