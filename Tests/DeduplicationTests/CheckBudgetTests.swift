import Cryptography
import Files
import Storage
import Testing
import Threads

@testable import Deduplication

/// Verifications that may only take so much: each goes on where the last one ended.
struct CheckBudgetTests {
    private let test: TestRepository
    private var snapshots: [Snapshot] = []

    /// Six snapshots, each with packs of its own.
    init() throws {
        test = try TestRepository()
        for number in 1...6 {
            let file = TestRepository.Content.file(noise(100_000, seed: UInt64(number)))
            snapshots.append(try test.backup(["a": ["file-\(number)": file]]))
        }
    }

    private var packs: [StoredObject] {
        get throws { try test.open().storedPacks() }
    }

    /// One run that is recorded, as the command does it.
    private func run(_ budget: CheckBudget, level: CheckLevel = .full) throws -> CheckReport {
        let repository = try test.open()
        let report = try RepositoryCheck(
            repository,
            level: level,
            budget: budget,
            cancellation: Cancellation()
        ) { _ in }.run(try repository.listSnapshots(), isWhole: true)
        try repository.record(report, operation: "test")
        return report
    }

    @Test func eachRunGoesOnWhereTheLastOneEnded() throws {
        let all = try packs
        #expect(all.count == 12)
        let largest = try #require(all.map(\.sizeBytes).max())
        // A batch is as many packs as there are threads, and one may begin below the limit.
        let atOnce = OwnedThread.recommendedCount
        var seen: [String: Int] = [:]
        var runs = 0
        while seen.count < all.count, runs < 100 {
            runs += 1
            let report = try run(CheckBudget(bytes: largest, seconds: nil))
            #expect(report.damage == [])
            #expect(report.packs >= 1 && report.packs <= 2 * atOnce + all.count / 2)
            let size = all.reduce(UInt64(0)) { sum, pack in
                let id = PackFormat.pack(pack.name)?.id.hex ?? ""
                return report.wholePacks.contains(id) ? sum + pack.sizeBytes : sum
            }
            #expect(size < largest + UInt64(atOnce) * largest)
            for pack in report.wholePacks { seen[pack, default: 0] += 1 }
            // Receipts have whole seconds: what comes next must be seen to be later.
            try test.scratch.shell("sleep 1.05")
        }
        #expect(seen.count == all.count)
        // None a second time before all were seen once, but for the end of the last batch.
        #expect(seen.values.reduce(0, +) < all.count + atOnce)
        let total = all.reduce(0) { $0 + $1.sizeBytes }
        #expect(runs <= Int(total / largest) + 2)
    }

    @Test func noTimeAtAllStillComparesSizes() throws {
        let report = try run(CheckBudget(bytes: nil, seconds: 0))
        #expect(report.packs == 0 && report.wholePacks == [] && report.passed == [])
        #expect(report.damage == [])
        let pack = try #require(try packs.first { $0.name.hasPrefix("packs/") })
        try test.scratch.shell("truncate -s 1000 repo/\(pack.name)")
        let found = try run(CheckBudget(bytes: nil, seconds: 0))
        #expect(found.damage.map(\.name) == [pack.name])
        #expect(found.packs == 0)
    }

    @Test func aFlippedBitIsFoundOnceItsPackComesRound() throws {
        let names = try packs.map(\.name).filter { $0.hasPrefix("packs/") }
        let pack = try #require(names.last)
        try test.scratch.flip("repo/" + pack, at: 2000)
        var found: [String] = []
        var runs = 0
        while found.isEmpty, runs < 20 {
            runs += 1
            found = try run(CheckBudget(bytes: 1, seconds: nil)).damage.map(\.name)
            try test.scratch.shell("sleep 1.05")
        }
        #expect(found == [pack])
        let batches = (try packs.count + OwnedThread.recommendedCount - 1)
        #expect(runs <= batches / OwnedThread.recommendedCount)
        // What is damaged is looked at first from then on, and no receipt of before hides it.
        #expect(try run(CheckBudget(bytes: 1, seconds: nil)).damage.map(\.name) == [pack])
    }

    @Test func snapshotsPassOnceAllTheirPacksWereSeenInTime() throws {
        let hourAgo = Moment(secondsSince1970: Moment.now.secondsSince1970 - 3600)
        let all = try packs.reduce(0) { $0 + $1.sizeBytes }
        func budget(_ bytes: UInt64) -> CheckBudget {
            CheckBudget(bytes: bytes, seconds: nil, provenSince: hourAgo)
        }
        #expect(try run(budget(1)).passed == [])
        #expect(try run(budget(all)).passed == snapshots.map(\.id))
        // From now on a share is enough, as long as the rest was seen not too long ago.
        let later = try run(budget(1))
        #expect(later.packs < 12 && later.passed == snapshots.map(\.id))
        let without = try run(CheckBudget(bytes: 1, seconds: nil))
        #expect(without.passed == [])
        let tomorrow = Moment(secondsSince1970: Moment.now.secondsSince1970 + 86_400)
        let late = CheckBudget(bytes: 1, seconds: nil, provenSince: tomorrow)
        #expect(try run(late).passed == [])
    }

    /// Else no bit of it would be read again before that time has come.
    @Test func aReceiptOfTheFutureSaysNothing() throws {
        let all = try packs.reduce(0) { $0 + $1.sizeBytes }
        let hourAgo = Moment(secondsSince1970: Moment.now.secondsSince1970 - 3600)
        _ = try run(CheckBudget(bytes: all, seconds: nil))
        let (name, stored) = try #require(try test.open().storedReceipts().first)
        var receipt = try #require(stored)
        receipt.at = "2099-01-01T00:00:00+00:00"
        receipt.digest = nil
        receipt.digest = SHA256.digest(of: try CanonicalJSON.encode(receipt)).hex
        try test.store().replace(name, try CanonicalJSON.encode(receipt))
        #expect(try test.open().storedReceipts().first?.receipt != nil)
        #expect(try test.open().coverage(since: hourAgo).coveredPacks == 0)
        let budget = CheckBudget(bytes: 1, seconds: nil, provenSince: hourAgo)
        let report = try run(budget)
        #expect(report.packs < 12 && report.passed == [])
        // It goes once what was noted since says more.
        #expect(try test.open().storedReceipts().count == 1)
    }

    @Test func whatIsNewIsSeenFirst() throws {
        let all = try packs.reduce(0) { $0 + $1.sizeBytes }
        _ = try run(CheckBudget(bytes: all, seconds: nil))
        let known = Set(try packs.map(\.name))
        try test.backup(["a": ["new": .file(noise(100_000, seed: 99))]])
        let added = try packs.filter { !known.contains($0.name) }
        let fresh = Set(added.compactMap { PackFormat.pack($0.name)?.id.hex })
        let bytes = added.reduce(0) { $0 + $1.sizeBytes }
        let report = try run(CheckBudget(bytes: bytes, seconds: nil))
        #expect(!fresh.isEmpty && fresh.isSubset(of: report.wholePacks))
    }
}
