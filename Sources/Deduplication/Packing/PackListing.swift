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
        var sums: [Digest]?
        while let header = try walk.next() {
            if header.name == PackFormat.sumsName {
                let content = try Self.content(walk, object, members.count)
                sums = try Self.sums(content, object, id, members)
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
                    chunk: chunk,
                    offset: walk.offset,
                    storedBytes: header.size,
                    plainBytes: plainBytes
                )
            )
        }
        guard let sums else {
            throw Self.damage(object, "no unharmed header stands behind byte \(walk.end)")
        }
        items = zip(members, sums).map { Item(member: $0, storedDigest: $1) }
    }

    /// Takes the members from an index and reads only the pack's end: one read instead of one
    /// for each member.
    ///
    /// Checks that the members follow one another without a gap, that the sums hash to the
    /// pack's name and name exactly these members, and that the tar ends as it must.
    init(
        _ store: any Store,
        _ object: StoredObject,
        claimed: [IndexSegment.Claim]
    ) throws(RepositoryError) {
        let (content, id) = try Self.sums(store, object, behind: claimed)
        let lines = content.split(separator: 0x0A)
        guard lines.count == claimed.count else {
            throw Self.damage(object, "its sums do not name the members of the index")
        }
        var members: [PackBuilder.Member] = []
        for (line, claim) in zip(lines, claimed) {
            let name = String(decoding: line.dropFirst(66), as: UTF8.self)
            guard let (chunk, _) = PackFormat.chunk(name), claim.isAbout(chunk) else {
                throw Self.damage(object, "its sums do not name the members of the index")
            }
            members.append(
                PackBuilder.Member(
                    chunk: chunk,
                    offset: claim.place.offset,
                    storedBytes: claim.place.storedBytes,
                    plainBytes: claim.place.plainBytes
                )
            )
        }
        let sums = try Self.sums(content, object, id, members)
        items = zip(members, sums).map { Item(member: $0, storedDigest: $1) }
    }

    /// Whether a pack says of itself what an index claims: the checks of a listing from claims,
    /// without the listing.
    static func confirms(
        _ claimed: [IndexSegment.Claim],
        about object: StoredObject,
        in store: any Store
    ) -> Bool {
        guard let (content, id) = try? sums(store, object, behind: claimed),
            SHA256.digest(of: content) == id
        else { return false }
        return zip(0..., claimed).allSatisfy { number, claim in
            let start = number * PackFormat.sumsLineBytes
            return claim.isNamed(in: content[start..<(start + PackFormat.sumsLineBytes)])
        }
    }

    /// The sums of a pack where its members are those that an index claims, by their lengths.
    private static func sums(
        _ store: any Store,
        _ object: StoredObject,
        behind claimed: [IndexSegment.Claim]
    ) throws(RepositoryError) -> (content: [UInt8], id: Digest) {
        guard let (_, id) = PackFormat.pack(object.name) else {
            throw Self.damage(object, "its name is none of a pack")
        }
        var end = TarHeader.byteCount
        for claim in claimed {
            guard claim.place.offset == end + TarHeader.byteCount else {
                throw Self.damage(object, "the index names members that do not follow one another")
            }
            end = claim.place.offset + TarHeader.padded(claim.place.storedBytes)
        }
        var walk = Walk(store: store, object: object, startingAt: end)
        walk.readAhead(2 * TarHeader.byteCount + claimed.count * PackFormat.sumsLineBytes + 1024)
        guard try walk.next()?.name == PackFormat.sumsName else {
            throw Self.damage(object, "its sums are not behind the members that the index names")
        }
        let content = try Self.content(walk, object, claimed.count)
        try walk.expectEnd()
        return (content, id)
    }

    /// Whether an index says exactly this.
    func isStated(by claims: [IndexSegment.Claim]) -> Bool {
        claims.count == items.count
            && zip(claims, items).allSatisfy { claim, item in claim.states(item.member) }
    }

    /// The members that a damaged pack still shows, wherever an unharmed header stands.
    ///
    /// Nothing is known of their sums, and content may look like a header: what is read from
    /// there is to be proven by its id.
    static func salvage(_ store: any Store, _ object: StoredObject) -> [PackBuilder.Member] {
        var members: [PackBuilder.Member] = []
        var position = 0
        let end = Int(min(object.sizeBytes, PackFormat.packLimit))
        var window = Window(store: store, object: object, end: end)
        while position + TarHeader.byteCount < end {
            guard window.mayBeHeader(at: position) else {
                position += TarHeader.byteCount
                continue
            }
            var walk = Walk(store: store, object: object, startingAt: position)
            position += TarHeader.byteCount
            guard let header = try? walk.next(),
                let (chunk, isCompressed) = PackFormat.chunk(header.name),
                let plainBytes = isCompressed ? Zstd.plainBytes(walk.start) : header.size,
                plainBytes <= PackFormat.chunkLimit
            else { continue }
            members.append(
                PackBuilder.Member(
                    chunk: chunk,
                    offset: walk.offset,
                    storedBytes: header.size,
                    plainBytes: plainBytes
                )
            )
            position = walk.offset + TarHeader.padded(header.size)
        }
        return members
    }

    /// Where a chunk lies by the header that stands before a claimed place; nil where that is no
    /// header of this chunk.
    static func location(
        of chunk: Digest,
        near claimed: ChunkIndex.Location,
        in store: any Store
    ) -> ChunkIndex.Location? {
        let start = claimed.offset - TarHeader.byteCount
        guard start >= 0,
            let bytes = try? store.get(
                claimed.object,
                at: UInt64(start),
                count: TarHeader.byteCount + 32
            ),
            let header = TarHeader.decode(bytes[..<TarHeader.byteCount]),
            let (id, isCompressed) = PackFormat.chunk(header.name), id == chunk,
            let plainBytes = isCompressed
                ? Zstd.plainBytes(Array(bytes[TarHeader.byteCount...].prefix(header.size)))
                : header.size
        else { return nil }
        return ChunkIndex.Location(
            object: claimed.object,
            offset: claimed.offset,
            storedBytes: header.size,
            plainBytes: plainBytes
        )
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

    /// The bytes of `SHA256SUMS`, where they are as many as the members ask for: a header may
    /// claim gigabytes.
    private static func content(
        _ walk: borrowing Walk,
        _ object: StoredObject,
        _ memberCount: Int
    ) throws(RepositoryError) -> [UInt8] {
        guard walk.size == memberCount * PackFormat.sumsLineBytes else {
            throw damage(object, "its sums do not name its members")
        }
        return try walk.content()
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

    /// A piece of a pack that is searched for headers: one read for two thousand places.
    private struct Window {
        private static let byteCount = 1 << 20
        private static let magic = Array("ustar".utf8)

        let store: any Store
        let object: StoredObject
        let end: Int
        private var start = 0
        private var bytes: [UInt8] = []

        init(store: any Store, object: StoredObject, end: Int) {
            self.store = store
            self.object = object
            self.end = end
        }

        /// Whether a header could stand there; also true where nothing can be read at once.
        mutating func mayBeHeader(at position: Int) -> Bool {
            if position < start || position + TarHeader.byteCount > start + bytes.count {
                start = position
                let count = min(Self.byteCount, end - position)
                bytes = (try? store.get(object.name, at: UInt64(position), count: count)) ?? []
            }
            guard bytes.count >= TarHeader.byteCount else { return true }
            let magic = position - start + 257
            return bytes[magic..<(magic + Self.magic.count)].elementsEqual(Self.magic)
        }
    }

    /// A position in a pack that moves from header to header.
    private struct Walk: ~Copyable {
        let store: any Store
        let object: StoredObject
        /// Where the current member's data begin.
        private(set) var offset = 0
        /// The first bytes of the current member's data.
        private(set) var start: [UInt8] = []
        private(set) var size = 0
        /// Bytes that were read at once.
        private var ahead: (start: Int, bytes: [UInt8]) = (0, [])

        /// Where the next header should stand.
        var end: Int { offset + TarHeader.padded(size) }

        init(store: any Store, object: StoredObject, startingAt offset: Int = 0) {
            self.store = store
            self.object = object
            self.offset = offset
        }

        /// Reads what comes next at once, and what the end of a pack is padded with.
        ///
        /// - Parameter count: At most so many bytes are wanted.
        mutating func readAhead(_ count: Int) {
            let left = Int(clamping: object.sizeBytes) - end
            let wanted = min(left, count + PackFormat.alignment)
            guard wanted > 0,
                let bytes = try? store.get(object.name, at: UInt64(end), count: wanted)
            else { return }
            ahead = (end, bytes)
        }

        mutating func next() throws(RepositoryError) -> (name: String, size: Int)? {
            let position = end
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
            // From the last byte of the sums: their padding is covered by no digest.
            let start = offset + size
            let end = TarHeader.padded(start) + 1024 + PackFormat.alignment - 1
            let wanted = end / PackFormat.alignment * PackFormat.alignment
            // The size first: a hostile pack must not choose how much is read.
            guard object.sizeBytes == UInt64(wanted),
                try read(start, wanted - start).allSatisfy({ $0 == 0 })
            else { throw PackListing.damage(object, "it does not end as a pack") }
        }

        private func read(_ position: Int, _ count: Int) throws(RepositoryError) -> [UInt8] {
            let start = position - ahead.start
            if start >= 0, start + count <= ahead.bytes.count {
                return Array(ahead.bytes[start..<(start + count)])
            }
            return try storing { () throws(StorageError) in
                try store.get(object.name, at: UInt64(position), count: count)
            }
        }
    }
}
