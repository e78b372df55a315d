import Cryptography
import Deduplication
import Files
import Foundation
import Support
import Testing
import Threads

@testable import Subjects

/// One run of a backup against a server that answers from recordings.
struct RecordedRun {
    /// What it answers where it is asked for the shard.
    enum Shard {
        case archive(String)
        case bytes([UInt8])
        case unchanged
        /// An archive that it makes, by its name, with what it says of its digest.
        case made(String, checksum: String?)

        var isUnchanged: Bool {
            if case .unchanged = self { return true }
            return false
        }
    }

    var shard: Shard
    var method = QdrantSource.Method.auto
    var sample = 1
    /// So few that all are sampled at once.
    var count = 12
    /// What it holds by its own words, in thousands.
    var thousands = 0
    var peer = 7
    var version = "1.18.3"
    var uploads: [String] = []
    /// What it answers when it is then asked for all of the shard.
    var full: String?
    /// Whether it is asked first what the shard consists of.
    var isAsked = false

    static let archiveName = "notes-shard-0-2026-11-21-07-51-13.snapshot"

    /// What the server says a shard consists of, when it holds what the recordings begin with.
    static func manifests() throws -> String {
        let shape = ShardShape()
        let stream = ShardStream(into: Nowhere(), shape)
        let bytes = try TestStore.archive("notes-base.partial.tar")
        _ = unsafe bytes.withUnsafeBytes { unsafe stream.take($0) }
        try stream.finish()
        return String(decoding: try JSONEncoder().encode(shape.manifests), as: UTF8.self)
    }

    static func archive(_ bytes: [UInt8]) -> StubServer.Step {
        let size = String(bytes.count, radix: 16)
        return .answer(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            Array("\(size)\r\n".utf8) + bytes + Array("\r\n0\r\n\r\n".utf8)
        )
    }

