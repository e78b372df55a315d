import Storage
import Support
import Testing

@testable import Deduplication

/// Numbers order snapshots; ids do within a clock that nobody set, and not within a second.
@Suite struct LatestTests {
    /// The snapshot that `latest` is among these; a negative number is that of a damaged file.
    private static func latest(_ snapshots: [(id: String, seq: Int)]) throws -> String {
        let store = MemoryStore([:])
        try Repository.create(in: store, texts: [:])
        for (id, seq) in snapshots {
            let snapshot = Snapshot(
                schema: Snapshot.currentSchema,
                id: try #require(SnapshotID(id)),
                seq: abs(seq),
                stack: "test",
                host: "here",
                tool: "tests",
                reason: "manual",
                tag: nil,
                note: nil,
                startedAt: "2026-01-14T02:10:00+00:00",
                finishedAt: "2026-01-14T02:10:00+00:00",
                complete: true,
                scope: "full",
                previous: nil,
                configuration: nil,
                addedBytes: 0,
                components: [:]
            )
            var bytes = try snapshot.encoded()
            if seq < 0 { bytes[bytes.count / 2] ^= 1 }
            try store.put(snapshot.id.objectName, bytes)
        }
        return try Repository(store).snapshot("latest", stack: "test").id.text
    }

    @Test func theNumberDecides() throws {
        // In one second, and after the clock was set back.
        for second in ["20260114T021000Z-0000", "20160114T021000Z-0000"] {
            #expect(try Self.latest([("20260114T021000Z-ffff", 1), (second, 2)]) == second)
        }
        let same = [("20260114T021000Z-0000", 7), ("20260114T021000Z-ffff", 7)]
        #expect(try Self.latest(same) == "20260114T021000Z-ffff")
    }

    @Test func anOlderFileThatCannotBeReadIsPassedOver() throws {
        let found = try Self.latest([("20260114T020959Z-ffff", -1), ("20260114T021000Z-0000", 2)])
        #expect(found == "20260114T021000Z-0000")
    }

    @Test(arguments: [
        // Of the same second: the suffix says nothing.
        ("20260114T021000Z-ffff", "20260114T021000Z-0000"),
        ("20260114T021000Z-0000", "20260114T021000Z-ffff"),
        // After the clock was set back: no number is free below the readable one's.
        ("20260114T021000Z-0000", "20160114T021000Z-0000"),
        ("20260114T021000Z-0000", "20260114T021001Z-0000"),
    ])
    func noOlderOneIsTakenUnasked(readable: String, damaged: String) throws {
        let error = #expect(throws: RepositoryError.self) {
            try Self.latest([(readable, 1), (damaged, -2)])
        }
        #expect(error?.code == .damaged)
        #expect(error?.message.contains("the newest before it is \(readable)") == true)
    }
}
