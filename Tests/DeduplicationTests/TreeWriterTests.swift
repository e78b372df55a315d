import Cryptography
import Files
import Manifests
import Storage
import Testing

@testable import Deduplication

struct TreeWriterTests {
    private let test: TestRepository

    init() throws {
        test = try TestRepository()
    }

    private func chunks(_ entries: [FileEntry]) -> Set<Digest> {
        var found: Set<Digest> = []
        for entry in entries {
            guard case .inline(let extents) = entry.extents else { continue }
            for case .chunk(let id, _, _) in extents { found.insert(id) }
        }
        return found
    }

    private func small(_ numbers: some Sequence<Int>) -> [String: TestRepository.Content] {
        var files: [String: TestRepository.Content] = [:]
        for number in numbers { files["f\(number)"] = .file(noise(3000, seed: UInt64(number))) }
        return files
    }

    @Test func groupsSmallFiles() throws {
        let snapshot = try test.backup(["a": small(100..<300)])
        let entries = try test.entries(snapshot, "a")
        #expect(entries.count == 200)
        #expect(chunks(entries).count == 3)
        for entry in [entries[0], entries[120], entries[199]] {
            let number = try #require(UInt64(entry.path.description.dropFirst()))
            #expect(try test.content(entry) == noise(3000, seed: number))
        }
    }

    @Test func keepsWhatHasTheSameDigest() throws {
        let first = try test.backup(["a": small(100..<180)])
        let packs = try test.objects("packs")
        // Written again: other times and inodes, the same bytes.
        let second = try test.backup(["a": small(100..<180)])
        #expect(try test.objects("packs") == packs)
        #expect(chunks(try test.entries(second, "a")) == chunks(try test.entries(first, "a")))
    }

    @Test func movesSmallFilesOutOfAGroupThatIsMostlyDead() throws {
        let first = try test.backup(["a": small(100..<180)])
        let second = try test.backup(["a": small(100..<120)])
        #expect(second.components["a"]?.weak.count == 1)
        let third = try test.backup(["a": small(100..<120)])
        #expect(third.components["a"]?.weak == [])
        let before = chunks(try test.entries(first, "a"))
        #expect(chunks(try test.entries(third, "a")).isDisjoint(with: before))
        #expect(try test.check(.deep).damage == [])
    }

    @Test(arguments: [1000, 200_000]) func writesALinkedFileOnce(count: Int) throws {
        let bytes = noise(count, seed: 4)
        let snapshot = try test.backup([
            "a": ["one": .file(bytes), "two": .sameAs("one"), "zwei": .sameAs("one")]
        ])
        let entries = try test.entries(snapshot, "a")
        #expect(Set(entries.map(\.hardlink)).count == 1)
        #expect(Set(entries.map(\.extents)).count == 1)
        for entry in entries { #expect(try test.content(entry) == bytes) }
        let added = try test.store().list("packs").reduce(0) { $0 + $1.sizeBytes }
        #expect(added < UInt64(count + 12_000))
        #expect(try test.check(.deep).damage == [])
    }

    @Test func keepsHoles() throws {
        let bytes = noise(300_000, seed: 5)
        let snapshot = try test.backup(["a": ["sparse": .hole(3 << 20, bytes)]])
        let entry = try #require(try test.entries(snapshot, "a").first)
        guard case .inline(let extents) = entry.extents else { throw TestFailure() }
        #expect(extents.first == .hole(3 << 20))
        #expect(try test.content(entry) == [UInt8](repeating: 0, count: 3 << 20) + bytes)
        #expect(try test.store().list("packs").allSatisfy { $0.sizeBytes < 400_000 })
    }

    struct TestFailure: Error {}

    @Test func knowsEveryKindOfContent() throws {
        let files: [String: TestRepository.Content] = [
            "empty": .file([]), "one": .file([1]), "group": .file(prose(100_000, seed: 1)),
            "cut": .file(noise(2_500_000, seed: 3)), "deep/er/name\n": .file(prose(10, seed: 2)),
        ]
        let snapshot = try test.backup(["a": files])
        for entry in try test.entries(snapshot, "a") {
            let name = try #require(entry.path.text)
            guard case .file(let bytes) = files[name] else { throw TestFailure() }
            #expect(try test.content(entry) == bytes)
        }
        #expect(try test.check(.deep).damage == [])
    }

    /// A run that was killed leaves packs, with or without an index: the next one adds none.
    @Test(arguments: [true, false]) func leansOnPacksOfAKilledRun(hasIndex: Bool) throws {
        let bytes = noise(100_000, seed: 8)
        let repository = try test.open()
        let writer = ChunkWriter(
            store: repository.store,
            index: repository.index,
            packBytes: [.data: 8 << 20]
        )
        _ = try writer.submit(bytes, kind: .data)
        try writer.finish()
        if !hasIndex { try test.scratch.shell("rm -r repo/index") }
        let packs = try test.objects("packs")
        #expect(packs.count == 1)
        let snapshot = try test.backup(["a": ["file": .file(bytes)]])
        #expect(try test.objects("packs") == packs)
        #expect(try test.content(try #require(try test.entries(snapshot, "a").first)) == bytes)
        // The next index covers the pack that had none.
        try test.scratch.shell("rm -rf repo/sessions")
        #expect(try test.check(.deep).damage == [])
    }

    @Test func anAbandonedDraftIsInvisible() throws {
        for isDropped in [true, false] {
            let draft = try test.draft(try test.open())
            _ = try test.capture(small(1..<50), "a", draft)
            #expect(try test.objects("sessions").count == 1)
            if isDropped { continue }
            draft.abandon()
            draft.abandon()
        }
        #expect(try test.objects("sessions") == [])
        #expect(try test.objects("snapshots") == [])
    }
}
