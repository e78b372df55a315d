internal import Files
internal import Threads

/// Holds a model folder against other changing runs; the kernel frees it when the run ends.
struct FolderLock: ~Copyable {
    private let file: OpenFile
    /// What runs that are gone have left and could not be cleared away, with the reason.
    let leftovers: [String]

    /// Takes the lock, and clears away what runs that are gone have left.
    ///
    /// - Parameters:
    ///   - root: The model folder.
    ///   - waitSeconds: How long to wait for another run.
    ///   - cancellation: Ends the waiting.
    /// - Throws: ``ModelError`` with `busy`.
    init(
        _ root: borrowing Directory,
        waitSeconds: Int,
        _ cancellation: Cancellation
    ) throws(ModelError) {
        do throws(FileError) {
            file = try Self.take(root, waitSeconds, cancellation)
        } catch {
            if error.code == .busy { throw ModelError(.busy, error.message, cause: error) }
            throw ModelError("lock the model folder", error)
        }
        leftovers = UnfinishedWork.clear(root)
    }

    private static func take(
        _ root: borrowing Directory,
        _ waitSeconds: Int,
        _ cancellation: Cancellation
    ) throws(FileError) -> OpenFile {
        do throws(FileError) {
            try root.makeFolder(ModelJournal.folder)
            try root.sync()
        } catch {
            if error.code != .exists { throw error }
        }
        let file = try root.folder(ModelJournal.folder).open(Path("lock"), .lock)
        var left = waitSeconds * 10
        while try !file.tryLock() {
            if left <= 0 || cancellation.reason != nil {
                throw FileError(code: .busy, message: "another run changes \(root.path)")
            }
            OwnedThread.pause(milliseconds: 100)
            left -= 1
        }
        return file
    }
}
