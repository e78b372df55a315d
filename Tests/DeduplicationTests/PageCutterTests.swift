import Cryptography
import Files
import Manifests
import Testing

@testable import Deduplication

/// Databases are cut by pages: what did not change keeps the parent's extents.
struct PageCutterTests {
    private static let page = 4096
    private let test: TestRepository
    private let base = noise(256 * page, seed: 1)
    private let parent: FileEntry

    init() throws {
        test = try TestRepository()
        let snapshot = try test.backup(["a": ["db": .pages(base)]])
        parent = try #require(try test.entries(snapshot, "a").first)
    }

    private func next(_ bytes: [UInt8]) throws -> FileEntry {
        let snapshot = try test.backup(["a": ["db": .pages(bytes)]])
        let entry = try #require(try test.entries(snapshot, "a").first)
        #expect(entry.digest == SHA256.digest(of: bytes))
        #expect(try test.content(entry) == bytes)
        #expect(try table(entry) == expectedTable(bytes))
        #expect(try test.check(.deep).damage == [])
        return entry
    }

    private func chunks(_ entry: FileEntry) -> [Digest: Int] {
        guard case .inline(let extents) = entry.extents else { return [:] }
        var lengths: [Digest: Int] = [:]
        for case .chunk(let id, _, let length) in extents { lengths[id, default: 0] += length }
        return lengths
    }

    /// How many bytes of an entry lie in chunks that the parent does not have.
    private func fresh(_ entry: FileEntry) -> Int {
        let old = chunks(parent)
        return chunks(entry).filter { old[$0.key] == nil }.map(\.value).reduce(0, +)
    }

    private func table(_ entry: FileEntry) throws -> [UInt8] {
        let repository = try test.open()
        let reader = ChunkReader(store: repository.store, index: repository.index)
        return try PageDigests.load(try #require(entry.pages), reader)
    }

    private func expectedTable(_ bytes: [UInt8]) -> [UInt8] {
        stride(from: 0, to: bytes.count, by: Self.page).flatMap { start in
            SHA256.digest(of: Array(bytes[start..<min(start + Self.page, bytes.count)])).bytes
                .prefix(16)
        }
    }

    private func changed(_ pages: some Sequence<Int>) -> [UInt8] {
        var bytes = base
        for page in pages { bytes[page * Self.page + 17] ^= 1 }
        return bytes
    }

    @Test func storesGroupsOfPages() throws {
        #expect(chunks(parent).count == 4)
        #expect(chunks(parent).values.allSatisfy { $0 == 64 * Self.page })
        #expect(try test.content(parent) == base)
        #expect(try table(parent) == expectedTable(base))
    }

    @Test func anUnchangedDatabaseAddsNothing() throws {
        let packs = try test.objects("packs")
        let entry = try next(base)
        #expect(entry.extents == parent.extents)
        #expect(entry.pages == parent.pages)
        #expect(try test.objects("packs") == packs)
    }

    @Test(arguments: [[10], [0, 255], [10, 11, 12, 200], [63, 64]])
    func storesOnlyChangedPages(pages: [Int]) throws {
        let entry = try next(changed(pages))
        #expect(fresh(entry) == pages.count * Self.page)
        // All in one chunk, in ascending order, and the table as a patch.
        #expect(Set(chunks(entry).keys).subtracting(chunks(parent).keys).count == 1)
        #expect(entry.pages?.base == parent.pages?.base)
        #expect(entry.pages?.patches.count == 1)
    }

    @Test func grows() throws {
        let entry = try next(base + noise(3 * Self.page + 100, seed: 2))
        #expect(fresh(entry) == 3 * Self.page + 100)
        #expect(entry.pages?.pageCount == 260)
        let later = try next(base + noise(5 * Self.page, seed: 2))
        #expect(later.pages?.patches.count == 2)
    }

    @Test func shrinks() throws {
        let entry = try next(Array(base.prefix(100 * Self.page)))
        #expect(fresh(entry) == 0)
        #expect(entry.pages?.pageCount == 100)
        let short = try next(Array(base.prefix(100 * Self.page + 10)))
        #expect(fresh(short) == 10)
    }

    @Test func writesAGroupAnewThatIsMostlyDead() throws {
        // 40 of the first 64 pages: the 24 others move too.
        let entry = try next(changed(0..<40))
        #expect(fresh(entry) == 64 * Self.page)
        #expect(chunks(entry).count == 4)
    }

    @Test func writesAllAnewThatIsScattered() throws {
        let entry = try next(changed(stride(from: 0, to: 256, by: 6)))
        #expect(fresh(entry) == base.count)
        #expect(chunks(entry).count == 4)
    }

    @Test func writesAWholeTableWhenMuchChanged() throws {
        let entry = try next(changed(0..<100))
        #expect(entry.pages?.patches == [])
        #expect(entry.pages?.base != parent.pages?.base)
    }

    @Test func writesAWholeTableOnceThePatchesAreLong() throws {
        // 800 bytes of records each time; a quarter of table and allowance is 5120.
        var counts: [Int] = []
        for number in 0..<7 {
            let bytes = number % 2 == 0 ? changed(0..<40) : base
            let snapshot = try test.backup(["a": ["db": .pages(bytes)]])
            let entry = try #require(try test.entries(snapshot, "a").first)
            #expect(try table(entry) == expectedTable(bytes))
            counts.append(try #require(entry.pages).patches.count)
        }
        #expect(counts == [1, 2, 3, 4, 5, 6, 0])
    }

    @Test func readsAnew() throws {
        // Pages again as they were: found by their digests, although two snapshots older.
        _ = try next(changed([3]))
        let entry = try next(base)
        #expect(fresh(entry) <= Self.page)
    }

    @Test func takesAnEmptyOne() throws {
        let entry = try next([])
        #expect(entry.sizeBytes == 0)
        #expect(try next(Array(base.prefix(10))).sizeBytes == 10)
    }
}
