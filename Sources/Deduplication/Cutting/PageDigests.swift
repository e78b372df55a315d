internal import Cryptography
internal import Files
internal import Manifests

/// The digest of each 4 KiB page of a file: 16 bytes a page, the start of its SHA-256.
struct PageDigests: ~Copyable {
    static let digestBytes = 16
    private static let recordBytes = 20
    /// A GiB of digests, which is what a list of chunks may hold; 256 GiB of pages.
    private static let pageCountLimit = 1 << 26
    /// A whole number of records.
    static let patchChunkBytes = (BufferPool.smallBytes / recordBytes) * recordBytes

    /// All digests, one after another.
    private(set) var bytes: [UInt8] = []
    /// SHA-256 of the whole file, once all of it was added.
    private(set) var whole: Digest?
    private var nested = NestedDigests()

    var count: Int { bytes.count / Self.digestBytes }

    init(sizeBytes: UInt64) {
        let pages = Int(sizeBytes) / PageCutter.pageBytes + 1
        bytes.reserveCapacity(pages * Self.digestBytes)
    }

    /// Reads a whole file.
    init(of copy: borrowing OpenFile, sizeBytes: UInt64) throws(RepositoryError) {
        self.init(sizeBytes: sizeBytes)
        let buffer = AlignedBuffer(byteCount: BufferPool.smallBytes)
        var position: UInt64 = 0
        while position < sizeBytes {
            let wanted = Int(min(UInt64(BufferPool.smallBytes), sizeBytes - position))
            try Self.fill(buffer, wanted, from: copy, at: position)
            unsafe add(buffer.slice(0..<wanted))
            position += UInt64(wanted)
        }
        finish()
    }

    /// Adds the next bytes; all but the last are whole pages.
    ///
    /// - Returns: The piece's own digest.
    @discardableResult
    mutating func add(_ piece: UnsafeRawBufferPointer) -> Digest {
        // Two pages at a time take little longer than one.
        for start in stride(from: 0, to: piece.count, by: 2 * PageCutter.pageBytes) {
            let middle = min(start + PageCutter.pageBytes, piece.count)
            let end = min(middle + PageCutter.pageBytes, piece.count)
            let (one, two) = unsafe SHA256.digests(
                of: UnsafeRawBufferPointer(rebasing: piece[start..<middle]),
                UnsafeRawBufferPointer(rebasing: piece[middle..<end])
            )
            bytes.append(contentsOf: one.bytes.prefix(Self.digestBytes))
            if middle < end { bytes.append(contentsOf: two.bytes.prefix(Self.digestBytes)) }
        }
        return unsafe nested.add(piece)
    }

    /// All was added.
    mutating func finish() {
        whole = nested.finish()
    }

    /// Fills the start of a buffer; a private copy that ends early is an error.
    static func fill(
        _ buffer: AlignedBuffer,
        _ count: Int,
        from copy: borrowing OpenFile,
        at position: UInt64
    ) throws(RepositoryError) {
        let read = try reading { () throws(FileError) in
            try unsafe copy.read(into: buffer.room(0..<count), at: position)
        }
        guard read == count else {
            throw RepositoryError(code: .source, message: "\(copy.path) shrank while it was read")
        }
    }

    /// Whether a page is the same as in another table.
    func isSame(_ page: Int, as other: [UInt8]) -> Bool {
        let start = page * Self.digestBytes
        let end = start + Self.digestBytes
        guard end <= bytes.count, end <= other.count else { return false }
        for index in start..<end where bytes[index] != other[index] { return false }
        return true
    }

    /// The records that turn another table into this one.
    func patch(since other: [UInt8]) -> [UInt8] {
        var records: [UInt8] = []
        for page in 0..<count where !isSame(page, as: other) {
            for shift in stride(from: 0, to: 32, by: 8) {
                records.append(UInt8(truncatingIfNeeded: page >> shift))
            }
            let start = page * Self.digestBytes
            records.append(contentsOf: bytes[start..<(start + Self.digestBytes)])
        }
        return records
    }

    /// Reads a stored table.
    static func load(_ table: PageTable, _ reader: ChunkReader) throws(RepositoryError) -> [UInt8] {
        guard table.pageCount <= Self.pageCountLimit else {
            throw RepositoryError(code: .damaged, message: "a page table claims too many pages")
        }
        let wanted = table.pageCount * digestBytes
        var bytes = try reader.read(table.base)
        if bytes.count > wanted { bytes.removeLast(bytes.count - wanted) }
        for chunk in table.patches {
            let records = try reader.read(chunk)
            for start in stride(from: 0, to: records.count - recordBytes + 1, by: recordBytes) {
                let page = (0..<4).reduce(0) { $0 | Int(records[start + $1]) << (8 * $1) }
                guard page < table.pageCount else { continue }
                let position = page * digestBytes
                // A writer names all new pages in order; a gap may claim any amount of memory.
                guard position <= bytes.count else {
                    throw RepositoryError(code: .damaged, message: "a page table leaves out pages")
                }
                bytes.replaceSubrange(
                    position..<min(position + digestBytes, bytes.count),
                    with: records[(start + 4)..<(start + recordBytes)]
                )
            }
        }
        return bytes
    }
}
