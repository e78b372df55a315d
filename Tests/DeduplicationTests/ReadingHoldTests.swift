import Files
import Storage
import Support
import Testing
import Threads

@testable import Deduplication

/// A reader that is slow, and collections beside it for which nothing has to wait.
struct ReadingHoldTests {
    private func collect(_ test: TestRepository) throws -> CollectionReport {
        try RepositoryCollection(
            test.open(),
            .init(
                host: "here",
                operation: "test",
                waitSeconds: 0,
                copyBytesLimit: 1 << 40,
                now: Moment.now
            ),
            cancellation: Cancellation()
        ).run()
    }

    @Test(arguments: [true, false])
    func noPackGoesThatWasNeededWhenTheReaderBegan(holds: Bool) throws {
        let test = try TestRepository()
        let first = try test.backup(["a": ["old": .file(noise(200_000, seed: 1))]])
        try test.backup(["a": ["new": .file(noise(200_000, seed: 2))]])
        let reader = try test.open()
        let hold = holds ? try reader.holdForReading(host: "here", processID: 1) : nil
        let before = try test.objects("packs")
        try test.open().forget([(first, "a test")], by: "nobody", operation: "test")
        for _ in 0..<3 { _ = try collect(test) }
        let entry: () throws -> [UInt8] = {
            var tree = try reader.tree(try #require(first.components["a"]), name: "a")
            return try reader.contentReader().bytes(of: try #require(try tree.next()))
        }
        guard let hold else {
            #expect(try test.objects("packs").count < before.count)
            #expect(throws: RepositoryError.self) { _ = try entry() }
            return
        }
        #expect(Set(try test.objects("packs")).isSuperset(of: before))
        #expect(try entry() == noise(200_000, seed: 1))
        #expect(try test.objects("sessions").count == 1)
        hold.release()
        #expect(try test.objects("sessions") == [])
        for _ in 0..<2 { _ = try collect(test) }
        #expect(try test.objects("packs").count < before.count)
        // No snapshot comes of it, and nothing is damaged.
        let report = try test.check(.deep)
        #expect(report.damage == [] && report.snapshots.count == 1)
    }
}
