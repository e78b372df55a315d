internal import Cryptography
internal import Files
internal import Storage
internal import Threads

/// Copies chunks into new packs as they are stored, each proven by its pack's sums.
///
/// Every pack begins with a few bytes that no other has: a pack is named by its content, and the
/// same chunks may already make a pack that is condemned. Several threads may copy, each in a lane
/// of its own; while one writes a pack, the others fill the next.
final class PackCopier: Sendable {
    /// What one thread needs to read and prove chunks.
    final class Lane {
        fileprivate let room = AlignedBuffer(byteCount: PackFormat.chunkLimit)
        fileprivate var hasher = SHA256()
    }

    typealias Written = (pack: IndexSegment.Pack, members: [PackBuilder.Member])

    private struct State {
        var packs: [Written] = []
        var failure: RepositoryError?
    }

    private static let packBytesMinimum = 8 << 20

    private let store: any Store
    private let packers: [PackFormat.Kind: Packer]
    private let state = Monitor(State())

    init(_ store: any Store, _ settings: RepositorySettings) {
        self.store = store
        // Packs of half the size: two of them are in memory at once.
        let data = max(settings.packBytes / 2, Self.packBytesMinimum)
        let meta = max(settings.metaPackBytes, 4 << 20) + (256 << 10)
        packers = [
            .data: Packer(byteCount: data, isSalted: true),
            .meta: Packer(byteCount: meta, isSalted: true),
        ]
    }

    /// What was written, for the index.
    var packs: [Written] { state.change { $0.packs } }
    /// How many bytes went into new packs.
    var writtenBytes: UInt64 { packs.reduce(0) { $0 + $1.pack.sizeBytes } }

    /// Copies one chunk.
    ///
    /// - Throws: ``RepositoryError``; `damaged` where the stored bytes are not those of the sums.
    func copy(
        _ item: PackListing.Item,
        of object: StoredObject,
        kind: PackFormat.Kind,
        in lane: Lane
    ) throws(RepositoryError) {
        let member = item.member
        guard member.storedBytes <= PackFormat.chunkLimit else {
            throw Self.damage(item, object)
        }
        let target = unsafe lane.room.room(0..<member.storedBytes)
        try storing { () throws(StorageError) in
            try store.steadily { () throws(StorageError) in
                try unsafe store.get(object.name, at: UInt64(member.offset), into: target)
            }
        }
        let stored = unsafe lane.room.slice(0..<member.storedBytes)
        guard unsafe lane.hasher.digest(of: RawSpan(_unsafeBytes: stored)) == item.storedDigest
        else { throw Self.damage(item, object) }
        unsafe packers[kind]?.add(member.chunk, member.plainBytes, stored) { write($0, kind) }
        if let failure = state.change({ $0.failure }) { throw failure }
    }

    private static func damage(_ item: PackListing.Item, _ object: StoredObject) -> RepositoryError
    {
        RepositoryError(
            code: .damaged,
            message: "\(object.name): chunk \(item.member.chunk) is not what its sums name"
        )
    }

    private func write(_ full: FilledPack, _ kind: PackFormat.Kind) {
        do throws(RepositoryError) {
            let pack = try put(full, kind)
            state.change { $0.packs.append((pack, full.members)) }
        } catch {
            state.change { $0.failure = $0.failure ?? error }
            // Whoever waits for a buffer must not wait for ever.
            for packer in packers.values { packer.abandon() }
        }
        packers[kind]?.giveBack(full.buffer)
    }

    private func put(
        _ full: FilledPack,
        _ kind: PackFormat.Kind
    ) throws(RepositoryError) -> IndexSegment.Pack {
        let (id, byteCount) = full.seal()
        try storing { () throws(StorageError) in
            do throws(StorageError) {
                let name = PackFormat.objectName(kind, id)
                try unsafe store.put(name, full.buffer.slice(0..<byteCount))
            } catch {
                // Nobody else ever made these few bytes: it is ours, its answer was lost.
                if error.code != .exists { throw error }
            }
        }
        return .init(id: id, kind: kind, sizeBytes: UInt64(byteCount))
    }

    /// Writes what is left and makes it durable, then the index that names it.
    func finish() throws(RepositoryError) {
        for kind in PackFormat.Kind.allCases { packers[kind]?.flush { write($0, kind) } }
        if let failure = state.change({ $0.failure }) { throw failure }
        let packs = packs
        if packs.isEmpty { return }
        try storing { () throws(StorageError) in try store.sync() }
        try IndexSegment.put(packs, in: store)
    }
}

extension IndexSegment {
    /// Writes a segment over packs that are durable, and makes it durable.
    static func put(
        _ packs: [(pack: Pack, members: [PackBuilder.Member])],
        in store: any Store
    ) throws(RepositoryError) {
        try put(encode(packs), in: store)
    }

    /// Writes the bytes of a segment and makes them durable.
    ///
    /// - Returns: Its name.
    @discardableResult
    static func put(_ bytes: [UInt8], in store: any Store) throws(RepositoryError) -> String {
        let name = "index/\(SHA256.digest(of: bytes).hex).idx"
        try storing { () throws(StorageError) in
            do throws(StorageError) {
                try store.put(name, bytes)
            } catch {
                if error.code != .exists { throw error }
            }
            try store.sync()
        }
        return name
    }
}
