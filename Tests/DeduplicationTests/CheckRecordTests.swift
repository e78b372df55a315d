import Cryptography
import Files
import Testing
import Threads

@testable import Deduplication

struct CheckRecordTests {
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