    private func result(_ text: String) -> StubServer.Step {
        StubServer.json(#"{"result":\#(text),"status":"ok","time":0.1}"#)
    }

    private var look: [StubServer.Step] {
        let names = uploads.map { #"{"name":"\#($0)","size":1}"# }.joined(separator: ",")
        return [
            result(#"{"count":\#(count)}"#),
            result(#"{"points":[{"id":\#(sample)}],"next_page_offset":null}"#),
            result("[\(names)]"),
        ]
    }

    func steps() throws -> [StubServer.Step] {
        var steps = [
            StubServer.json(#"{"title":"qdrant - vector search engine","version":"\#(version)"}"#),
            result(#"{"aliases":[{"alias_name":"live","collection_name":"notes"}]}"#),
            result(#"{"collections":[{"name":"notes"}]}"#),
            result(
                #"{"status":"green","config":{"params":{"vectors":{"size":1000}}},"payload_schema":{"tag":{"data_type":"integer","points":400}}}"#
            ),
        ]
        steps.append(
            result(
                #"{"peer_id":\#(peer),"shard_count":1,"local_shards":[{"shard_id":0,"points_count":\#(thousands * 1000),"state":"Active"}],"remote_shards":[],"shard_transfers":[]}"#
            )
        )
        steps += look
        if isAsked { steps.append(result(shard.isUnchanged ? try Self.manifests() : "{}")) }
        switch shard {
        case .archive(let name): steps.append(Self.archive(try TestStore.archive(name)))
        case .bytes(let bytes): steps.append(Self.archive(bytes))
        case .unchanged:
            steps.append(.answer("HTTP/1.1 304 Not Modified\r\n\r\n"))
        case .made(let name, let checksum):
            let bytes = try TestStore.archive(name)
            let stated = checksum.map { #","checksum":"\#($0)""# } ?? ""
            steps += [
                result(try Self.manifests()), result("[]"),
                result(#"{"name":"\#(Self.archiveName)","size":\#(bytes.count)\#(stated)}"#),
                .answer(StubServer.response("200 OK", ["ETag: \"1\""], bytes), bytes),
                result("true"),
            ]
        }
        if let full { steps.append(Self.archive(try TestStore.archive(full))) }
        return steps + look + [result(#"{"status":"disabled"}"#)]
    }

    /// Backs up into a store.
    func run(
        _ store: TestStore,
        retryLimit: Int = 0
    ) throws -> (snapshot: Snapshot, report: CaptureReport, requests: [String]) {
        let server = StubServer(try steps())
        defer { server.stop() }
        var address = QdrantAddress(url: server.url)
        address.retryLimit = retryLimit
        var report = CaptureReport()
        let snapshot = try store.backup { sink in
            let owner = try FileStatus(of: store.scratch.path, following: true)
            var source = QdrantSource(name: "qdrant", address: address)
            source.method = method
            var capture = QdrantCapture(
                source,
                cancellation: Cancellation(),
                owner: owner,
                notes: store.scratch.path
            )
            report = try capture.run(into: sink)
        }
        return (snapshot, report, server.requests)
    }
}

@Suite struct QdrantCaptureTests {
    private let place = "collections/notes/shard-0.tar"

    /// Each day is the merge of all before, by an independent merge of the same recordings.
    @Test func incrementsAreMerged() throws {
        let store = try TestStore()
        let days = ["base", "day2", "day3", "day4"].map { "notes-\($0).partial.tar" }
        let folder = "'\(currentFolder())/\(TestStore.fixtures)/archives'"
        for (number, day) in days.enumerated() {
            var run = RecordedRun(shard: .archive(day))
            run.isAsked = number > 0
            let (snapshot, report, requests) = try run.run(store)
            #expect(report.isComplete && report.problemCount == 0)
            let files = try store.files(snapshot)
            #expect(
                files.keys.sorted() == [
                    "aliases.json", "collections/notes/collection.json", place, place + ".json",
                    "collections/notes/state.json", "server.json",
                ]
            )
            let sent = try #require(requests.first { $0.contains("partial/create") })
            #expect(sent.hasSuffix("\r\n\r\n{}") == (number == 0))
            let record = String(decoding: files[place + ".json"] ?? [], as: UTF8.self)
            #expect(record.contains(#""generation" : \#(number)"#))
            #expect(record.contains(number == 0 ? #""full""# : #""partial""#))
            try store.shell("rm -rf out && mkdir out && sh repository/restore.sh latest out/r")
            let archives = days.prefix(number + 1).map { "\(folder)/\($0)" }
            try store.shell(
                "python3 '\(currentFolder())/Tests/Fixtures/merge_archives.py' out/r/qdrant/\(place) "
                    + archives.joined(separator: " ")
            )
            print("\(day): \(snapshot.addedBytes) bytes added")
        }
    }

    /// Nothing changed: the archive is taken over and nearly nothing is written.
    @Test func anUnchangedShardIsTakenOver() throws {
        let store = try TestStore()
        let first = try RecordedRun(shard: .archive("notes-base.partial.tar")).run(store)
        let second = try RecordedRun(shard: .unchanged, isAsked: true).run(store)
        #expect(second.report.isComplete)
        #expect(second.snapshot.addedBytes < 20_000, "\(second.snapshot.addedBytes)")
        let before = try store.files(first.snapshot)[place]
        #expect(try store.files(second.snapshot)[place] == before)
    }

    /// Equal manifests do not prove equal data.
    @Test func aForeignRestoreIsNoticed() throws {
        let base = "notes-base.partial.tar"
        for (run, asksTwice) in [
            (RecordedRun(shard: .unchanged, sample: 2, full: base, isAsked: true), true),
            (RecordedRun(shard: .unchanged, count: 11, full: base, isAsked: true), true),
            (RecordedRun(shard: .archive(base), peer: 8), false),
            (RecordedRun(shard: .archive(base), version: "1.18.4"), false),
            (RecordedRun(shard: .archive(base), uploads: ["theirs.snapshot"]), false),
        ] {
            let store = try TestStore()
            _ = try RecordedRun(shard: .archive(base)).run(store)
            let (snapshot, report, requests) = try run.run(store)
            #expect(report.isComplete)
            let asked = requests.filter { $0.contains("partial/create") }
            #expect(asked.count == (asksTwice ? 2 : 1))
            #expect(asked.last?.hasSuffix("\r\n\r\n{}") == true)
            let record = try store.files(snapshot)[place + ".json"] ?? []
            #expect(String(decoding: record, as: UTF8.self).contains(#""full""#))
        }
        // An increment that went back: day 3 first, then day 2, of other and older segments.
        let store = try TestStore()
        for name in ["base", "day2"] {
            let isAsked = name != "base"
            let day = RecordedRun.Shard.archive("notes-\(name).partial.tar")
            _ = try RecordedRun(shard: day, isAsked: isAsked).run(store)
        }
        let back = RecordedRun(shard: .archive(base), full: base, isAsked: true)
        let (_, report, requests) = try back.run(store)
        #expect(report.isComplete)
        #expect(requests.filter { $0.contains("partial/create") }.count == 2)
    }

    /// A stream that ends early ends like a whole one; it is never published.
    @Test func aStreamThatEndsEarlyIsAFailure() throws {
        let store = try TestStore()
        let bytes = try TestStore.archive("notes-base.partial.tar")
        for end in [0, 512, 40_960, bytes.count - 1024, bytes.count - 512] {
            let run = RecordedRun(shard: .bytes(Array(bytes.prefix(end))))
            let error = #expect(throws: CaptureError.self, "cut at \(end)") { try run.run(store) }
            #expect(error?.code == .source)
        }
        // The end mark is there, and members before it are not.
        for name in ["shard_config.json", "replica_state.json"] {
            try store.shell(
                "cp '\(currentFolder())/\(TestStore.fixtures)/archives/notes-base.partial.tar' a.tar && tar --delete -f a.tar \(name)"
            )
            let run = RecordedRun(shard: .bytes(try TestStore.read("\(store.scratch.path)/a.tar")))
            let error = #expect(throws: CaptureError.self) { try run.run(store) }
            #expect(error?.message.contains(name) == true, "\(error?.message ?? "")")
        }
    }

    @Test func aStreamThatFailedIsBegunAnew() throws {
        let store = try TestStore()
        let bytes = try TestStore.archive("notes-base.partial.tar")
        let cut = RecordedRun(
            shard: .bytes(Array(bytes.prefix(100_000))),
            full: "notes-base.partial.tar"
        )
        let (snapshot, report, requests) = try cut.run(store, retryLimit: 1)
        #expect(report.isComplete)
        #expect(requests.filter { $0.contains("partial/create") }.count == 2)
        #expect(try store.files(snapshot)[place] != nil)
    }

    private func record(_ store: TestStore, _ snapshot: Snapshot) throws -> ShardRecord {
        let bytes = try store.files(snapshot)[place + ".json"] ?? []
        return try JSONDecoder().decode(ShardRecord.self, from: Data(bytes))
    }

    /// Equal manifests and equal samples prove less from run to run.
    @Test func allOfAShardIsTakenAfterManyRuns() throws {
        let store = try TestStore()
        let base = "notes-base.partial.tar"
        _ = try RecordedRun(shard: .archive(base)).run(store)
        for _ in 0..<ShardLineage.runLimit {
            let (snapshot, report, _) = try RecordedRun(shard: .unchanged, isAsked: true).run(store)
            #expect(report.isComplete)
            #expect(try record(store, snapshot).reason == nil)
        }
        let (snapshot, _, requests) = try RecordedRun(shard: .archive(base)).run(store)
        #expect(try record(store, snapshot).reason == "many runs without")
        #expect(requests.contains { $0.hasSuffix("\r\n\r\n{}") })
        // And then it begins again.
        let (next, _, _) = try RecordedRun(shard: .unchanged, isAsked: true).run(store)
        #expect(try record(store, next).reason == "many runs without")
    }

    /// The archive that a server makes is another layout; an increment on it gives the same.
    @Test(arguments: [QdrantSource.Method.create, .auto])
    func anArchiveOfTheServerIsABase(method: QdrantSource.Method) throws {
        let store = try TestStore()
        let name = "notes-base.shard.snapshot"
        let digest = SHA256.digest(of: try TestStore.archive(name)).hex
        var run = RecordedRun(shard: .made(name, checksum: digest.uppercased()), method: method)
        // 2 GB of vectors are a large shard.
        run.thousands = 500
        let (snapshot, report, requests) = try run.run(store)
        #expect(report.isComplete && report.problemCount == 0)
        #expect(try record(store, snapshot).method == "archive")
        #expect(try store.files(snapshot)[place] == TestStore.archive(name))
        let deleted = requests.last { $0.hasPrefix("DELETE") }
        #expect(deleted?.contains(RecordedRun.archiveName) == true)
        let notes = try store.shell("ls \(store.scratch.path)")
        #expect(!notes.contains("qdrant-"))

        let day = RecordedRun.Shard.archive("notes-day2.partial.tar")
        var next = RecordedRun(shard: day, method: method, isAsked: true)
        next.thousands = 500
        let (second, again, asked) = try next.run(store)
        #expect(again.isComplete && asked.allSatisfy { !$0.hasSuffix("\r\n\r\n{}") })
        #expect(try record(store, second).method == "partial")
        try store.shell("rm -rf out && mkdir out && sh repository/restore.sh latest out/r")
        let folder = "'\(currentFolder())/\(TestStore.fixtures)/archives'"
        try store.shell(
            "python3 '\(currentFolder())/Tests/Fixtures/merge_archives.py' out/r/qdrant/\(place) "
                + "\(folder)/notes-base.partial.tar \(folder)/notes-day2.partial.tar"
        )
    }

    @Test func anArchiveOfOtherBytesIsAFailure() throws {
        let store = try TestStore()
        let other = String(repeating: "0", count: 64)
        let made = RecordedRun.Shard.made("notes-base.shard.snapshot", checksum: other)
        let server = RecordedRun(shard: made, method: .create)
        let error = #expect(throws: CaptureError.self) { try server.run(store) }
        #expect(error?.message.contains("SHA-256") == true, "\(error?.message ?? "")")
        let notes = try store.shell("ls \(store.scratch.path)")
        #expect(!notes.contains("qdrant-"))
    }
}
