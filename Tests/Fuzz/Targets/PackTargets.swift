import Cryptography
import Storage
import Support

@testable import Deduplication

/// A segment is believed only with its digest; what was encoded is found.
func checkIndex(_ input: [UInt8]) throws(Violation) {
    var whole = Array(input.dropLast(Digest.byteCount))
    whole += SHA256.digest(of: whole).bytes
    if let segment = IndexSegment(whole) { try checkSegment(segment, whole) }
    whole[whole.count - 1] ^= 1
    try require(IndexSegment(whole) == nil, "a segment with a wrong digest is believed")

    let starts = stride(from: 0, to: input.count - 39, by: 40).prefix(64)
    let members = starts.map { madeMember(input[$0..<($0 + 40)]) }
    let pack = IndexSegment.Pack(id: SHA256.digest(of: input), kind: .meta, sizeBytes: 1 << 20)
    guard let segment = IndexSegment(IndexSegment.encode([(pack, members)])) else {
        throw Violation("a segment of ours is refused")
    }
    for member in members {
        let places = segment.places(of: member.chunk)
        try require(places.contains { isSame($0, member) }, "a member of a segment is not found")
        try require(places.allSatisfy { segment.packs[$0.pack] == pack }, "a place in another pack")
    }
}

private func madeMember(_ bytes: ArraySlice<UInt8>) -> PackBuilder.Member {
    let numbers = bytes.suffix(8).map { Int($0) }
    return PackBuilder.Member(
        chunk: SHA256.digest(of: Array(bytes.prefix(32))),
        offset: (numbers[0] << 8 | numbers[1]) * 512,
        storedBytes: numbers[2] << 14,
        plainBytes: numbers[3] << 14
    )
}

private func isSame(_ place: IndexSegment.Place, _ member: PackBuilder.Member) -> Bool {
    place.offset == member.offset && place.storedBytes == member.storedBytes
        && place.plainBytes == member.plainBytes
}

private func checkSegment(_ segment: IndexSegment, _ bytes: [UInt8]) throws(Violation) {
    let claims = segment.claims(about: Set(segment.packs))
    let total = claims.values.reduce(0) { $0 + $1.count }
    try require(total <= bytes.count / 32, "a segment claims more than it holds")
    for pack in segment.packs {
        for place in segment.places(of: pack.id) {
            try require(segment.packs.indices.contains(place.pack), "a place in no pack")
        }
    }
}

/// A pack is listed only under the name that its sums have, and lists nothing outside of itself.
func checkPack(_ input: [UInt8]) throws(Violation) {
    try checkListing(input, named: SHA256.digest(of: input))
    let (whole, id) = repaired(input)
    try checkListing(whole, named: id ?? SHA256.digest(of: whole))
}

private func checkListing(_ bytes: [UInt8], named id: Digest) throws(Violation) {
    let object = StoredObject(
        name: PackFormat.objectName(.data, id),
        sizeBytes: UInt64(bytes.count)
    )
    let store = MemoryStore([object.name: bytes])
    for member in PackListing.salvage(store, object) {
        try checkMember(member, bytes)
    }
    guard let listing = try? PackListing(store, object) else { return }
    for item in listing.items { try checkMember(item.member, bytes) }

    let other = StoredObject(
        name: PackFormat.objectName(.data, SHA256.digest(of: id.bytes)),
        sizeBytes: object.sizeBytes
    )
    try require(
        (try? PackListing(MemoryStore([other.name: bytes]), other)) == nil,
        "a pack is listed under a name that its sums do not have"
    )
    try checkClaims(listing, store, object, id)
}

private func checkMember(_ member: PackBuilder.Member, _ bytes: [UInt8]) throws(Violation) {
    try require(
        member.offset % 512 == 0 && member.storedBytes >= 0
            && member.offset + member.storedBytes <= bytes.count
            && (0...PackFormat.chunkLimit).contains(member.plainBytes),
        "a member lies outside of its pack"
    )
}

/// The claims of an honest index give the same listing from the pack's end alone.
private func checkClaims(
    _ listing: PackListing,
    _ store: MemoryStore,
    _ object: StoredObject,
    _ id: Digest
) throws(Violation) {
    let members = listing.items.map(\.member)
    guard members.allSatisfy({ $0.storedBytes < 1 << 24 }) else { return }
    let pack = IndexSegment.Pack(id: id, kind: .data, sizeBytes: object.sizeBytes)
    guard let segment = IndexSegment(IndexSegment.encode([(pack, members)])) else {
        throw Violation("a segment over a listed pack is refused")
    }
    let claims = segment.claims(about: [pack])[pack] ?? []
    let again = try? PackListing(store, object, claimed: claims)
    try require(
        again?.items.map(\.storedDigest) == listing.items.map(\.storedDigest),
        "a pack is not listed by its end as by its headers"
    )
}

/// The same with sums of headers as they must be, and the name that fits: a fuzzer does not guess
/// digests.
private func repaired(_ input: [UInt8]) -> (bytes: [UInt8], id: Digest?) {
    var bytes = input
    var position = 0
    var id: Digest?
    while position + TarHeader.byteCount <= bytes.count {
        let header = position..<(position + TarHeader.byteCount)
        bytes.replaceSubrange((position + 148)..<(position + 156), with: Array("        ".utf8))
        let sum = bytes[header].reduce(0) { $0 + Int($1) }
        let digits = String(sum, radix: 8)
        let field = String(repeating: "0", count: max(0, 6 - digits.count)) + digits + "\0 "
        bytes.replaceSubrange((position + 148)..<(position + 156), with: Array(field.utf8))
        let digitsOfSize = String(
            decoding: bytes[(position + 124)..<(position + 135)],
            as: UTF8.self
        )
        let size = Int(digitsOfSize, radix: 8) ?? 0
        let start = position + TarHeader.byteCount
        guard size >= 0, size <= bytes.count - start else { break }
        if bytes[header].starts(with: Array(PackFormat.sumsName.utf8)) {
            id = SHA256.digest(of: Array(bytes[start..<(start + size)]))
            break
        }
        position = start + TarHeader.padded(size)
    }
    return (bytes, id)
}
