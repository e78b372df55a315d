import Cryptography
import Files
import Manifests
import Storage
import Testing
import Threads

@testable import Deduplication

/// Damage by hand: which level finds it, and which files it names.
struct RepositoryCheckTests {
    private let test: TestRepository
    private let first: Snapshot
    private let second: Snapshot

    /// Two snapshots: `big` is the same in both, `small` changes, `db` gains a page.
    init() throws {
        test = try TestRepository()
        let pages = noise(40 * 4096, seed: 5)
        first = try test.backup([
            "models": [
                "big": .file(noise(300_000, seed: 1)), "text": .file(prose(200_000, seed: 1)),
            ],
            "memory": ["db": .pages(pages), "small": .file(prose(500, seed: 2))],
        ])
        second = try test.backup([
            "models": [
                "big": .file(noise(300_000, seed: 1)), "text": .file(prose(200_000, seed: 1)),
            ],
            "memory": [
                "db": .pages(pages + noise(4096, seed: 6)), "small": .file(prose(500, seed: 3)),
            ],
        ])
    }

    @Test(arguments: CheckLevel.allCases) func passesAWholeRepository(level: CheckLevel) throws {
        let report = try test.check(level)
        #expect(report.damage == [])
        #expect(report.notes == [])
        #expect(report.passed == [first.id, second.id])
        #expect(report.packs == 4)
        if level == .deep {
            #expect(report.contentBytes == 300_000 + 200_000 + 81 * 4096 + 1000)
        }
        if level == .full {
            let size = try test.store().list("packs") + test.store().list("meta")
            #expect(report.storedBytes >= size.reduce(0) { $0 + $1.sizeBytes } - 4 * 5120)
        }
    }

    /// What is lost, as `snapshot component/path what`, with 1 and 2 for the snapshots.
    private func touches(_ report: CheckReport) -> [String] {
        report.damage.flatMap(\.touches).map { touched in
            let number = touched.snapshot == first.id.text ? "1" : "2"
            let path = touched.path.map { "/" + $0 } ?? ""
            return "\(number) \(touched.component ?? "")\(path) \(touched.what)"
        }
    }

    private func entry(_ path: String, _ component: String) throws -> FileEntry {
        try #require(try test.entries(first, component).first { $0.path == Path(path) })
    }

    @Test(arguments: [("big", "models"), ("text", "models")])
    func namesTheFilesOfAFlippedBit(path: String, component: String) throws {
        let place = try test.location(try entry(path, component))
        try test.scratch.flip("repo/" + place.object, at: place.offset + 20)
        #expect(try test.check(.quick).damage == [])
        for level in [CheckLevel.full, .deep] {
            let report = try test.check(level)
            #expect(report.damage.map(\.name) == [place.object])
            #expect(report.damage.first?.chunks.count == 1)
            #expect(touches(report) == ["1 models/\(path) content", "2 models/\(path) content"])
            #expect(report.passed == [])
        }
    }

    @Test func findsSeveralDamagesAtOnce() throws {
        let big = try test.location(try entry("big", "models"))
        let small = try test.location(try entry("small", "memory"))
        #expect(big.object == small.object)
        let other = try test.entries(second, "memory")
        let later = try test.location(try #require(other.first { $0.path == Path("small") }))
        #expect(later.object != small.object)
        for place in [big, small, later] {
            try test.scratch.flip("repo/" + place.object, at: place.offset)
        }
        for level in [CheckLevel.full, .deep] {
            let report = try test.check(level)
            #expect(Set(report.damage.map(\.name)) == [big.object, later.object])
            #expect(report.damage.map(\.reasons.count).reduce(0, +) == 3)
            #expect(
                Set(touches(report)).isSuperset(of: [
                    "1 memory/small content", "2 memory/small content", "1 models/big content",
                    "2 models/big content",
                ])
            )
            #expect(!touches(report).contains("1 models/text content"))
        }
    }

    @Test func quickFindsAMissingPack() throws {
        let place = try test.location(try entry("big", "models"))
        try test.scratch.shell("rm repo/\(place.object)")
        for level in CheckLevel.allCases {
            let report = try test.check(level)
            #expect(report.damage.map(\.name) == [place.object])
            #expect(report.damage.first?.reasons.first?.contains("missing") == true)
            #expect(touches(report).contains("1 memory/db content"))
            #expect(touches(report).contains("2 models/text content"))
            #expect(touches(report).contains("1 memory/small content"))
            #expect(!touches(report).contains("2 memory/small content"))
        }
    }

    /// Only what lay behind the cut is lost.
    @Test func quickFindsAPackCutShort() throws {
        let (big, small) = (
            try test.location(try entry("big", "models")),
            try test.location(try entry("small", "memory"))
        )
        let (front, back) = big.offset < small.offset ? ("big", "small") : ("small", "big")
        let cut = max(big.offset, small.offset) + 10
        try test.scratch.shell("truncate -s \(cut) repo/\(big.object)")
        for level in CheckLevel.allCases {
            let report = try test.check(level)
            #expect(report.damage.map(\.name) == [big.object])
            #expect(report.damage.first?.reasons.first?.contains("bytes instead of") == true)
            #expect(touches(report).contains { $0.contains("/\(back) content") })
            #expect(!touches(report).contains { $0.contains("/\(front) content") })
        }
    }

