import Deduplication
import Files
import Storage
import Threads

extension SmallStack {
    /// Forgets snapshots.
    func forget(_ snapshots: [Snapshot], in store: any Store) throws {
        try Repository(store).forget(
            snapshots.map { ($0, "a test") },
            by: "nobody",
            operation: "test"
        )
    }

    /// Collects what no snapshot needs.
    func collect(_ store: any Store, waitSeconds: Int64) throws -> CollectionReport {
        try RepositoryCollection(
            Repository(store),
            .init(
                host: "here",
                operation: "test",
                waitSeconds: waitSeconds,
                copyBytesLimit: 1 << 40,
                now: Moment.now
            ),
            cancellation: Cancellation()
        ).run()
    }

    /// Brings a snapshot back.
    func undelete(_ snapshot: Snapshot, in store: any Store) throws {
        try Repository(store).undelete(snapshot, host: "here", processID: 1, operation: "test")
    }
}
