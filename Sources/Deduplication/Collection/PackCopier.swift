internal import Cryptography
internal import Files
internal import Storage

/// Copies chunks into new packs as they are stored, each proven by its pack's sums.
///
/// One buffer for each kind is all the memory that it takes. Every pack begins with a few bytes
/// that no other has: a pack is named by its content, and the same chunks may already make a pack
/// that is condemned.
final class PackCopier {
    private final class Draft {
        var builder: PackBuilder
        init(_ buffer: AlignedBuffer) { builder = PackBuilder(buffer) }
    }

    private let store: any Store
    private let settings: RepositorySettings
    private let scratch = AlignedBuffer(byteCount: PackFormat.chunkLimit)
    private var buffers: [PackFormat.Kind: AlignedBuffer] = [:]
    private var drafts: [PackFormat.Kind: Draft] = [:]
    private var hasher = SHA256()
    /// What was written, for the index.
    private(set) var packs: [(pack: IndexSegment.Pack, members: [PackBuilder.Member])] = []
    /// How many bytes went into new packs.
    private(set) var writtenBytes: UInt64 = 0

    init(_ store: any Store, _ settings: RepositorySettings) {
        self.store = store
        self.settings = settings
    }

    /// Copies one chunk.
    ///
    /// - Throws: ``RepositoryError``; `damaged` where the stored bytes are not those of the sums.
    func copy(
        _ item: PackListing.Item,
        of object: StoredObject,
        kind: PackFormat.Kind
    ) throws(RepositoryError) {
        let member = item.member
        let target = unsafe scratch.room(0..<member.storedBytes)
        try storing { () throws(StorageError) in
            try store.steadily { () throws(StorageError) in
                try unsafe store.get(object.name, at: UInt64(member.offset), into: target)
            }
        }
        let stored = unsafe scratch.slice(0..<member.storedBytes)
        guard unsafe hasher.digest(of: RawSpan(_unsafeBytes: stored)) == item.storedDigest else {
            throw RepositoryError(
                code: .damaged,
                message: "\(object.name): chunk \(member.chunk) is not what its sums name"
            )
        }
        var draft = drafts[kind] ?? begin(kind)
        if !draft.builder.hasRoom(for: stored.count) {
            try write(kind)
            draft = begin(kind)
        }
        unsafe draft.builder.append(member.chunk, plainBytes: member.plainBytes, stored: stored)
    }

    private func begin(_ kind: PackFormat.Kind) -> Draft {
        let meta = max(settings.metaPackBytes, 4 << 20) + (256 << 10)
        let size = kind == .data ? settings.packBytes : meta
        let buffer = buffers[kind] ?? AlignedBuffer(byteCount: size)
        buffers[kind] = buffer
        let draft = Draft(buffer)
        let salt = (0..<32).map { _ in UInt8.random(in: 0 ... .max) }
        unsafe salt.withUnsafeBytes { bytes in
            unsafe draft.builder.append(
                SHA256.digest(of: salt),
                plainBytes: salt.count,
                stored: bytes
            )
        }
        drafts[kind] = draft
        return draft
    }

    private func write(_ kind: PackFormat.Kind) throws(RepositoryError) {
        guard let draft = drafts.removeValue(forKey: kind) else { return }
        let full = draft.builder.filled
        let (id, byteCount) = full.seal()
        let name = PackFormat.objectName(kind, id)
        try storing { () throws(StorageError) in
            do throws(StorageError) {
                try unsafe store.put(name, full.buffer.slice(0..<byteCount))
            } catch {
                // Nobody else ever made these few bytes: it is ours, its answer was lost.
                if error.code != .exists { throw error }
            }
        }
        packs.append((.init(id: id, kind: kind, sizeBytes: UInt64(byteCount)), full.members))
        writtenBytes += UInt64(byteCount)
    }

    /// Writes what is left and makes it durable, then the index that names it.
    func finish() throws(RepositoryError) {
        for kind in PackFormat.Kind.allCases { try write(kind) }
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
