internal import Cryptography
internal import Files
public import Manifests

/// Reads the entries of one component in order of path.
public struct TreeReader {
    /// Whoever adds up lengths of entries need not think of overflow.
    private static let totalBytesLimit: UInt64 = 1 << 60

    private let reader: ChunkReader
    private var parts: ArraySlice<Digest>
    private var lines = LineReader([])
    private let name: String
    private var last: FileEntry?
    private var totalBytes: UInt64 = 0

    init(_ reader: ChunkReader, _ component: Snapshot.Component, name: String)
        throws(RepositoryError)
    {
        self.reader = reader
        self.name = name
        var ids: [Digest] = []
        for part in component.parts {
            guard let id = Digest(hex: part) else {
                throw RepositoryError(
                    code: .damaged,
                    message: "component \(name) names a part \(part)"
                )
            }
            ids.append(id)
        }
        parts = ids[...]
    }

    /// The next entry.
    ///
    /// - Returns: Nil after the last.
    /// - Throws: ``RepositoryError``; `damaged` also where the order is not that of paths, so
    ///   that no entry can be restored over another.
    public mutating func next() throws(RepositoryError) -> FileEntry? {
        while true {
            let found: FileEntry?
            do throws(ManifestError) {
                found = try lines.entry()?.entry
            } catch {
                throw RepositoryError(error, in: "the manifest of \(name)")
            }
            if let found {
                if let last, !(last.path < found.path) {
                    throw RepositoryError(
                        code: .damaged,
                        message: "the manifest of \(name) is out of order at \(found.path)"
                    )
                }
                totalBytes += found.sizeBytes
                guard totalBytes < Self.totalBytesLimit else {
                    throw RepositoryError(
                        code: .damaged,
                        message: "the files of \(name) are longer together than any disk"
                    )
                }
                last = found
                return found
            }
            guard let part = parts.popFirst() else { return nil }
            lines = LineReader(try reader.read(part))
        }
    }
}
