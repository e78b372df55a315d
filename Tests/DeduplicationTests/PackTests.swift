import Cryptography
import Files
import Storage
import Testing

@testable import Deduplication

struct PackTests {
    private let scratch: Scratch
    private let store: LocalStore
    private let chunks = [noise(70_000, seed: 1), prose(90_000, seed: 2), noise(513, seed: 3), [7]]
    private let object: StoredObject
    private let members: [PackBuilder.Member]

    init() throws {
        scratch = try Scratch()
        store = try LocalStore(Path(scratch.path))
        var builder = PackBuilder(AlignedBuffer(byteCount: 1 << 20))
        let encoder = ChunkEncoder()
        for chunk in chunks {
            unsafe chunk.withUnsafeBytes { plain in
                let stored = unsafe encoder.encode(plain)
                unsafe builder.append(
                    SHA256.digest(of: chunk),
                    plainBytes: plain.count,
                    stored: stored
                )
            }
        }
        let (pack, byteCount) = builder.filled.seal()
        let name = PackFormat.objectName(.data, pack)
        try unsafe store.put(name, builder.buffer.slice(0..<byteCount))
        object = StoredObject(name: name, sizeBytes: UInt64(byteCount))
        members = builder.members
    }

    @Test func opensWithTheToolsOfEverySystem() throws {
        try scratch.shell("tar xf \(object.name) && sha256sum --strict -c SHA256SUMS")
        let name = try scratch.shell("sha256sum < SHA256SUMS").prefix(64)
        #expect(PackFormat.pack(object.name)?.id.hex == String(name))
        let raw = SHA256.digest(of: chunks[0]).hex
        #expect(try scratch.read("\(raw).raw") == chunks[0])
        let compressed = SHA256.digest(of: chunks[1]).hex
        let size = try scratch.shell("zstd -qdc \(compressed).zst | wc -c")
        #expect(size == "\(chunks[1].count)\n")
        #expect(object.sizeBytes % 4096 == 0)
    }

    @Test func listsItself() throws {
        let items = try PackListing(store, object).items
        #expect(items.map(\.member.chunk) == chunks.map { SHA256.digest(of: $0) })
        #expect(items.map(\.member.offset) == members.map(\.offset))
        #expect(items.map(\.member.storedBytes) == members.map(\.storedBytes))
        #expect(items.map(\.member.plainBytes) == chunks.map(\.count))
    }

    @Test func listsItselfByItsEndAlone() throws {
        let listing = try PackListing(store, object, claimed: claims())
        #expect(listing.items.map(\.member.chunk) == members.map(\.chunk))
        let whole = try PackListing(store, object).items
        #expect(listing.items.map(\.storedDigest) == whole.map(\.storedDigest))
    }

    @Test func refusesClaimsOfAnother() throws {
        var claims = try claims()
        claims.swapAt(1, 2)
        #expect(throws: RepositoryError.self) { try PackListing(store, object, claimed: claims) }
        claims.swapAt(1, 2)
        claims.removeLast()
        #expect(throws: RepositoryError.self) { try PackListing(store, object, claimed: claims) }
    }

    /// Content is not listed; all else that changes must be seen.
    @Test(arguments: [0, 700, 71_180, -1, -1500])
    func refusesChanges(at offset: Int) throws {
        try scratch.flip(object.name, at: offset)
        #expect(throws: RepositoryError.self) { try PackListing(reopened(), object) }
    }

    @Test func refusesOtherLengths() throws {
        for change in [-4096, 4096] {
            let size = Int(object.sizeBytes) + change
            try scratch.shell("cp \(object.name) kept && truncate -s \(size) \(object.name)")
            let changed = StoredObject(name: object.name, sizeBytes: UInt64(size))
            #expect(throws: RepositoryError.self) { try PackListing(reopened(), changed) }
            try scratch.shell("mv kept \(object.name)")
        }
    }

    @Test func showsWhatIsLeftOfIt() throws {
        try scratch.flip(object.name, at: 0)
        try scratch.flip(object.name, at: members[1].offset - 200)
        try scratch.flip(object.name, at: -1)
        let left = PackListing.salvage(try reopened(), object)
        #expect(left.map(\.chunk) == [0, 2, 3].map { members[$0].chunk })
        #expect(left.map(\.offset) == [0, 2, 3].map { members[$0].offset })
    }

    /// A pack that is full still has room for its end.
    @Test func keepsRoomForItsEnd() {
        var builder = PackBuilder(AlignedBuffer(byteCount: 1 << 20))
        var count = 0
        let chunk = [UInt8](repeating: 1, count: 10)
        while builder.hasRoom(for: chunk.count) {
            unsafe chunk.withUnsafeBytes { bytes in
                unsafe builder.append(
                    SHA256.digest(of: [UInt8(truncatingIfNeeded: count)]),
                    plainBytes: 10,
                    stored: bytes
                )
            }
            count += 1
        }
        let (_, byteCount) = builder.filled.seal()
        #expect(byteCount <= 1 << 20)
        #expect(byteCount > (1 << 20) - 16_384)
    }

    /// A store that has no file open yet.
    private func reopened() throws -> LocalStore { try LocalStore(Path(scratch.path)) }

    private func claims() throws -> [IndexSegment.Claim] {
        let id = try #require(PackFormat.pack(object.name)).id
        let pack = IndexSegment.Pack(id: id, kind: .data, sizeBytes: object.sizeBytes)
        let segment = try #require(IndexSegment(IndexSegment.encode([(pack, members)])))
        return try #require(segment.claims(about: [pack])[pack])
    }
}
