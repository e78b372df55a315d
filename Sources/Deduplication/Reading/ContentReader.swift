internal import Cryptography
public import Files
public import Manifests
internal import Threads

/// Reads the content of many files, one after another, with their chunks read ahead.
///
/// Announce files early with ``announce(_:)``, then ``read(_:place:)`` them in the same order.
/// Not thread-safe; the reading ahead happens on threads of its own.
public final class ContentReader {
    private static let lookAhead = 4096
    /// Of a hole that is digested at once.
    private static let zeroBytes = 64 << 10
    /// What entries and extents of announced files may take, but for the last of them.
    private static let announcedBytesLimit = 32 << 20

    private let cache: ChunkCache
    private let reader: ChunkReader
    private var hasher = SHA256()
    /// For files that are made of whole chunks: one pass proves the chunks and the file.
    private var nested = NestedDigests()
    private var prover = SHA256()
    /// For a chunk that is read once more, from another of its places.
    private let spare = AlignedBuffer(byteCount: BufferPool.largeBytes)
    private let zeros = AlignedBuffer(byteCount: zeroBytes)
    private var announced: [(path: Path, extents: [Extent], isNested: Bool, weight: Int)] = []
    private var announcedBytes = 0
    /// Chunks of announced files, of which the first `planned` are planned.
    private var queue: [(chunk: Digest, isProving: Bool)] = []
    private var queueHead = 0
    private var planned = 0

