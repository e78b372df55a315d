internal import Files
internal import Threads

/// The names of a store that a power cut could still take.
///
/// Invariants: a name is durable once its folder is synced, and the folders that lead to it,
/// whoever made those: another run may have died between making and syncing one. A failed sync is
/// final: what it lost cannot be told, so all later ones fail too.
final class NamesToSync: Sendable {
    private struct State {
        var sequence: UInt64 = 0
        /// Each folder with the number of its last change.
        var unsynced: [String: UInt64] = [:]
        /// Folders whose own names we have made durable.
        var anchored: Set<String> = []
        var failure: StorageError?
    }

    private let state = Monitor(State())

    /// Notes that the next sync must make a name durable, and those of the folders above it.
    func insert(_ name: String) {
        state.change { state in
            state.sequence += 1
            state.unsynced[Self.folderName(name)] = state.sequence
            for folder in ObjectName.folders(above: name) where !state.anchored.contains(folder) {
                state.unsynced[Self.folderName(folder)] = state.sequence
            }
        }
    }

    /// Makes all of them durable.
    ///
    /// - Parameter root: The store's folder.
    /// - Throws: ``StorageError``.
    func sync(in root: borrowing Directory) throws(StorageError) {
        if let failure = state.change({ $0.failure }) { throw failure }
        let folders = state.change { $0.unsynced }
        do throws(FileError) {
            for name in folders.keys.sorted() {
                try name == "." ? root.sync() : root.folder(Path(name)).sync()
            }
        } catch {
            let failure = StorageError("make the repository durable", error)
            state.change { $0.failure = failure }
            throw failure
        }
        state.change { state in
            // Only now: a sync on another thread must not return before these are durable.
            for (name, number) in folders where state.unsynced[name] == number {
                state.unsynced[name] = nil
            }
            let synced = Set(folders.keys)
            for name in synced {
                let chain = ObjectName.folders(above: name + "/")
                state.anchored.formUnion(chain.filter { synced.contains(Self.folderName($0)) })
            }
        }
    }

    private static func folderName(_ name: String) -> String {
        Path(name).parent.description
    }
}
