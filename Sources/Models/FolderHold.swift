public import Threads

/// Holds a model folder against other changing runs while somebody else puts versions back.
public final class FolderHold {
    private let folder: ModelFolder
    private let lock: FolderLock
    private let before: CurrentLink

    /// Takes the lock.
    ///
    /// - Parameters:
    ///   - folder: Where versions lie; it exists.
    ///   - waitSeconds: How long to wait for another run.
    ///   - cancellation: Ends the waiting.
    /// - Throws: ``ModelError`` with `busy`.
    public init(
        _ folder: ModelFolder,
        waitSeconds: Int,
        cancellation: Cancellation
    ) throws(ModelError) {
        self.folder = folder
        before = try folder.current()
        lock = try FolderLock(try folder.open(), waitSeconds: waitSeconds, cancellation)
    }

    /// Notes in the journal that versions and link came back.
    ///
    /// - Parameter why: Such as the snapshot they came from.
    /// - Throws: ``ModelError``.
    public func noteRestore(why: String) throws(ModelError) {
        var journal = try ModelJournal(in: try folder.open())
        let now = try folder.current().version
        try journal.write(.restore, .done, from: before.version, to: now, why: why)
    }
}