    @Test func findsSwappedPacks() throws {
        let packs = try test.objects("packs")
        try test.scratch.shell(
            "cd repo && mv \(packs[0]) x && mv \(packs[1]) \(packs[0]) && mv x \(packs[1])"
        )
        for level in CheckLevel.allCases {
            let report = try test.check(level)
            #expect(report.damage.map(\.name) == packs)
            #expect(report.passed == [])
        }
        // Each chunk is found by its header where it lies now.
        #expect(try test.check(.deep).damage.flatMap(\.touches) == [])
    }

    /// A damaged frame leaves the content readable: found by `full`, nothing is lost.
    @Test func fullFindsADamagedHeader() throws {
        let place = try test.location(try entry("big", "models"))
        try test.scratch.flip("repo/" + place.object, at: place.offset - 300)
        #expect(try test.check(.quick).damage == [])
        for level in [CheckLevel.full, .deep] {
            let report = try test.check(level)
            #expect(report.damage.map(\.name) == [place.object])
            #expect(touches(report) == [])
            #expect(report.passed == [])
        }
        // Without the index what is left of the pack is found by its headers.
        try test.scratch.shell("rm repo/index/*")
        let report = try test.check(.deep)
        #expect(Set(report.damage.map(\.kind)) == [.pack, .chunk])
        #expect(Set(touches(report)) == ["1 models/big content", "2 models/big content"])
    }

    @Test func quickFindsDamagedSums() throws {
        let place = try test.location(try entry("big", "models"))
        try test.scratch.flip("repo/" + place.object, at: -1)
        for level in CheckLevel.allCases {
            let report = try test.check(level)
            #expect(report.damage.map(\.name) == [place.object])
            #expect(touches(report) == [])
        }
    }

    @Test func aDamagedPartNamesItsComponent() throws {
        let component = try #require(first.components["memory"])
        let part = try #require(Digest(hex: component.parts[0]))
        let place = try #require(try test.open().index.locations(of: part).first)
        try test.scratch.flip("repo/" + place.object, at: place.offset + 30)
        for level in CheckLevel.allCases {
            let report = try test.check(level)
            #expect(report.damage.map(\.name) == [place.object])
            #expect(touches(report) == ["1 memory manifest of every file"])
        }
    }

    @Test func aDamagedPageTableIsNoLossOfContent() throws {
        let table = try #require(try entry("db", "memory").pages?.base.first)
        let place = try #require(try test.open().index.locations(of: table).first)
        try test.scratch.flip("repo/" + place.object, at: place.offset)
        for level in [CheckLevel.full, .deep] {
            #expect(
                touches(try test.check(level)) == [
                    "1 memory/db page table", "2 memory/db page table",
                ]
            )
        }
    }

    @Test(arguments: ["rm repo/index/*", "for f in repo/index/*; do printf x >> $f; done"])
    func aLostIndexIsNoDamage(command: String) throws {
        try test.scratch.shell(command)
        for level in CheckLevel.allCases {
            let report = try test.check(level)
            #expect(report.damage == [])
            #expect(report.passed.count == 2)
        }
    }

    @Test func findsUnreadableSnapshots() throws {
        try test.scratch.flip("repo/" + first.id.objectName, at: 300)
        for level in CheckLevel.allCases {
            let report = try test.check(level)
            #expect(report.damage.map(\.name) == [first.id.objectName])
            #expect(touches(report) == ["1  all of it"])
            #expect(report.passed == [second.id])
        }
    }

    @Test func findsAVanishedSnapshot() throws {
        try test.scratch.shell("rm repo/\(first.id.objectName)")
        let report = try test.check(.quick)
        #expect(report.damage.map(\.name) == [second.id.objectName])
        #expect(report.damage.first?.kind == .snapshot)
    }

    @Test func acceptsAForgottenSnapshot() throws {
        try test.scratch.shell(
            "cd repo && mkdir forgotten && printf '{\"snapshot\":%s,\"why\":\"x\"}' "
                + "\"$(cat \(first.id.objectName))\" > forgotten/\(first.id).json "
                + "&& rm \(first.id.objectName)"
        )
        #expect(try test.check(.quick).damage == [])
    }

    @Test func mentionsWhatNobodyNeeds() throws {
        let draft = try test.draft(try test.open())
        _ = try test.capture(["x": .file(noise(1000, seed: 77))], "extra", draft)
        draft.abandon()
        try test.scratch.shell("mkdir -p repo/tmp && touch repo/tmp/left && cp repo/snapshots/* .")
        let report = try test.check(.deep)
        #expect(report.damage == [])
        #expect(report.notes == ["1 unfinished files lie in tmp/"])
        try test.scratch.shell("rm repo/\(second.id.objectName)")
        #expect(try test.check(.full).notes.contains { $0.hasPrefix("2 packs of ") })
    }

    @Test func stopsOnRequest() throws {
        let cancellation = Cancellation()
        cancellation.raise(2)
        let repository = try test.open()
        let check = RepositoryCheck(repository, level: .deep, cancellation: cancellation) { _ in }
        #expect { try check.run(try repository.listSnapshots(), isWhole: true) } throws: { error in
            (error as? RepositoryError)?.code == .cancelled
        }
    }
}
