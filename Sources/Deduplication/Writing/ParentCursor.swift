internal import Cryptography
internal import Files
internal import Manifests

/// Walks through the manifest of the previous snapshot beside the walk through the source.
///
/// Paths must be asked for in ascending order: one pass, no table of files in memory.
struct ParentCursor {
    private let reader: ChunkReader
    private var parts: ArraySlice<Digest>
    private var bytes: [UInt8] = []
    private var lines = LineReader([])
    private var current: (entry: FileEntry, line: Range<Int>)?
    private var isStarted = false
    /// Why nothing more is known of the parent, where its manifest is damaged.
    private(set) var fault: String?

    init(_ reader: ChunkReader, parts: [Digest]) {
        self.reader = reader
        self.parts = parts[...]
    }

    /// The entry of this path and its line, or nil where the parent has none.
    mutating func entry(at path: Path) throws(RepositoryError) -> (FileEntry, ArraySlice<UInt8>)? {
        do throws(RepositoryError) {
            if !isStarted {
                isStarted = true
                try step()
            }
            while let found = current, found.entry.path < path { try step() }
        } catch {
            // The cache is gone, not the source: whatever it does not say is read anew.
            guard error.code == .damaged else { throw error }
            fault = error.message
            parts = []
            bytes = []
            lines = LineReader([])
            current = nil
        }
        guard let found = current, found.entry.path == path else { return nil }
        return (found.entry, bytes[found.line])
    }

    /// The next entry, whatever its path; nil after the last, or where the manifest is damaged.
    mutating func next() throws(RepositoryError) -> FileEntry? {
        do throws(RepositoryError) {
            try step()
        } catch {
            guard error.code == .damaged else { throw error }
            return nil
        }
        return current?.entry
    }

    private mutating func step() throws(RepositoryError) {
        while true {
            do throws(ManifestError) {
                current = try lines.entry()
            } catch {
                throw RepositoryError(error, in: "the manifest of the parent")
            }
            if current != nil { return }
            guard let part = parts.popFirst() else { return }
            bytes = try reader.read(part)
            lines = LineReader(bytes)
        }
    }
}
