internal import Cryptography
internal import Files
internal import Manifests
internal import Threads

/// The digest of each 4 KiB page of a file: 16 bytes a page, the start of its SHA-256.
struct PageDigests {
    static let digestBytes = 16
    private static let recordBytes = 20
    /// A whole number of records.
    static let patchChunkBytes = (BufferPool.smallBytes / recordBytes) * recordBytes

    /// All digests, one after another.
    let bytes: [UInt8]
    /// SHA-256 of the whole file.
    let whole: Digest

    var count: Int { bytes.count / Self.digestBytes }

    /// Reads a file once for the whole digest and once, on another thread, for its pages.
    init(_ copy: borrowing OpenFile, sizeBytes: UInt64) throws(RepositoryError) {
        let path = copy.path
        let outcome = Monitor<Result<Digest, RepositoryError>?>(nil)
        let thread = OwnedThread {
            let result = Self.wholeDigest(path, sizeBytes)
            outcome.change { $0 = result }
        }
        defer { thread.join() }
        bytes = try Self.pages(copy, sizeBytes)
        whole = try outcome.wait { $0 }.get()
    }

    private static func wholeDigest(
        _ path: Path,
        _ sizeBytes: UInt64
    ) -> Result<Digest, RepositoryError> {
        var hasher = SHA256()
        do throws(RepositoryError) {
            let file = try reading { () throws(FileError) in try OpenFile(path, .read) }
            try unsafe scan(file, sizeBytes) { piece in
                unsafe hasher.update(RawSpan(_unsafeBytes: piece))
            }
            return .success(hasher.finish())
        } catch {
            return .failure(error)
        }
    }

    private static func pages(
        _ file: borrowing OpenFile,
        _ sizeBytes: UInt64
    ) throws(RepositoryError) -> [UInt8] {
        var hasher = SHA256()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(sizeBytes) / PageCutter.pageBytes * digestBytes + digestBytes)
        try unsafe scan(file, sizeBytes) { piece in
            for start in stride(from: 0, to: piece.count, by: PageCutter.pageBytes) {
                let end = min(start + PageCutter.pageBytes, piece.count)
                let page = unsafe RawSpan(_unsafeBytes: piece[start..<end])
                bytes.append(contentsOf: hasher.digest(of: page).bytes.prefix(digestBytes))
            }
        }
        return bytes
    }

    private static func scan(
        _ file: borrowing OpenFile,
        _ sizeBytes: UInt64,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(RepositoryError) {
        let buffer = AlignedBuffer(byteCount: BufferPool.smallBytes)
        var position: UInt64 = 0
        while position < sizeBytes {
            let start = position
            let count = try reading { () throws(FileError) in
                try unsafe file.read(into: buffer.bytes, at: start)
            }
            let useful = min(count, Int(sizeBytes - position))
            guard useful > 0 else {
                throw RepositoryError(code: .source, message: "\(file.path) shrank while it was read")
            }
            unsafe body(buffer.slice(0..<useful))
            position += UInt64(useful)
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
        guard table.pageCount < 1 << 32 else {
            throw RepositoryError(code: .damaged, message: "a page table claims too many pages")
        }
        var bytes = try reader.read(table.base)
        let wanted = table.pageCount * digestBytes
        for chunk in table.patches {
            let records = try reader.read(chunk)
            for start in stride(from: 0, to: records.count - recordBytes + 1, by: recordBytes) {
                let page = (0..<4).reduce(0) { $0 | Int(records[start + $1]) << (8 * $1) }
                let end = (page + 1) * digestBytes
                guard page < 1 << 31 else { continue }
                if bytes.count < end {
                    bytes += [UInt8](repeating: 0, count: end - bytes.count)
                }
                bytes.replaceSubrange(
                    (end - digestBytes)..<end, with: records[(start + 4)..<(start + recordBytes)])
            }
        }
        if bytes.count > wanted { bytes.removeLast(bytes.count - wanted) }
        return bytes
    }
}
