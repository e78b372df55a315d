internal import Cryptography
internal import Storage

/// One file of the index: which chunk lies where in a set of packs.
///
/// Derived data.
///
/// Layout, all numbers little-endian: 16 bytes `recover-index-1\n`; packs and entries, four
/// bytes each; eight zero bytes; for each pack 32 bytes id, eight bytes size, one byte kind
/// (0 data, 1 meta), seven zero bytes; for each entry, in order of id, the first 18 bytes of
/// the chunk's id, four bytes pack number, four bytes offset / 512, three bytes stored size,
/// three bytes plain size; SHA-256 over all of it.
struct IndexSegment: Sendable {
    struct Pack: Hashable, Sendable {
        let id: Digest
        let kind: PackFormat.Kind
        let sizeBytes: UInt64
    }

    struct Place: Sendable {
        let pack: Int
        let offset: Int
        let storedBytes: Int
        let plainBytes: Int
    }

    /// What a segment says about one member of a pack.
    struct Claim: Sendable {
        fileprivate let prefix: [UInt8]
        let place: Place

        /// Whether the claim is about this chunk, as far as a segment keeps ids.
        func isAbout(_ chunk: Digest) -> Bool { chunk.bytes.starts(with: prefix) }

        /// Whether a line of a pack's sums names the claimed chunk, as far as a segment keeps ids,
        /// and says whether it is compressed.
        func isNamed(in line: ArraySlice<UInt8>) -> Bool {
            let suffix = place.storedBytes < place.plainBytes ? Self.compressed : Self.raw
            guard line.count == PackFormat.sumsLineBytes, line.suffix(5).elementsEqual(suffix),
                line.dropFirst(64).prefix(2).allSatisfy({ $0 == 0x20 }),
                line.prefix(64).allSatisfy(Self.isDigit)
            else { return false }
            let name = line.dropFirst(66).prefix(64)
            var position = name.startIndex
            for byte in prefix {
                guard name[position] == Self.digits[Int(byte >> 4)],
                    name[position + 1] == Self.digits[Int(byte & 15)]
                else { return false }
                position += 2
            }
            return name[position...].allSatisfy(Self.isDigit)
        }

        private static let digits = Array("0123456789abcdef".utf8)
        private static let compressed = Array(".zst\n".utf8)
        private static let raw = Array(".raw\n".utf8)

        private static func isDigit(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
        }

        /// Whether the claim is what the pack itself says of a member.
        func states(_ member: PackBuilder.Member) -> Bool {
            isAbout(member.chunk) && place.offset == member.offset
                && place.storedBytes == member.storedBytes && place.plainBytes == member.plainBytes
        }
    }

    private static let magic = Array("recover-index-1\n".utf8)
    private static let headerBytes = 32
    private static let packBytes = 48
    private static let entryBytes = 32
    private static let prefixBytes = 18
    /// A segment is read whole into memory; 33 million chunks, 8 TiB as a rule.
    private static let byteCountLimit: UInt64 = 1 << 30

    let packs: [Pack]
    private let bytes: [UInt8]
    private let entriesStart: Int
    let entryCount: Int

