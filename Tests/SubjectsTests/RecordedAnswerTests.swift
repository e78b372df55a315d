import FoundationEssentials
import Testing
import Transfers

@testable import Subjects

/// The recorded answers of a real server, read by the client's own types.
@Suite struct RecordedAnswerTests {
    struct Exchange: Decodable {
        struct Request: Decodable {
            var method: String
            var path: String
        }
        struct Response: Decodable {
            struct Body: Decodable {
                var json: JSONValue?
                var text: String?
                var bytes: Int?
            }
            var status: Int
            var body: Body?
        }
        var name: String?
        var request: Request
        var response: Response

        /// The same answer from a stub.
        var step: StubServer.Step {
            let body =
                response.body?.json?.canonicalBytes ?? Array((response.body?.text ?? "").utf8)
            return .answer(StubServer.response("\(response.status) X", [], body), body)
        }
    }

    static func exchanges(_ name: String) throws -> [Exchange] {
        let bytes = try TestStore.read("\(TestStore.fixtures)/transcripts/\(name).json")
        return try JSONDecoder().decode([Exchange].self, from: Data(bytes))
    }

    private func answered<Result>(
        _ path: String,
        _ method: String = "GET",
        in transcript: String = "capture",
        _ body: (QdrantClient) throws -> Result
    ) throws -> [Result] {
        let found = try Self.exchanges(transcript).filter {
            $0.request.path == path && $0.request.method == method && $0.response.status == 200
        }
        #expect(!found.isEmpty, "\(method) \(path)")
        return try found.map { exchange in
            try withStub([exchange.step]) { client, server in
                let result = try body(client)
                #expect(server.lines == ["\(method) \(path)"])
                return result
            }
        }
    }

    @Test func whatTheServerIsAndHolds() throws {
        let version = try answered("/") { try $0.version() }
        #expect(version.first?.version == "1.18.3")
        #expect(version.first?.release?.minor == 18)
        let names = try answered("/collections") { try $0.collections() }
        #expect(names.last == ["notes"])
        let aliases = try answered("/aliases") { try $0.aliases() }
        #expect(
            aliases.last == [QdrantAlias(aliasName: "notes-live", collectionName: "notes")]
        )
        let info = try answered("/collections/notes") { try $0.collection("notes") }
        #expect(info.first?["config"]?["params"]?["vectors"]?["size"] == .integer(16))
        #expect(info.first?["payload_schema"]?["tag"] != nil)
        let count = try answered("/collections/notes/points/count", "POST") {
            try $0.count("notes")
        }
        #expect(count.first == 400)
        let cluster = try answered("/cluster") { try $0.cluster() }
        #expect(cluster.first??["status"] == .text("disabled"))
    }

    @Test func whereItsShardsAre() throws {
        let alone = try answered("/collections/notes/cluster") { try $0.shards(of: "notes") }
        #expect(alone.first?.localShards.map(\.shardID) == [0])
        #expect(alone.first?.peerID == 1_163_699_116_477_171)
        let nodes = try answered("/collections/notes/cluster", in: "cluster") {
            try $0.shards(of: "notes")
        }
        #expect(nodes.count == 3)
        #expect(nodes.allSatisfy { $0.shardCount == 3 && !$0.remoteShards.isEmpty })
        let keyed = try answered("/collections/cs/cluster", in: "cluster") {
            try $0.shards(of: "cs")
        }
        #expect(keyed.last?.localShards.map(\.shardKey) == [.text("acme"), .text("beta")])
        let moving = try answered("/collections/back/cluster", in: "cluster") {
            try $0.shards(of: "back")
        }
        #expect(moving.contains { !$0.shardTransfers.isEmpty })
    }

    @Test func archivesAndManifests() throws {
        let lists = try answered("/collections/notes/snapshots") {
            try $0.archives(of: "notes", shard: nil)
        }
        #expect(lists.first?.first?.size == 327_168)
        let manifests = try answered("/collections/notes/shards/0/snapshot/partial/manifest") {
            try $0.manifest(of: "notes", shard: 0)
        }
        let segments = try #require(manifests.first)
        #expect(segments.count == 2)
        #expect(segments.allSatisfy { $0.key == $0.value.segmentID && !$0.value.files.isEmpty })
        #expect(segments.values.contains { $0.fileVersions.values.contains { $0 == nil } })
        #expect(segments.values.map(\.segmentVersion).max() == 6)
    }

    /// Every recorded refusal, by any credential: its words reach our message.
    @Test(arguments: ["capture", "restore", "rights", "cluster", "broken", "disk-full", "more"])
    func everyRefusalSaysWhy(transcript: String) throws {
        var refusals = 0
        for exchange in try Self.exchanges(transcript) where exchange.response.status >= 400 {
            try withStub([exchange.step], retryLimit: 0) { client, _ in
                let error = #expect(throws: QdrantError.self) { try client.count("notes") }
                #expect(error?.status == exchange.response.status)
                let said = exchange.response.body
                let words: String
                if case .text(let text)? = said?.json?["status"]?["error"] {
                    words = text
                } else {
                    words = said?.text ?? ""
                }
                let printable = String(words.prefix { $0 >= " " })
                if printable.isEmpty { return }
                #expect(error?.message.contains(printable) == true, "\(exchange.name ?? "")")
            }
            refusals += 1
        }
        #expect(refusals > 0)
    }
}
