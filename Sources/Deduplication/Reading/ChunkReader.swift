internal import Cryptography
internal import Files
internal import Storage

/// Reads chunks and proves each by its id before anybody sees it.
///
/// One for each thread.
final class ChunkReader {
    private let store: any Store
    private let index: ChunkIndex
    private let ledger: ReadLedger?
    private let stored = AlignedBuffer(byteCount: PackFormat.chunkLimit)
    private let decompressor = Decompressor()
    private var hasher = SHA256()

    init(store: any Store, index: ChunkIndex, ledger: ReadLedger? = nil) {
        self.store = store
        self.index = index
        self.ledger = ledger
    }

    /// The plaintext's size as the index claims it, or nil for an unknown chunk.
    func plainBytes(of chunk: Digest) -> Int? {
        index.locations(of: chunk).first?.plainBytes
    }

    /// Reads a chunk from whichever of its places holds it unharmed.
    ///
    /// - Returns: The plaintext's size; the buffer must have room for 4 MiB or the claimed size.
    func read(
        _ chunk: Digest,
        into room: UnsafeMutableRawBufferPointer
    ) throws(RepositoryError) -> Int {
        let (byteCount, location) = try unsafe load(chunk, into: room, isProving: true)
        ledger?.prove(location)
        return byteCount
    }

    /// Reads a chunk from the first of its places that can be read.
    ///
    /// Without `isProving` nobody may see a byte before the whole is compared with the id.
    func load(
        _ chunk: Digest,
        into room: UnsafeMutableRawBufferPointer,
        isProving: Bool
    ) throws(RepositoryError) -> (byteCount: Int, location: ChunkIndex.Location) {
        var reasons: [String] = []
        var tried: Set<ChunkIndex.Location> = []
        for isLastResort in [false, true] {
            // No place that the index claims is right: what do the packs themselves say?
            if isLastResort { index.search() }
            for location in index.locations(of: chunk) where tried.insert(location).inserted {
                do throws(RepositoryError) {
                    let (count, place) = try unsafe find(
                        chunk,
                        near: location,
                        into: room,
                        isProving
                    )
                    return (count, place)
                } catch {
                    // A store that does not answer says nothing about the chunk.
                    if error.code == .storage { throw error }
                    ledger?.fail(location, error.message)
                    reasons.append(error.message)
                }
            }
        }
        let why = reasons.isEmpty ? "no pack holds it" : reasons.joined(separator: "; ")
        throw RepositoryError(code: .damaged, message: "chunk \(chunk): \(why)")
    }

    /// Reads a chunk from where the index has it, with the sizes that its own header states
    /// where those of the index are wrong.
    func find(
        _ chunk: Digest,
        near location: ChunkIndex.Location,
        into room: UnsafeMutableRawBufferPointer,
        _ isProving: Bool
    ) throws(RepositoryError) -> (Int, ChunkIndex.Location) {
        do throws(RepositoryError) {
            let count = try unsafe read(chunk, at: location, into: room, isProving: isProving)
            return (count, location)
        } catch {
            guard
                let stated = PackListing.location(of: chunk, near: location, in: store),
                stated != location,
                let count = try? unsafe read(chunk, at: stated, into: room, isProving: true)
            else { throw error }
            return (count, stated)
        }
    }

    /// Reads a chunk into an array.
    func read(_ chunk: Digest) throws(RepositoryError) -> [UInt8] {
        let buffer = AlignedBuffer(byteCount: PackFormat.chunkLimit)
        let count = try unsafe read(chunk, into: buffer.bytes)
        return unsafe Array(buffer.slice(0..<count))
    }

    /// Reads chunks one after another into an array.
    func read(_ chunks: [Digest], limitBytes: Int = 1 << 30) throws(RepositoryError) -> [UInt8] {
        var bytes: [UInt8] = []
        for chunk in chunks {
            bytes += try read(chunk)
            guard bytes.count <= limitBytes else {
                throw RepositoryError(code: .damaged, message: "a list of chunks is far too long")
            }
        }
        return bytes
    }

    /// Reads a chunk from one of its places.
    func read(
        _ chunk: Digest,
        at location: ChunkIndex.Location,
        into room: UnsafeMutableRawBufferPointer,
        isProving: Bool = true
    ) throws(RepositoryError) -> Int {
        func damage(_ what: String) -> RepositoryError {
            RepositoryError(
                code: .damaged,
                message: "\(location.object) at byte \(location.offset): \(what)"
            )
        }
        guard location.plainBytes <= room.count, location.storedBytes <= location.plainBytes else {
            throw damage("the index claims \(location.plainBytes) bytes")
        }
        let isRaw = location.storedBytes == location.plainBytes
        let target =
            unsafe isRaw
            ? UnsafeMutableRawBufferPointer(rebasing: room[..<location.storedBytes])
            : stored.room(0..<location.storedBytes)
        do throws(StorageError) {
            try store.steadily { () throws(StorageError) in
                try unsafe store.get(location.object, at: UInt64(location.offset), into: target)
            }
        } catch {
            try store.expectAnswer(after: error)
            throw RepositoryError(code: .damaged, message: error.message, cause: error)
        }
        var count = location.storedBytes
        if !isRaw {
            let plain = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<location.plainBytes])
            guard
                let size = unsafe decompressor.decompress(
                    UnsafeRawBufferPointer(target),
                    into: plain
                )
            else { throw damage("not an unharmed zstd frame") }
            count = size
        }
        let plain = unsafe RawSpan(_unsafeBytes: room[..<count])
        guard !isProving || hasher.digest(of: plain) == chunk else {
            throw damage("other bytes than its id says")
        }
        return count
    }
}
