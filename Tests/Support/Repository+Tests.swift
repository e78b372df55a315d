public import Deduplication
internal import Files
public import Manifests

extension SnapshotDraft {
    /// Begins a snapshot of the stack `test`, as a backup would.
    ///
    /// - Parameter repository: Opened for this.
    /// - Throws: ``RepositoryError``.
    public convenience init(testing repository: Repository) throws(RepositoryError) {
        try self.init(
            in: repository,
            .init(
                stack: "test",
                host: "here",
                tool: "tests",
                reason: "manual",
                tag: nil,
                note: nil,
                isPartial: false,
                configuration: Array("version: 1\n".utf8)
            ),
            processID: 1
        )
    }
}

extension Snapshot.Component {
    /// A component that was captured whole.
    ///
    /// - Parameters:
    ///   - totals: What the tree came to.
    ///   - source: Where it lies.
    public init(_ totals: TreeTotals, from source: String) {
        self.init(outcome: "captured", source: source, startedAt: Moment.now)
        complete = true
        files = totals.files
        folders = totals.folders
        links = totals.links
        databases = totals.databases
        sizeBytes = totals.sizeBytes
        parts = totals.parts
        digest = totals.digest
        weak = totals.weak
    }
}

extension ContentReader {
    /// All of a file, proven on the way.
    ///
    /// - Parameter entry: A file of this repository.
    /// - Returns: Its bytes, holes filled with zeros.
    /// - Throws: ``RepositoryError``.
    public func bytes(of entry: FileEntry) throws(RepositoryError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(entry.sizeBytes))
        try announce(entry)
        try unsafe read(entry) { (piece, position) throws(FileError) in
            let range = Int(position)..<(Int(position) + piece.count)
            unsafe bytes.replaceSubrange(range, with: piece)
        }
        return bytes
    }
}
