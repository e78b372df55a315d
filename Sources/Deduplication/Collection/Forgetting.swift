internal import Files
internal import Storage
internal import Threads

/// A snapshot that was removed, whole, with who did it, when and why: `forgotten/<snapshot>.json`.
struct ForgottenSnapshot: Codable, Sendable {
    static let folder = "forgotten"

    var at: String
    var by: String
    var operation: String
    var snapshot: Snapshot
    var why: String

    static func objectName(_ id: SnapshotID) -> String { "\(folder)/\(id).json" }
}

extension Repository {
    /// A disk makes the notes of many snapshots durable in little more time than that of one.
    private static let noteThreadCount = 16

    /// Removes snapshots from the list; their content stays until a collection finds it unneeded.
    ///
    /// The whole document is noted before it goes, so that the chain of snapshots stays provable.
    ///
    /// - Parameters:
    ///   - snapshots: What goes, each with the reason.
    ///   - by: Who does it.
    ///   - operation: The operation's name.
    /// - Throws: ``RepositoryError``; then some are gone, all of them noted.
    public func forget(
        _ snapshots: [(snapshot: Snapshot, why: String)],
        by: String,
        operation: String
    ) throws(RepositoryError) {
        if snapshots.isEmpty { return }
        try WorkPool.run(snapshots, threadCount: Self.noteThreadCount) {
            (item) throws(RepositoryError) in
            try self.note(item.snapshot, why: item.why, by: by, operation: operation)
        }
        try storing { () throws(StorageError) in
            try store.sync()
            for (snapshot, _) in snapshots { try store.delete(snapshot.id.objectName) }
            try store.sync()
        }
    }

    private func note(
        _ snapshot: Snapshot,
        why: String,
        by: String,
        operation: String
    ) throws(RepositoryError) {
        let name = snapshot.id.objectName
        guard let stored = try document(name) else { return }
        // Not as it was given: one that was just written does not bear its digest yet.
        let known = try Snapshot.decode(stored, name: name)
        // A field that this version does not know would be missing from the note.
        guard try known.encoded() == stored else {
            throw RepositoryError(
                code: .unsupported,
                message: "snapshot \(snapshot.id) was written by a newer version of recover"
            )
        }
        let note = ForgottenSnapshot(
            at: Moment.now.rfc3339,
            by: by,
            operation: operation,
            snapshot: known,
            why: why
        )
        let bytes = try CanonicalJSON.encode(note)
        // There may be one of a run that died, or of a snapshot that was brought back.
        try storing { () throws(StorageError) in
            try store.replace(ForgottenSnapshot.objectName(snapshot.id), bytes)
        }
    }

    /// The document of a snapshot; nil where somebody else has forgotten it meanwhile.
    private func document(_ name: String) throws(RepositoryError) -> [UInt8]? {
        do throws(StorageError) {
            return try store.steadily { () throws(StorageError) in
                try store.getSmall(name, limit: 64 << 20)
            }
        } catch {
            if error.code == .notFound { return nil }
            throw RepositoryError(error)
        }
    }

    /// The snapshots that were forgotten and can be named, oldest first by `seq`.
    ///
    /// - Returns: Those that are not there again.
    /// - Throws: ``RepositoryError`` where the store cannot be listed.
    public func forgottenSnapshots() throws(RepositoryError) -> [Snapshot] {
        let present = Set(
            try storing { () throws(StorageError) in try store.list("snapshots") }
                .filter { $0.sizeBytes > Self.tombstone.utf8.count }.map(\.name)
        )
        return try SnapshotChain.forgotten(store)
            .filter { !present.contains($0.id.objectName) }
            .sorted { ($0.seq, $0.id.text) < ($1.seq, $1.id.text) }
    }
}
