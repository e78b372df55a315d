internal import Backup
internal import Deduplication
internal import Manifests
internal import Subjects

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
                    try RepositoryContent(entry, in: repository)
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
