import Files
import Support
import Testing
import Threads

@testable import Subjects

@Suite struct ArchiveDebtsTests {
    private static let asked = "Sat, 21 Nov 2026 07:51:10 GMT"
    private static let before = "notes-shard-0-2026-11-20-07-51-13.snapshot"
    private static let soon = "notes-shard-0-2026-11-21-07-51-13.snapshot"
    private static let later = "notes-shard-0-2026-11-21-07-52-13.snapshot"

    private static func list(_ names: [String], at time: String) -> StubServer.Step {
        let parts = names.map { #"{"name":"\#($0)","size":1}"# }.joined(separator: ",")
        let body = Array(#"{"result":[\#(parts)]}"#.utf8)
        return .answer(StubServer.response("200 OK", ["Date: \(time)"], body), body)
    }

    /// A run that asked and was killed, and one that settles.
    private func settle(
        _ names: [String],
        isNamed: Bool = false,
        at time: String = "Sat, 21 Nov 2026 08:00:00 GMT"
    ) throws -> (deleted: [String], words: [String], isOpen: Bool) {
        let scratch = try Scratch()
        let steps = isNamed ? [] : [Self.list(names, at: time)]
        return try withStub(steps + [StubServer.json(#"{"result":true}"#)]) { client, server in
            let first = ArchiveDebts(in: scratch.path, of: "qdrant")
            try first.open(
                .init(
                    url: client.address.url,
                    collection: "notes",
                    shard: 0,
                    before: [Self.before],
                    askedAt: ServerTime.header(Self.asked)
                )
            )
            if isNamed { first.name(Self.later) }
            let second = ArchiveDebts(in: scratch.path, of: "qdrant")
            let words = second.settle(at: [client])
            let deleted = server.lines.filter { $0.hasPrefix("DELETE") }
            let rest = ArchiveDebts(in: scratch.path, of: "qdrant").settle(at: [])
            return (deleted, words, !rest.isEmpty)
        }
    }

    @Test func oursIsDeleted() throws {
        for result in [
            try settle([Self.soon, Self.before, Self.later]), try settle([], isNamed: true),
        ] {
            #expect(result.deleted.count == 1 && result.words.isEmpty && !result.isOpen)
        }
        let named = try settle([], isNamed: true)
        #expect(named.deleted.first?.contains(Self.later) == true)
    }

    @Test func somebodysIsLeft() throws {
        let theirs = try settle([Self.before, Self.later], at: "Sat, 21 Nov 2026 07:51:11 GMT")
        // It may still be made; an hour and more after the question it is not.
        #expect(theirs.deleted.isEmpty && theirs.words.isEmpty && theirs.isOpen)
        let late = try settle([Self.later], at: "Sat, 21 Nov 2026 12:00:00 GMT")
        #expect(late.deleted.isEmpty && late.words.isEmpty && !late.isOpen)
        let other = "notes-shard-0-2026-11-21-07-51-14.snapshot"
        let both = try settle([Self.soon, other])
        #expect(both.deleted.isEmpty && !both.isOpen)
        #expect(both.words.count == 1 && both.words.first?.contains(other) == true)
    }

    @Test func timesAreRead() {
        #expect(ServerTime.header(Self.asked) == 1_795_247_470)
        #expect(ServerTime.name(Self.soon) == 1_795_247_473)
        let huge = "Sat, 21 Nov 9223372036854775807 07:51:10 GMT"
        for text in [
            "", "yesterday", "Sat, 31 Feb 2026 07:51:10 GMT", "21 Nov 2026 07:51:10", huge,
        ] {
            #expect(ServerTime.header(text) == nil, "\(text)")
        }
        for name in ["notes.snapshot", "notes-shard-0-2026-11-21-07-51-13.tar", "a.snapshot"] {
            #expect(ServerTime.name(name) == nil, "\(name)")
        }
    }
}
