import Cryptography
import Files
import Storage
import Support

@testable import Deduplication
@testable import Manifests

/// A repository whose one manifest is the input: what is read of it is what its digests say.
///
/// Seeds refer to `treeContent`, which lies in a pack beside the manifest.
func checkTree(_ input: [UInt8]) throws(Violation) {
    guard !input.isEmpty, input.count <= 1 << 20 else { return }
    let objects = repository(pack([treeContent, input], .meta))
    guard let repository = try? Repository(MemoryStore(objects)) else {
        throw Violation("a repository of one pack cannot be opened")
    }
    var component = Snapshot.Component(
        outcome: "captured",
        source: "/srv",
        startedAt: Moment(nanoseconds: 0)
    )
    component.parts = [SHA256.digest(of: input).hex]
    guard var tree = try? repository.tree(component, name: "memory") else {
        throw Violation("a manifest of one part is not read")
    }
    let content = repository.contentReader()
    let chunks = ChunkReader(store: repository.store, index: repository.index)
    var last: Path?
    while let entry = try? tree.next() {
        try require(last.map { $0 < entry.path } ?? true, "entries are out of order")
        last = entry.path
        if let pages = entry.pages { _ = try? PageDigests.load(pages, chunks) }
        // Holes take time by their length and no memory: long ones are for another test.
        guard entry.kind == .file, entry.sizeBytes <= 1 << 20,
            (try? content.announce(entry)) != nil
        else { continue }
        try checkContent(entry, content)
    }
}

/// A file is read as its digest says, or refused.
private func checkContent(_ entry: FileEntry, _ content: ContentReader) throws(Violation) {
    var bytes = [UInt8](repeating: 0, count: Int(entry.sizeBytes))
    do throws(RepositoryError) {
        try unsafe content.read(entry) { (piece, position) throws(FileError) in
            let start = Int(position)
            unsafe bytes.replaceSubrange(start..<(start + piece.count), with: piece)
        }
    } catch {
        return
    }
    try require(bytes.count == Int(entry.sizeBytes), "a file grew while it was read")
    try require(SHA256.digest(of: bytes) == entry.digest, "other bytes than the digest says")
}

/// What the seeds of manifests refer to: 12 KiB that compress.
let treeContent = (0..<3).flatMap { page in [UInt8](repeating: 0x61 + page, count: 4096) }

/// A pack over chunks, by the name of its object.
private func pack(_ chunks: [[UInt8]], _ kind: PackFormat.Kind) -> [String: [UInt8]] {
    var builder = PackBuilder(AlignedBuffer(byteCount: 4 << 20))
    let encoder = ChunkEncoder()
    for chunk in chunks {
        unsafe chunk.withUnsafeBytes { plain in
            let stored = unsafe encoder.encode(plain)
            unsafe builder.append(
                SHA256.digest(of: chunk),
                plainBytes: plain.count,
                stored: stored
            )
        }
    }
    let (id, byteCount) = builder.filled.seal()
    return unsafe [PackFormat.objectName(kind, id): Array(builder.buffer.slice(0..<byteCount))]
}
