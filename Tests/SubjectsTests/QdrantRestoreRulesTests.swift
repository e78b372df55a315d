import FoundationEssentials
import Testing
import Transfers

@testable import Subjects

@Suite struct QdrantRestoreRulesTests {
    private func version(_ text: String) -> QdrantVersion {
        QdrantVersion(version: text, commit: nil, title: "qdrant")
    }

    @Test(arguments: [
        ("1.18.3", "1.18.0", true), ("1.18.3", "1.19.0", true), ("1.18.3", "1.20.0", false),
        ("1.18.3", "1.17.9", false), ("1.18.3", "2.18.3", false), ("1.18.3", "dev", false),
        ("1.18.3-dev", "1.18.3", true),
    ])
    func versions(kept: String, live: String, isPromised: Bool) {
        #expect((VersionGate.obstacle(version(kept), version(live)) == nil) == isPromised)
    }

    @Test func rocksDB() {
        #expect(VersionGate.readsRocksDB(version("1.17.1")))
        #expect(!VersionGate.readsRocksDB(version("1.18.0")))
        #expect(!VersionGate.readsRocksDB(version("unknown")))
    }

    private func config(_ params: String) throws -> JSONValue {
        try JSONDecoder().decode(JSONValue.self, from: Data(#"{"params":\#(params)}"#.utf8))
    }

    @Test(arguments: [
        (
            #"{"vectors":{"size":16,"distance":"Cosine"}}"#,
            #"{"vectors":{"size":16,"distance":"Cosine","datatype":"float32","on_disk":true},"shard_number":1,"sharding_method":null}"#,
            [String]()
        ),
        (
            #"{"vectors":{"size":16,"distance":"Cosine"}}"#,
            #"{"vectors":{"size":8,"distance":"Dot"},"shard_number":2}"#,
            [
                "size of the vector is 16 in the snapshot and 8 now",
                "distance of the vector is Cosine in the snapshot and Dot now",
                "shard_number is 1 in the snapshot and 2 now",
            ]
        ),
        (
            #"{"vectors":{"a":{"size":4,"distance":"Dot"},"size":{"size":4,"distance":"Dot"}}}"#,
            #"{"vectors":{"a":{"size":4,"distance":"Dot","datatype":"uint8"},"c":{"size":4,"distance":"Dot"}},"sharding_method":"custom"}"#,
            [
                "datatype of vector a is float32 in the snapshot and uint8 now",
                "vector c is only in the live collection",
                "vector size is only in the snapshot",
                "sharding_method is auto in the snapshot and custom now",
            ]
        ),
        (
            #"{"vectors":{},"sparse_vectors":{"words":{}}}"#, #"{"vectors":{}}"#,
            ["sparse vector words is only in the snapshot"]
        ),
    ])
    func configurations(kept: String, live: String, differences: [String]) throws {
        let found = ConfigurationComparison.differences(try config(kept), try config(live))
        #expect(found == differences)
    }

    /// A restore of ours that the parent does not know makes it no parent.
    @Test func aServerMaySayAnyNumber() {
        #expect(UInt64(3).plus(4) == 7)
        #expect(UInt64.max.plus(1) == .max)
        #expect(UInt64(9).beyond(4, 2) == 3)
        #expect(UInt64(4).beyond(9) == 0)
        #expect(UInt64.max.beyond(.max, 2) == 0)
    }

    @Test func ourRestoresAreForeignToOlderSnapshots() throws {
        try withStub([]) { client, _ in
            let probe = CollectionProbe(node: client, collection: "notes")
            var old = StateRecord(proof: "exact", countBefore: 1, countAfter: 1)
            var now = old
            now.restores = ["a"]
            #expect(probe.isForeign(now, since: old))
            old.restores = ["a"]
            #expect(!probe.isForeign(now, since: old))
            now.restores = ["a", "b"]
            #expect(probe.isForeign(now, since: old))
            now.restores = nil
            #expect(!probe.isForeign(now, since: old))
        }
    }

    // MARK: - What is asked

    private static let done = StubServer.json(#"{"result":true,"status":"ok","time":0.1}"#)

    private func asked(_ body: (QdrantClient) throws -> Void) throws -> [(String, JSONValue)] {
        try withStub(Array(repeating: Self.done, count: 8)) { client, server in
            try body(client)
            return try server.requests.map { request in
                let line = request.prefix { $0 != "\r\n" }.split(separator: " ").prefix(2)
                let text = String(
                    request[(request.firstRange(of: "\r\n\r\n")?.upperBound ?? request.endIndex)...]
                )
                let body =
                    text.isEmpty
                    ? .null : try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
                return (line.joined(separator: " "), body)
            }
        }
    }

    /// The same requests that a real server was seen to take.
    @Test func changesAreAskedForAsRecorded() throws {
        let recorded = try JSONDecoder().decode(
            [RecordedRequest].self,
            from: Data(try TestStore.read("\(TestStore.fixtures)/transcripts/restore.json"))
        )
        func body(_ name: String) throws -> JSONValue? {
            try #require(recorded.first { $0.name == name }).request.body?.json
        }
        let moved = try asked { try $0.changeAliases(["notes-live": "notes"]) }
        #expect(moved.map(\.0) == ["POST /collections/aliases"])
        #expect(moved.first?.1 == (try body("create alias that exists: it is moved")))
        let gone = try asked { try $0.changeAliases(["never": nil]) }
        #expect(gone.first?.1 == (try body("delete an alias that does not exist")))
        let woken = try asked { try $0.wakeOptimizers(of: "r4") }
        #expect(woken.map(\.0) == ["PATCH /collections/r4"])
        #expect(woken.first?.1 == (try body("wake the optimizer")))
    }

    private struct RecordedRequest: Decodable {
        struct Request: Decodable {
            struct Body: Decodable {
                var json: JSONValue?
            }
            var body: Body?
        }
        var name: String?
        var request: Request
    }

    /// A collection with everything that can be said of one.
    @Test func aCollectionIsMadeAsItWas() throws {
        let config = #"""
            {"params":{"vectors":{"size":4,"distance":"Dot"},"shard_number":2,"sharding_method":"custom","replication_factor":2,
             "write_consistency_factor":1,"read_fan_out_factor":3,"on_disk_payload":true,"sparse_vectors":null},
             "hnsw_config":{"m":16},"optimizer_config":{"default_segment_number":2},"wal_config":{"wal_capacity_mb":32},
             "quantization_config":null,"metadata":{"owner":"demo"}}
            """#
        let record = CollectionRecord(
            name: "notes",
            aliases: [],
            config: try JSONDecoder().decode(JSONValue.self, from: Data(config.utf8)),
            payloadSchema: try JSONDecoder().decode(
                JSONValue.self,
                from: Data(
                    #"{"n":{"data_type":"integer"},"t":{"data_type":"text","params":{"type":"text","lowercase":true}}}"#
                        .utf8
                )
            ),
            shardCount: 3,
            shardKeys: ["2": .text("beta"), "1": .text("acme"), "3": .text("beta")]
        )
        let asked = try asked { client in
            try CollectionMaker(node: client, isDistributed: true)
                .make("new", like: record, onMade: {})
        }
        #expect(
            asked.map(\.0) == [
                "PUT /collections/new", "PUT /collections/new/shards",
                "PUT /collections/new/shards",
                "PUT /collections/new/index?wait=true", "PUT /collections/new/index?wait=true",
            ]
        )
        let fields = asked[0].1
        #expect(fields["vectors"]?["size"] == .integer(4))
        #expect(fields["optimizers_config"]?["default_segment_number"] == .integer(2))
        #expect(fields["metadata"]?["owner"] == .text("demo"))
        for name in ["replication_factor", "read_fan_out_factor", "quantization_config"] {
            #expect(fields[name] == nil, "\(name)")
        }
        #expect(asked[1].1["shard_key"] == .text("acme"))
        #expect(asked[2].1["shards_number"] == .integer(2))
        #expect(asked[3].1["field_schema"] == .text("integer"))
        #expect(asked[4].1["field_schema"]?["lowercase"] == .boolean(true))
    }

    @Test func customShardingWithoutKeysIsAFailure() throws {
        let record = CollectionRecord(
            name: "notes",
            aliases: [],
            config: .object(["params": .object(["sharding_method": .text("custom")])]),
            payloadSchema: .object([:]),
            shardCount: 1,
            shardKeys: [:]
        )
        let error = #expect(throws: QdrantRestoreError.self) {
            try asked { client in
                try CollectionMaker(node: client, isDistributed: true)
                    .make("new", like: record, onMade: {})
            }
        }
        #expect(error?.code == .damaged)
    }
}
