import Cryptography
import Testing

@testable import Deduplication

struct IndexSegmentTests {
    private static func digest(_ number: Int) -> Digest {
        SHA256.digest(of: Array("\(number)".utf8))
    }

    private static func pack(_ number: Int, _ kind: PackFormat.Kind) -> IndexSegment.Pack {
        IndexSegment.Pack(id: digest(-number), kind: kind, sizeBytes: UInt64(number) << 33)
    }

    private static let packs: [(pack: IndexSegment.Pack, members: [PackBuilder.Member])] = [
        (pack(1, .data), (0..<1000).map { member($0, size: 4 << 20) }),
        (pack(2, .meta), (500..<700).map { member($0, size: 77) }),
    ]

    private static func member(_ number: Int, size: Int) -> PackBuilder.Member {
        PackBuilder.Member(
            chunk: digest(number),
            offset: 1024 + number * 512,
            storedBytes: size - 1,
            plainBytes: size
        )
    }

    @Test func findsEveryPlace() throws {
        let segment = try #require(IndexSegment(IndexSegment.encode(Self.packs)))
        #expect(segment.packs == Self.packs.map(\.pack))
        for number in 0..<1000 {
            let places = segment.places(of: Self.digest(number)).sorted { $0.pack < $1.pack }
            #expect(places.map(\.pack) == ((500..<700).contains(number) ? [0, 1] : [0]))
            #expect(places.first?.offset == 1024 + number * 512)
            #expect(places.first?.plainBytes == 4 << 20)
            #expect(places.first?.storedBytes == (4 << 20) - 1)
        }
        #expect(segment.places(of: Self.digest(1000)).isEmpty)
    }

    @Test func saysWhatLiesInAPack() throws {
        let segment = try #require(IndexSegment(IndexSegment.encode(Self.packs)))
        let claims = segment.claims(about: [Self.packs[1].pack])
        #expect(claims.count == 1)
        let meta = try #require(claims[Self.packs[1].pack])
        #expect(meta.map(\.place.offset) == (500..<700).map { 1024 + $0 * 512 })
        for (number, claim) in zip(500..<700, meta) { #expect(claim.isAbout(Self.digest(number))) }
        #expect(!meta[0].isAbout(Self.digest(501)))
    }

    @Test func refusesEveryChange() {
        let bytes = IndexSegment.encode([(Self.pack(1, .data), [Self.member(1, size: 9)])])
        #expect(bytes.count == 32 + 48 + 32 + 32)
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 0x40
            #expect(IndexSegment(changed) == nil, "byte \(index)")
        }
        #expect(IndexSegment(Array(bytes.dropLast())) == nil)
        #expect(IndexSegment(bytes + [0]) == nil)
        #expect(IndexSegment([]) == nil)
    }
}
