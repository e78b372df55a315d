internal import Cryptography
internal import Files
internal import Storage
internal import Threads

/// Takes plaintext, keeps each chunk once: hash, look up, compress, pack, write.
///
/// Threads of its own do the work; one more writes full packs. The first failure ends all of
/// it and comes out of every later call. Order of durability: packs, sync, index, sync.
final class ChunkWriter: Sendable {
    /// A chunk on its way.
    final class Ticket: Sendable {
        private let id = Monitor<Digest??>(nil)

        init(_ known: Digest? = nil) {
            if let known { id.change { $0 = .some(known) } }
        }

        fileprivate func resolve(_ digest: Digest?) { id.change { $0 = .some(digest) } }

        /// The chunk's id, or nil where the writing failed; waits for it.
        func wait() -> Digest? { id.wait { $0 } }

        /// Whether ``wait()`` would return at once.
        var isResolved: Bool { id.change { $0 != nil } }
    }

    /// What was written, as far as it is known.
    struct Totals: Sendable {
        var newChunks = 0
        var newPlainBytes: UInt64 = 0
        var writtenBytes: UInt64 = 0
    }

    private struct Job: Sendable {
        let buffer: AlignedBuffer
        let count: Int
        let kind: PackFormat.Kind
        let ticket: Ticket
        /// Where whoever queued the chunk has made its digest already.
        let id: Digest?
    }

    private struct FullPack: Sendable {
        let kind: PackFormat.Kind
        let content: FilledPack
    }

    private struct Status {
        var failure: RepositoryError?
        var claimed: Set<Digest> = []
        var totals = Totals()
        var uncheckpointedBytes = 0
    }

    private static let checkpointBytes = 1 << 30

    let index: ChunkIndex
    let pool: BufferPool
    private let store: any Store
    private let jobs = BoundedQueue<Job>(limit: 64)
    private let fullPacks = BoundedQueue<FullPack>(limit: 2)
    private let status = Monitor(Status())
    private let packers: [PackFormat.Kind: Packer]
    private let workers: Monitor<[OwnedThread]>
    private let packWriter: Monitor<OwnedThread?>

    init(
        store: any Store,
        index: ChunkIndex,
        packBytes: [PackFormat.Kind: Int],
        threadCount: Int = OwnedThread.recommendedCount
    ) {
        self.store = store
        self.index = index
        pool = BufferPool(smallCount: 8 + 4 * threadCount, largeCount: 2 + 2 * threadCount)
        workers = Monitor([])
        packWriter = Monitor(nil)
        var packers: [PackFormat.Kind: Packer] = [:]
        for kind in PackFormat.Kind.allCases {
            packers[kind] = Packer(byteCount: packBytes[kind] ?? 64 << 20)
        }
        self.packers = packers
        workers.change { threads in
            threads = (0..<threadCount).map { _ in OwnedThread { [self] in work() } }
        }
        packWriter.change { $0 = OwnedThread { [self] in writePacks() } }
    }

    /// What was written so far.
    var totals: Totals { status.change { $0.totals } }

    /// Takes over a leased buffer and queues its first bytes as one chunk, with its id where
    /// that is known.
    func submit(
        _ buffer: AlignedBuffer,
        count: Int,
        kind: PackFormat.Kind = .data,
        id: Digest? = nil
    ) throws(RepositoryError) -> Ticket {
        precondition(count > 0 && count <= PackFormat.chunkLimit)
        try check()
        if let id, index.reusableLocation(of: id) != nil {
            pool.giveBack(buffer)
            return Ticket(id)
        }
        let ticket = Ticket()
        jobs.push(Job(buffer: buffer, count: count, kind: kind, ticket: ticket, id: id))
        return ticket
    }

    /// Queues bytes that are already in an array, in chunks of at most `chunkBytes`.
    func submit(
        _ bytes: [UInt8],
        kind: PackFormat.Kind,
        chunkBytes: Int = PackFormat.chunkLimit
    ) throws(RepositoryError) -> [Ticket] {
        var tickets: [Ticket] = []
        for start in stride(from: 0, to: bytes.count, by: chunkBytes) {
            let piece = bytes[start..<min(start + chunkBytes, bytes.count)]
            let buffer = pool.lease(piece.count)
            unsafe buffer.bytes.copyBytes(from: piece)
            tickets.append(try submit(buffer, count: piece.count, kind: kind))
        }
        return tickets
    }

    /// The ids of queued chunks; waits for them.
    func resolve(_ tickets: [Ticket]) throws(RepositoryError) -> [Digest] {
        var ids: [Digest] = []
        for ticket in tickets {
            guard let id = ticket.wait() else {
                try check()
                throw RepositoryError(code: .storage, message: "a chunk could not be written")
            }
            ids.append(id)
        }
        return ids
    }

    /// Writes what is left and makes everything durable, the index included.
    func finish() throws(RepositoryError) {
        stopWorkers()
        try check()
        // In this order in every run: a fault that was met once can be met again.
        for kind in PackFormat.Kind.allCases { packers[kind]?.flush { push($0, kind) } }
        fullPacks.close()
        packWriter.change { $0 }?.join()
        try check()
        try checkpoint()
    }

    /// Gives up: nothing is published, packs that were written stay for the next run to reuse.
    func abandon() {
        fail(RepositoryError(code: .cancelled, message: "the backup was given up"))
        stopWorkers()
        fullPacks.close()
        packWriter.change { $0 }?.join()
    }

