import Cryptography
import Files
import Testing
import Threads

@testable import Deduplication

struct CheckRecordTests {
    /// Nights come by the hundred, and each has its receipts.
    @Test func aReceiptTakesThePlaceOfThoseThatSayNoMore() throws {
        let test = try TestRepository()
        for seed in 1...3 as ClosedRange<UInt64> {
            try test.backup(["a": ["file": .file(noise(10_000, seed: seed))]])
        }
        let repository = try test.open()
        func levels(after level: CheckLevel, _ operation: String) throws -> [String] {
            try repository.record(try test.check(level), operation: operation)
            let receipts = try repository.facts(.receipt)
            #expect(Set(receipts.map(\.subject)).count == 3)
            return receipts.map { "\($0.detail) \($0.operation)" }.sorted()
        }
        #expect(try levels(after: .full, "1") == ["full 1", "full 1", "full 1"])
        #expect(try levels(after: .full, "2") == ["full 2", "full 2", "full 2"])
        #expect(try levels(after: .deep, "3") == ["deep 3", "deep 3", "deep 3"])
        // One that says less leaves what says more.
        let both = ["deep 3", "deep 3", "deep 3", "quick 4", "quick 4", "quick 4"]
        #expect(try levels(after: .quick, "4") == both)
        #expect(try levels(after: .deep, "5") == ["deep 5", "deep 5", "deep 5"])
    }

    @Test func keepsReceiptsAndDamage() throws {
        let test = try TestRepository()
        let big = noise(200_000, seed: 1)
        let first = try test.backup(["a": ["big": .file(big)]])
        let second = try test.backup(["a": ["other": .file(noise(200_000, seed: 2))]])
        let repository = try test.open()
        try repository.record(try test.check(.full), operation: "one")
        let receipts = try repository.facts(.receipt)
        #expect(Set(receipts.map(\.subject)) == [first.id.text, second.id.text])
        #expect(receipts.allSatisfy { $0.detail == "full" && $0.operation == "one" })
        #expect(try repository.facts(.damage) == [])

        let entry = try #require(try test.entries(first, "a").first)
        let place = try test.location(entry)
        try test.scratch.flip("repo/" + place.object, at: place.offset)
        for _ in 1...2 { try repository.record(try test.check(.deep), operation: "two") }
        let pack = try #require(PackFormat.pack(place.object)).id.hex
        #expect(Set(try repository.facts(.damage).map(\.subject)) == [pack, first.id.text])
        #expect(try repository.facts(.damage).count == 2)
        #expect(try repository.facts(.receipt).filter { $0.subject == first.id.text }.count == 1)

        // The next backup leans on nothing in that pack and writes it anew, under its old name.
        try test.backup(["a": ["big": .file(big)]])
        let report = try test.check(.deep)
        #expect(report.damage == [])
        #expect(try repository.facts(.damage).map(\.subject) == [first.id.text])
        #expect(try test.content(entry) == big)
    }
}
