internal import Cryptography
internal import Storage

/// What a pack itself says that it holds: the truth from which every index can be made again.
struct PackListing {
    /// One chunk with the digest of its stored bytes.
    struct Item {
        let member: PackBuilder.Member
        let storedDigest: Digest
    }

    let items: [Item]

    /// Reads a pack's headers and sums, not its content.
    ///
    /// Checks that the sums hash to the pack's name, name exactly the members, in order, and
    /// that the tar ends as it must.
    init(_ store: any Store, _ object: StoredObject) throws(RepositoryError) {
        guard let (_, id) = PackFormat.pack(object.name) else {
            throw Self.damage(object, "its name is none of a pack")
        }
        var walk = Walk(store: store, object: object)
        guard try walk.next()?.name == PackFormat.marker else {
            throw Self.damage(object, "it does not begin as a pack")
        }
        var members: [PackBuilder.Member] = []
        var sums: [Digest] = []
        while let header = try walk.next() {
            if header.name == PackFormat.sumsName {
                sums = try Self.sums(walk.content(), object, id, members)
                try walk.expectEnd()
                break
            }
            guard let (chunk, isCompressed) = PackFormat.chunk(header.name) else {
                throw Self.damage(object, "it holds a member \(header.name)")
            }
            let plainBytes = isCompressed ? try Self.plainBytes(walk, object) : header.size
            guard plainBytes <= PackFormat.chunkLimit else {
                throw Self.damage(object, "chunk \(chunk) claims \(plainBytes) bytes")
            }
            members.append(
                PackBuilder.Member(
                    chunk: chunk, offset: walk.offset, storedBytes: header.size,
                    plainBytes: plainBytes))
        }
        guard sums.count == members.count else { throw Self.damage(object, "it has no sums") }
        items = zip(members, sums).map { Item(member: $0, storedDigest: $1) }
    }

    private static func damage(_ object: StoredObject, _ what: String) -> RepositoryError {
        RepositoryError(code: .damaged, message: "\(object.name): \(what)")
    }

    private static func plainBytes(
        _ walk: borrowing Walk,
        _ object: StoredObject
    ) throws(RepositoryError) -> Int {
        guard let size = Zstd.plainBytes(walk.start) else {
            throw damage(object, "a member is not a zstd frame with its size")
        }
        return size
    }

    private static func sums(
        _ content: [UInt8],
        _ object: StoredObject,
        _ id: Digest,
        _ members: [PackBuilder.Member]
    ) throws(RepositoryError) -> [Digest] {
        guard SHA256.digest(of: content) == id else {
            throw damage(object, "its sums do not hash to its name")
        }
        let lines = content.split(separator: 0x0A)
        guard lines.count == members.count else {
            throw damage(object, "its sums do not name its members")
        }
        var digests: [Digest] = []
        for (line, member) in zip(lines, members) {
            let isCompressed = member.storedBytes < member.plainBytes
            let name = PackFormat.memberName(member.chunk, isCompressed: isCompressed)
            guard let digest = Digest(hex: line.prefix(64)),
                line.dropFirst(66).elementsEqual(name.utf8)
            else { throw damage(object, "its sums do not name its members") }
            digests.append(digest)
        }
        return digests
    }

    /// A position in a pack that moves from header to header.
    private struct Walk: ~Copyable {
        let store: any Store
        let object: StoredObject
        /// Where the current member's data begin.
        private(set) var offset = 0
        /// The first bytes of the current member's data.
        private(set) var start: [UInt8] = []
        private var size = 0

        init(store: any Store, object: StoredObject) {
            self.store = store
            self.object = object
        }

        mutating func next() throws(RepositoryError) -> (name: String, size: Int)? {
            let position = offset + TarHeader.padded(size)
            let left = Int(clamping: object.sizeBytes) - position
            guard left >= TarHeader.byteCount else { return nil }
            let window = try read(position, min(left, TarHeader.byteCount + 32))
            guard let header = TarHeader.decode(window[..<TarHeader.byteCount]) else { return nil }
            offset = position + TarHeader.byteCount
            size = header.size
            start = Array(window[TarHeader.byteCount...].prefix(header.size))
            guard offset + TarHeader.padded(size) <= Int(clamping: object.sizeBytes) else {
                return nil
            }
            return header
        }

        func content() throws(RepositoryError) -> [UInt8] {
            try read(offset, size)
        }

        func expectEnd() throws(RepositoryError) {
            let end = offset + TarHeader.padded(size)
            let rest = try read(end, Int(clamping: object.sizeBytes) - end)
            guard rest.count >= 1024, rest.count < 1024 + PackFormat.alignment,
                rest.allSatisfy({ $0 == 0 })
            else { throw PackListing.damage(object, "it does not end as a pack") }
        }

        private func read(_ position: Int, _ count: Int) throws(RepositoryError) -> [UInt8] {
            try storing { () throws(StorageError) in
                try store.get(object.name, at: UInt64(position), count: count)
            }
        }
    }
}