    private func stopWorkers() {
        jobs.close()
        for worker in workers.change({ $0 }) { worker.join() }
    }

    private func check() throws(RepositoryError) {
        if let failure = status.change({ $0.failure }) { throw failure }
    }

    private func fail(_ error: RepositoryError) {
        status.change { if $0.failure == nil { $0.failure = error } }
        for packer in packers.values { packer.abandon() }
    }

    private func work() {
        let encoder = ChunkEncoder()
        var hasher = SHA256()
        while let job = jobs.pop() {
            let plain = unsafe job.buffer.slice(0..<job.count)
            let failed = status.change { $0.failure != nil }
            if failed {
                job.ticket.resolve(nil)
            } else {
                let id = unsafe job.id ?? hasher.digest(of: RawSpan(_unsafeBytes: plain))
                unsafe keep(id, plain, job.kind, encoder)
                job.ticket.resolve(id)
            }
            pool.giveBack(job.buffer)
        }
    }

    private func keep(
        _ id: Digest,
        _ plain: UnsafeRawBufferPointer,
        _ kind: PackFormat.Kind,
        _ encoder: ChunkEncoder
    ) {
        if index.reusableLocation(of: id) != nil { return }
        let isMine = status.change { status in
            guard status.claimed.insert(id).inserted else { return false }
            status.totals.newChunks += 1
            status.totals.newPlainBytes += UInt64(plain.count)
            return true
        }
        guard isMine, let packer = packers[kind] else { return }
        unsafe packer.add(id, plain.count, encoder.encode(plain)) { push($0, kind) }
    }

    private func push(_ content: FilledPack, _ kind: PackFormat.Kind) {
        fullPacks.push(FullPack(kind: kind, content: content))
    }

    private func writePacks() {
        while let full = fullPacks.pop() {
            if status.change({ $0.failure != nil }) { continue }
            do throws(RepositoryError) {
                try write(full)
                packers[full.kind]?.giveBack(full.content.buffer)
                if status.change({ $0.uncheckpointedBytes >= Self.checkpointBytes }) {
                    try checkpoint()
                }
            } catch {
                fail(error)
            }
        }
    }

    private func write(_ full: FullPack) throws(RepositoryError) {
        let (id, byteCount) = full.content.seal()
        let name = PackFormat.objectName(full.kind, id)
        let content = unsafe full.content.buffer.slice(0..<byteCount)
        do throws(StorageError) {
            try unsafe store.put(name, content)
        } catch {
            guard error.code == .exists else { throw RepositoryError(error) }
            // The name commits to the content: what bears it and is not the same is damaged,
            // and here is what it should be.
            let isWhole = try unsafe holds(name, content)
            try storing { () throws(StorageError) in
                if !isWhole { try unsafe store.replace(name, content) }
                try forgetDamage(of: id)
            }
        }
        let pack = IndexSegment.Pack(
            id: id,
            kind: full.kind,
            sizeBytes: UInt64(byteCount)
        )
        index.add(pack, full.content.members)
        status.change { status in
            status.totals.writtenBytes += UInt64(byteCount)
            status.uncheckpointedBytes += byteCount
        }
    }

    /// A pack that is whole again may be leaned on: else every later backup would read anew
    /// what lies in it.
    private func forgetDamage(of pack: Digest) throws(StorageError) {
        for fact in try store.list("facts/damaged")
        where fact.lastComponent.hasPrefix(pack.hex) {
            try store.delete(fact.name)
        }
    }

    /// Whether an object is there with these bytes and no more.
    ///
    /// - Throws: ``RepositoryError`` where the store does not say.
    private func holds(
        _ name: String,
        _ content: UnsafeRawBufferPointer
    ) throws(RepositoryError) -> Bool {
        // One byte behind the end must not be there.
        if try piece(name, at: content.count, count: 1) != nil { return false }
        for start in stride(from: 0, to: content.count, by: 1 << 20) {
            let end = min(start + (1 << 20), content.count)
            guard let bytes = try piece(name, at: start, count: end - start),
                unsafe bytes.elementsEqual(content[start..<end])
            else { return false }
        }
        return true
    }

    /// Bytes of an object; nil where it ends before, or cannot be read while others can.
    private func piece(
        _ name: String,
        at start: Int,
        count: Int
    ) throws(RepositoryError) -> [UInt8]? {
        do throws(StorageError) {
            return try store.steadily { () throws(StorageError) in
                try store.get(name, at: UInt64(start), count: count)
            }
        } catch {
            try store.expectAnswer(after: error)
            return nil
        }
    }

    /// Packs durable first, then the segment that names them: an index never promises more
    /// than is there, and a killed run leaves packs that the next one reuses.
    private func checkpoint() throws(RepositoryError) {
        try storing { () throws(StorageError) in try store.sync() }
        status.change { $0.uncheckpointedBytes = 0 }
        let packs = index.takeUnsaved()
        if packs.isEmpty { return }
        let bytes = IndexSegment.encode(packs)
        let name = "index/\(SHA256.digest(of: bytes).hex).idx"
        do throws(StorageError) {
            try store.put(name, bytes)
            try store.sync()
        } catch {
            guard error.code == .exists else { throw RepositoryError(error) }
        }
    }
}
