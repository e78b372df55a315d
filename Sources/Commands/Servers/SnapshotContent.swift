internal import Deduplication
internal import Manifests
internal import Subjects

/// The content of a file of a snapshot, read out of the repository and proven by its chunks.
final class SnapshotContent: KeptContent {
    private let stored: StoredContent

    init(_ entry: FileEntry, in repository: Repository) throws(CaptureError) {
        do throws(RepositoryError) {
            stored = try repository.storedContent(of: entry)
        } catch {
            throw Self.error(error)
        }
    }

    var runs: [KeptRun] {
        stored.extents.map { extent in
            if case .literal(let bytes) = extent { return .inline(bytes) }
            return .stored(extent.length)
        }
    }

    func read(_ range: Range<UInt64>) throws(CaptureError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        do throws(RepositoryError) {
            for extent in stored.extents(in: range) {
                try unsafe stored.read(extent) { unsafe bytes.append(contentsOf: $0) }
            }
        } catch {
            throw Self.error(error)
        }
        return bytes
    }

    private static func error(_ error: RepositoryError) -> CaptureError {
        let code: CaptureError.Code = error.code == .damaged ? .source : .repository
        return CaptureError(code: code, message: error.message, cause: error)
    }
}

extension QdrantSnapshot {
    /// What a component of a snapshot holds of a Qdrant.
    init(
        _ component: Snapshot.Component,
        named name: String,
        in repository: Repository
    ) throws(CommandFailure) {
        let entries = try Self.entries(component, name, repository)
        do throws(QdrantRestoreError) {
            try self.init(
                entries,
                open: { (entry) throws(CaptureError) in
                    try SnapshotContent(entry, in: repository)
                }
            )
        } catch {
            throw CommandFailure(error, component: name)
        }
    }

    static func entries(
        _ component: Snapshot.Component,
        _ name: String,
        _ repository: Repository
    ) throws(CommandFailure) -> [FileEntry] {
        var entries: [FileEntry] = []
        var tree = try querying { () throws(RepositoryError) in
            try repository.tree(component, name: name)
        }
        while let entry = try querying({ () throws(RepositoryError) in try tree.next() }) {
            entries.append(entry)
        }
        return entries
    }
}