    init(_ repository: Repository, ledger: ReadLedger? = nil, cache: ChunkCache? = nil) {
        self.cache = cache ?? ChunkCache(repository, ledger: ledger)
        reader = ChunkReader(store: repository.store, index: repository.index, ledger: ledger)
        unsafe zeros.bytes.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit { cache.close() }

    /// Whether another file may be announced before one must be read.
    public var hasRoom: Bool {
        queue.count - queueHead < Self.lookAhead && announced.count < 1024
            && announcedBytes < Self.announcedBytesLimit
    }

    /// Names a file that will be read after those named before.
    ///
    /// - Parameter entry: A regular file.
    /// - Throws: ``RepositoryError`` where its list of extents cannot be read.
    public func announce(_ entry: FileEntry) throws(RepositoryError) {
        let extents = try reader.extents(of: entry)
        let isNested = isNested(extents)
        let weight = entry.weightBytes + extents.count * MemoryLayout<Extent>.stride
        announced.append((entry.path, extents, isNested, weight))
        announcedBytes += weight
        for case .chunk(let id, _, _) in extents { queue.append((id, !isNested)) }
        planAhead()
    }

    /// Whether a file is made of whole chunks that ``NestedDigests`` takes.
    private func isNested(_ extents: [Extent]) -> Bool {
        for extent in extents {
            guard case .chunk(let id, 0, let length) = extent, reader.plainBytes(of: id) == length
            else { return false }
        }
        return !extents.isEmpty
    }

    private func planAhead() {
        while planned < queue.count,
            cache.plan(queue[planned].chunk, isProving: queue[planned].isProving)
        {
            planned += 1
        }
    }

    /// Where the file that was announced first has data; what lies between are holes.
    public var dataRanges: [Range<UInt64>] {
        var ranges: [Range<UInt64>] = []
        var position: UInt64 = 0
        for extent in announced.first?.extents ?? [] {
            let start = position
            position += extent.length
            if case .hole = extent { continue }
            if let last = ranges.last, last.upperBound == start {
                ranges[ranges.count - 1] = last.lowerBound..<position
            } else {
                ranges.append(start..<position)
            }
        }
        return ranges
    }

    /// Reads the file that was announced first.
    ///
    /// - Parameters:
    ///   - entry: The same entry.
    ///   - place: Takes the bytes and their position, in order; holes are not given.
    /// - Throws: ``RepositoryError``; `damaged` where a chunk or the whole is not what it was;
    ///   what `place` throws comes out as `source`.
    public func read(
        _ entry: FileEntry,
        place: (UnsafeRawBufferPointer, UInt64) throws(FileError) -> Void
    ) throws(RepositoryError) {
        precondition(announced.first?.path == entry.path, "files are read as they were announced")
        let (_, extents, isNested, weight) = announced.removeFirst()
        announcedBytes -= weight
        var position: UInt64 = 0
        var failure: RepositoryError?
        for extent in extents {
            do throws(RepositoryError) {
                if failure == nil {
                    try unsafe deliver(extent, isNested, at: position, place)
                }
            } catch {
                failure = error
            }
            if case .chunk(let id, _, _) = extent { consume(id) }
            position += extent.length
        }
        let digest = isNested ? nested.finish() : hasher.finish()
        if let failure {
            throw RepositoryError(
                code: failure.code,
                message: "\(entry.path): \(failure.message)",
                cause: failure.cause
            )
        }
        guard digest == entry.digest else {
            throw RepositoryError(
                code: .damaged,
                message: "\(entry.path): its content is not what was captured"
            )
        }
    }

    private func consume(_ id: Digest) {
        // Skipped after a failure, it may never have been planned.
        if planned > queueHead { cache.release(id) } else { planned += 1 }
        queueHead += 1
        if queueHead > Self.lookAhead {
            queue.removeFirst(queueHead)
            planned -= queueHead
            queueHead = 0
        }
        planAhead()
    }

    private func deliver(
        _ extent: Extent,
        _ isNested: Bool,
        at position: UInt64,
        _ place: (UnsafeRawBufferPointer, UInt64) throws(FileError) -> Void
    ) throws(RepositoryError) {
        switch extent {
        case .hole(let length): hashZeros(length)
        case .literal(let bytes):
            unsafe hasher.update(bytes.span.bytes)
            var outcome: Result<Void, RepositoryError> = .success(())
            unsafe bytes.withUnsafeBytes { buffer in
                do throws(RepositoryError) {
                    try reading { () throws(FileError) in try unsafe place(buffer, position) }
                } catch {
                    outcome = .failure(error)
                }
            }
            try outcome.get()
        case .chunk(let id, let offset, let length):
            if planned == queueHead {
                // Nothing is planned, so every buffer is free or about to be.
                cache.planWaiting(id, isProving: !isNested)
                planned += 1
            }
            let chunk = try unsafe proven(id, nestedBytes: isNested ? length : nil)
            guard offset <= chunk.count, length <= chunk.count - offset else {
                throw RepositoryError(
                    code: .damaged,
                    message: "an extent reaches behind the end of chunk \(id)"
                )
            }
            let bytes = unsafe UnsafeRawBufferPointer(rebasing: chunk[offset..<(offset + length)])
            if !isNested { unsafe hasher.update(RawSpan(_unsafeBytes: bytes)) }
            try reading { () throws(FileError) in try unsafe place(bytes, position) }
        }
    }

    /// The plaintext of a planned chunk, proven; where its size is given, also added to the
    /// digest of the nested file.
    private func proven(
        _ id: Digest,
        nestedBytes: Int?
    ) throws(RepositoryError) -> UnsafeRawBufferPointer {
        do throws(RepositoryError) {
            let (bytes, isProven) = try unsafe cache.take(id)
            if unsafe isProven && nestedBytes == nil || isChunk(id, bytes, nestedBytes) {
                cache.settle(id)
                return unsafe bytes
            }
        } catch {
            // Read into too small a buffer, where the index is wrong about its size.
            guard error.code == .damaged else { throw error }
        }
        // The first place was damaged: another may be whole.
        let again = unsafe spare.slice(0..<(try reader.read(id, into: spare.bytes)))
        guard unsafe nestedBytes == nil || isChunk(id, again, nestedBytes) else {
            throw RepositoryError(
                code: .damaged,
                message: "chunk \(id) has \(again.count) bytes, unlike its extent"
            )
        }
        return unsafe again
    }

    private func isChunk(_ id: Digest, _ bytes: UnsafeRawBufferPointer, _ nestedBytes: Int?) -> Bool
    {
        guard let nestedBytes else {
            return unsafe prover.digest(of: RawSpan(_unsafeBytes: bytes)) == id
        }
        return unsafe bytes.count == nestedBytes && nested.add(bytes, expecting: id)
    }

    private func hashZeros(_ count: UInt64) {
        var left = count
        while left > 0 {
            let piece = Int(min(left, UInt64(Self.zeroBytes)))
            unsafe hasher.update(RawSpan(_unsafeBytes: zeros.slice(0..<piece)))
            left -= UInt64(piece)
        }
    }
}
