internal import Cryptography
internal import Manifests

/// The chunks that an entry refers to, and what is wrong with how it does.
struct EntryChunks {
    /// Of the content.
    private(set) var content: Set<Digest> = []
    /// Of the list of extents.
    private(set) var lists: Set<Digest> = []
    /// Of the table of pages; only the next backup needs it.
    private(set) var tables: Set<Digest> = []
    /// Why the extents cannot be those of the file, where no chunk is to blame.
    private(set) var fault: String?

    /// Reads the list of extents where it lies in chunks.
    init(_ entry: FileEntry, _ reader: ChunkReader) {
        if entry.kind != .file || entry.isElsewhere { return }
        if let pages = entry.pages { tables = Set(pages.base + pages.patches) }
        if case .indirect(let chunks) = entry.extents { lists = Set(chunks) }
        do throws(RepositoryError) {
            for case .chunk(let id, let offset, let length) in try reader.extents(of: entry) {
                content.insert(id)
                guard let plain = reader.plainBytes(of: id) else { continue }
                let isBehind = offset > plain || length > plain - offset
                // The index may be wrong: the chunk itself decides.
                if isBehind, let real = try? reader.read(id).count,
                    offset > real || length > real - offset
                {
                    fault = "an extent reaches behind the end of chunk \(id)"
                }
            }
        } catch {
            fault = error.message
        }
    }

    var all: Set<Digest> { content.union(lists).union(tables) }

    /// What the loss of some chunks means for the file, chunk by chunk.
    func losses(_ lost: [Digest: String]) -> [(chunk: Digest, what: String)] {
        var found: [(Digest, String)] = []
        for (chunks, what) in [
            (content, "content"), (lists, "list of extents"), (tables, "page table"),
        ] {
            for chunk in chunks where lost[chunk] != nil { found.append((chunk, what)) }
        }
        return found
    }

    /// A digest that entries share which have the same content in the same extents.
    static func key(of entry: FileEntry, _ hasher: inout SHA256) -> Digest {
        var lines = LineWriter()
        switch entry.extents {
        case .inline(let extents): lines.write(extents)
        case .indirect(let chunks):
            lines.write(chunks.map { .chunk($0, offset: 0, length: 0) })
        case .elsewhere: break
        }
        let digest = entry.digest?.bytes ?? []
        unsafe hasher.update(digest.span.bytes)
        return unsafe hasher.digest(of: lines.bytes.span.bytes)
    }
}