    /// Reads a segment; nil where anything about it is wrong.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.headerBytes + Digest.byteCount, bytes.starts(with: Self.magic)
        else { return nil }
        let packCount = Self.number(bytes, 16, 4)
        let entryCount = Self.number(bytes, 20, 4)
        let entriesStart = Self.headerBytes + packCount * Self.packBytes
        let end = entriesStart + entryCount * Self.entryBytes
        guard end + Digest.byteCount == bytes.count,
            SHA256.digest(of: Array(bytes[..<end])).bytes.elementsEqual(bytes[end...])
        else { return nil }
        var packs: [Pack] = []
        for index in 0..<packCount {
            let start = Self.headerBytes + index * Self.packBytes
            let id = unsafe Digest(bytes.span.bytes.extracting(start..<(start + 32)))
            packs.append(
                Pack(
                    id: id,
                    kind: bytes[start + 40] == 0 ? .data : .meta,
                    sizeBytes: UInt64(bitPattern: Int64(Self.number(bytes, start + 32, 8)))
                )
            )
        }
        self.packs = packs
        self.bytes = bytes
        self.entriesStart = entriesStart
        self.entryCount = entryCount
        guard isInOrder else { return nil }
    }

    /// Whether the entries are sorted by id: else a chunk that is named would not be found.
    private var isInOrder: Bool {
        var start = entriesStart
        for _ in 1..<max(1, entryCount) {
            let next = start + Self.entryBytes
            for index in 0..<Self.prefixBytes where bytes[start + index] != bytes[next + index] {
                if bytes[start + index] > bytes[next + index] { return false }
                break
            }
            start = next
        }
        return true
    }

    /// Reads a segment from a store; nil where anything about it is wrong.
    ///
    /// Nothing is read of an object whose length is not the one that its start claims.
    init?(_ store: any Store, _ object: StoredObject) throws(StorageError) {
        guard object.sizeBytes <= Self.byteCountLimit,
            object.sizeBytes >= Self.headerBytes + Digest.byteCount
        else { return nil }
        let header = try store.get(object.name, at: 0, count: Self.headerBytes)
        guard header.starts(with: Self.magic),
            object.sizeBytes == Self.entriesEnd(header) + Digest.byteCount
        else { return nil }
        self.init(try store.get(object.name, at: 0, count: Int(object.sizeBytes)))
    }

    /// Where the entries of a segment end, by the numbers at its start.
    private static func entriesEnd(_ header: [UInt8]) -> Int {
        headerBytes + number(header, 16, 4) * packBytes + number(header, 20, 4) * entryBytes
    }

    /// The bytes of a segment over these packs.
    static func encode(_ packs: [(pack: Pack, members: [PackBuilder.Member])]) -> [UInt8] {
        merge([], adding: packs)
    }

    /// Every place where the chunk lies according to this segment.
    func places(of chunk: Digest) -> [Place] {
        let key = Array(chunk.bytes.prefix(Self.prefixBytes))
        var low = 0
        var high = entryCount
        while low < high {
            let middle = (low + high) / 2
            if compare(middle, key) < 0 { low = middle + 1 } else { high = middle }
        }
        var found: [Place] = []
        while low < entryCount, compare(low, key) == 0 {
            if let place = place(low) { found.append(place) }
            low += 1
        }
        return found
    }

    /// What this segment says about each of its packs that is wanted, in order of offset.
    func claims(about wanted: Set<Pack>) -> [Pack: [Claim]] {
        var found: [Pack: [Claim]] = [:]
        for entry in 0..<entryCount {
            guard let place = place(entry), wanted.contains(packs[place.pack]) else { continue }
            let start = entriesStart + entry * Self.entryBytes
            let prefix = Array(bytes[start..<(start + Self.prefixBytes)])
            found[packs[place.pack], default: []].append(Claim(prefix: prefix, place: place))
        }
        return found.mapValues { $0.sorted { $0.place.offset < $1.place.offset } }
    }

    /// The numbers of the entries about each pack, in order of offset.
    func entriesByPack() -> [[UInt32]] {
        var entries = [[UInt32]](repeating: [], count: packs.count)
        for entry in 0..<entryCount {
            guard let place = place(entry) else { continue }
            entries[place.pack].append(UInt32(entry))
        }
        return entries.map { $0.sorted { offset($0) < offset($1) } }
    }

    /// What some entries say.
    func claims(_ entries: [UInt32]) -> [Claim] {
        entries.compactMap { entry in
            let start = entriesStart + Int(entry) * Self.entryBytes
            let prefix = Array(bytes[start..<(start + Self.prefixBytes)])
            return place(Int(entry)).map { Claim(prefix: prefix, place: $0) }
        }
    }

    /// Goes through some entries: the start of each chunk's id and the length that it is stored in.
    func forEach(_ entries: [UInt32], _ body: (ChunkKey, Int) -> Void) {
        for entry in entries {
            let start = entriesStart + Int(entry) * Self.entryBytes
            let stored = Self.number(bytes, start + Self.prefixBytes + 8, 3)
            body(ChunkKey(bytes[start..<(start + 16)]), stored)
        }
    }

    /// A segment over some packs of other segments, made from their bytes as they are.
    ///
    /// - Parameters:
    ///   - sources: For each pack the segment that is believed about it, and its entries.
    ///   - others: Packs that no segment covers, with their members.
    /// - Returns: The bytes.
    static func merge(
        _ sources: [(pack: Pack, segment: IndexSegment, entries: [UInt32])],
        adding others: [(pack: Pack, members: [PackBuilder.Member])]
    ) -> [UInt8] {
        let total = sources.reduce(0) { $0 + $1.entries.count }
        let own = others.reduce(0) { $0 + $1.members.count }
        var flat: [UInt8] = []
        flat.reserveCapacity((total + own) * entryBytes)
        var number = 0
        for (_, segment, entries) in sources {
            for entry in entries {
                let start = segment.entriesStart + Int(entry) * entryBytes
                flat.append(contentsOf: segment.bytes[start..<(start + prefixBytes)])
                append(number, 4, to: &flat)
                flat.append(contentsOf: segment.bytes[(start + 22)..<(start + entryBytes)])
            }
            number += 1
        }
        for (_, members) in others {
            for member in members {
                flat.append(contentsOf: member.chunk.bytes.prefix(prefixBytes))
                append(number, 4, to: &flat)
                append(member.offset / 512, 4, to: &flat)
                append(member.storedBytes, 3, to: &flat)
                append(member.plainBytes, 3, to: &flat)
            }
            number += 1
        }
        let packs = sources.map(\.pack) + others.map(\.pack)
        return assemble(packs, flat, entryCount: total + own)
    }

    private static func assemble(_ packs: [Pack], _ flat: [UInt8], entryCount: Int) -> [UInt8] {
        var result = magic
        result.reserveCapacity(headerBytes + packs.count * packBytes + flat.count + 32)
        append(packs.count, 4, to: &result)
        append(entryCount, 4, to: &result)
        append(0, 8, to: &result)
        for pack in packs {
            result.append(contentsOf: pack.id.bytes)
            append(Int(pack.sizeBytes), 8, to: &result)
            append(pack.kind == .data ? 0 : 1, 8, to: &result)
        }
        var order = Array(0..<UInt32(entryCount))
        unsafe flat.withUnsafeBytes { bytes in
            order.sort { one, other in
                unsafe memoryOrder(bytes, Int(one) * entryBytes, Int(other) * entryBytes)
            }
        }
        for entry in order {
            let start = Int(entry) * entryBytes
            result.append(contentsOf: flat[start..<(start + entryBytes)])
        }
        result.append(contentsOf: SHA256.digest(of: result).bytes)
        return result
    }

    private static func memoryOrder(
        _ bytes: UnsafeRawBufferPointer,
        _ one: Int,
        _ other: Int
    ) -> Bool {
        for offset in stride(from: 0, to: entryBytes, by: 8) {
            let left = unsafe bytes.loadUnaligned(fromByteOffset: one + offset, as: UInt64.self)
            let right = unsafe bytes.loadUnaligned(fromByteOffset: other + offset, as: UInt64.self)
            if left != right { return left.bigEndian < right.bigEndian }
        }
        return false
    }

    private func offset(_ entry: UInt32) -> Int {
        Self.number(bytes, entriesStart + Int(entry) * Self.entryBytes + Self.prefixBytes + 4, 4)
    }

    private func place(_ entry: Int) -> Place? {
        let start = entriesStart + entry * Self.entryBytes + Self.prefixBytes
        let pack = Self.number(bytes, start, 4)
        guard pack < packs.count else { return nil }
        return Place(
            pack: pack,
            offset: Self.number(bytes, start + 4, 4) * 512,
            storedBytes: Self.number(bytes, start + 8, 3),
            plainBytes: Self.number(bytes, start + 11, 3)
        )
    }

    private func compare(_ entry: Int, _ key: [UInt8]) -> Int {
        let start = entriesStart + entry * Self.entryBytes
        for index in 0..<Self.prefixBytes where bytes[start + index] != key[index] {
            return bytes[start + index] < key[index] ? -1 : 1
        }
        return 0
    }

    private static func number(_ bytes: [UInt8], _ start: Int, _ count: Int) -> Int {
        var value = 0
        for index in (0..<count).reversed() { value = value << 8 | Int(bytes[start + index]) }
        return value
    }

    private static func append(_ value: Int, _ count: Int, to bytes: inout [UInt8]) {
        for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
    }
}
