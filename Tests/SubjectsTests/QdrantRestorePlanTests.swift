import Cryptography
import Files
import FoundationEssentials
import Manifests
import Testing
import Threads
import Transfers

@testable import Subjects

/// The content of a file that a test made.
private final class MadeContent: KeptContent {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var runs: [KeptRun] { [.stored(UInt64(bytes.count))] }

    func read(_ range: Range<UInt64>) -> [UInt8] {
        Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
    }
}

/// A snapshot of a Qdrant out of a recorded archive.
private struct MadeSnapshot {
    var name = "notes"
    var aliases: [String] = []
    var archive = "notes-base.stream.tar"
    var size = 16
    var shardCount = 1

    func snapshot() throws -> QdrantSnapshot {
        let config = JSONValue.object([
            "params": .object([
                "vectors": .object(["size": .integer(Int64(size)), "distance": .text("Cosine")])
            ])
        ])
        let folder = "collections/\(QdrantClient.escaped(name))"
        let version = QdrantVersion(version: "1.18.3", commit: nil, title: "qdrant")
        let shard = ShardRecord(
            shard: 0,
            peer: 1,
            server: "1.18.3",
            method: "full",
            generation: 0,
            manifests: [:]
        )
        let encoder = JSONEncoder()
        let files: [String: [UInt8]] = [
            "server.json": Array(try encoder.encode(ServerRecord(server: version))),
            "\(folder)/collection.json": Array(
                try encoder.encode(
                    CollectionRecord(
                        name: name,
                        aliases: aliases,
                        config: config,
                        payloadSchema: .object([:]),
                        shardCount: shardCount,
                        shardKeys: [:]
                    )
                )
            ),
            "\(folder)/state.json": Array(
                try encoder.encode(StateRecord(proof: "exact", countBefore: 400, countAfter: 400))
            ),
            "\(folder)/shard-0.tar": try TestStore.archive(archive),
            "\(folder)/shard-0.tar.json": Array(try encoder.encode(shard)),
        ]
        let entries = files.map { path, bytes in
            var entry = FileEntry(path: Path(path), kind: .file)
            entry.sizeBytes = UInt64(bytes.count)
            entry.digest = SHA256.digest(of: bytes)
            return entry
        }
        return try QdrantSnapshot(
            entries,
            open: { (entry) throws(CaptureError) in MadeContent(files["\(entry.path)"] ?? []) }
        )
    }
}

/// What is on a server.
private struct MadeServer {
    var collections: Set<String> = []
    var aliases: [String: String] = [:]
    var version = "1.18.3"
    var listed: [String]?
    /// What cannot be read, since a shard of it is not loaded.
    var unreadable: Set<String> = []

    func plan(_ made: MadeSnapshot, as other: String? = nil) throws -> CollectionPlan {
        let snapshot = try made.snapshot()
        var source = QdrantSource(name: "vectors", address: QdrantAddress(url: "http://none"))
        source.collections = listed
        let planner = RestorePlanner(
            source: source,
            snapshot: snapshot,
            operation: "op",
            live: QdrantVersion(version: version, commit: nil, title: "qdrant"),
            collections: collections,
            aliases: aliases.map { QdrantAlias(aliasName: $0.key, collectionName: $0.value) },
            config: { name in
                unreadable.contains(name) ? nil : snapshot.collections[0].record.config
            }
        )
        return try planner.plan(made.name, as: other)
    }
}

@Suite struct QdrantRestorePlanTests {
    @Test func aFreeNameIsMade() throws {
        let plan = try MadeServer().plan(MadeSnapshot(aliases: ["live"]))
        #expect(plan.way == .create && plan.staged == "notes" && plan.place == "notes")
        #expect(plan.aliases == ["live"] && plan.previous.isEmpty)
    }

    /// Nothing can be compared, nor kept: but it can only become better.
    @Test func whatCannotBeReadIsReplaced() throws {
        var server = MadeServer(collections: ["notes"])
        #expect(try !server.plan(MadeSnapshot()).isUnreadable)
        server.unreadable = ["notes"]
        let plan = try server.plan(MadeSnapshot())
        #expect(plan.way == .replace && plan.isUnreadable)
        #expect(plan.text.contains("is lost by that"))
        server.aliases = ["live": "notes"]
        let moved = try server.plan(MadeSnapshot(aliases: ["live"]))
        #expect(moved.way == .move && !moved.isUnreadable)
    }

    @Test func aliasesAreMoved() throws {
        let server = MadeServer(collections: ["notes"], aliases: ["live": "notes", "new": "notes"])
        let plan = try server.plan(MadeSnapshot(aliases: ["live"]))
        #expect(plan.way == .move && plan.place == "notes--recover-op")
        #expect(plan.aliases == ["live", "new"] && plan.previous == ["notes"])
        #expect(plan.notes == ["new is newer than the snapshot; it is moved, too"])
    }

    @Test func anAliasOutlivesItsCollection() throws {
        let server = MadeServer(collections: ["notes-2"], aliases: ["live": "notes-2"])
        let plan = try server.plan(MadeSnapshot(aliases: ["live"]))
        #expect(plan.way == .move && plan.place == "notes--recover-op")
        #expect(plan.aliases == ["live"] && plan.previous == ["notes-2"])
        var listed = server
        listed.listed = ["notes"]
        #expect(try listed.plan(MadeSnapshot(aliases: ["live"])).way == .create)
    }

    @Test func aPlainNameIsReplaced() throws {
        let plain = try MadeServer(collections: ["notes"]).plan(MadeSnapshot())
        #expect(plain.way == .replace && plain.place == "notes")
        #expect(plain.staged == "notes--recover-op")
        let server = MadeServer(
            collections: ["notes"],
            aliases: ["live": "notes"],
            listed: ["notes"]
        )
        let listed = try server.plan(MadeSnapshot(aliases: ["live"]))
        #expect(listed.way == .replace && listed.aliases == ["live"])
    }

    @Test func anAliasIsNeverRestoredThrough() throws {
        let server = MadeServer(collections: ["other"], aliases: ["notes": "other"])
        let plan = try server.plan(MadeSnapshot())
        #expect(plan.way == .move && plan.aliases == ["notes"] && plan.previous == ["other"])
        #expect(plan.notes.first?.contains("never restored through") == true)
    }

    /// What an earlier restore added to a name does not pile up.
    @Test func namesStayShort() throws {
        let name = "notes--recover-before"
        let plan = try MadeServer(collections: [name]).plan(MadeSnapshot(name: name))
        #expect(plan.staged == "notes--recover-op" && plan.place == name)
        #expect(CollectionPlan.isStaged(plan.staged, by: "op"))
        #expect(!CollectionPlan.isStaged(name, by: "op"))
    }

    @Test func aNameThatIsTakenIsRefused() throws {
        for server in [MadeServer(collections: ["x"]), MadeServer(aliases: ["x": "y"])] {
            let error = #expect(throws: QdrantRestoreError.self) {
                try server.plan(MadeSnapshot(), as: "x")
            }
            #expect(error?.code == .occupied)
        }
        let server = MadeServer(collections: ["live"])
        let error = #expect(throws: QdrantRestoreError.self) {
            try server.plan(MadeSnapshot(aliases: ["live"]))
        }
        #expect(error?.code == .occupied)
        #expect(try MadeServer().plan(MadeSnapshot(), as: "x").way == .aside)
    }

    @Test func archivesAreLookedInto() throws {
        for (archive, code) in [
            ("notes-base.partial.tar", QdrantRestoreError.Code.damaged),
            ("notes-base.collection.snapshot", .damaged),
        ] {
            let error = #expect(throws: QdrantRestoreError.self) {
                try MadeServer().plan(MadeSnapshot(archive: archive))
            }
            #expect(error?.code == code, "\(archive): \(error?.message ?? "")")
        }
        for archive in ["notes-base.shard.snapshot", "mixed.stream.tar"] {
            #expect(try MadeServer().plan(MadeSnapshot(archive: archive)).way == .create)
        }
    }

    @Test func aShardThatIsMissingIsNoCollection() throws {
        let snapshot = try MadeSnapshot(shardCount: 2).snapshot()
        #expect(snapshot.collections.isEmpty)
        #expect(snapshot.faults["notes"] == "it has 2 shards, and archives of 1")
        let error = #expect(throws: QdrantRestoreError.self) {
            try snapshot.collection(named: "notes")
        }
        #expect(error?.code == .damaged)
    }

    @Test func namesInPathsAreRead() throws {
        var made = MadeSnapshot(name: "a b/ü%", aliases: ["live"])
        #expect(try made.snapshot().collection(named: "live").name == "a b/ü%")
        made.shardCount = 3
        #expect(try made.snapshot().faults["a b/ü%"] != nil)
    }
}

@Suite struct QdrantRestoreLookTests {
    private static let version = StubServer.json(
        #"{"title":"qdrant - vector search engine","version":"1.18.3"}"#
    )
    private static let noAliases = StubServer.json(#"{"result":{"aliases":[]}}"#)

    /// What is said of a collection whose alias is gone, and of one that is gone itself.
    private func faults(_ steps: [StubServer.Step]) throws -> [String] {
        let stub = StubServer([Self.version] + steps)
        defer { stub.stop() }
        var address = QdrantAddress(url: stub.url)
        address.retryLimit = 0
        let restore = try QdrantRestore(
            QdrantSource(name: "vectors", address: address),
            try MadeSnapshot().snapshot(),
            operation: "op",
            allowsAnyVersion: false,
            cancellation: Cancellation()
        )
        restore.giveUp { true }
        let moved = try MadeServer(collections: ["notes"], aliases: ["live": "notes"])
            .plan(MadeSnapshot(aliases: ["live"]))
        return restore.faults(of: [moved, try MadeServer().plan(MadeSnapshot())])
    }

    @Test func eachFaultIsNamed() throws {
        let gone = StubServer.json(#"{"status":{"error":"Not found"}}"#, "404 Not Found")
        let found = try faults([Self.version, Self.noAliases, Self.version, gone, Self.version])
        #expect(found.count == 2)
        #expect(found.first?.contains("the alias live leads to nothing") == true)
        #expect(found.last?.contains("/collections/notes/points/count") == true)
    }

    @Test func aServerThatIsGoneIsAskedNoMore() throws {
        let found = try faults([Self.version, Self.noAliases])
        #expect(found.count == 1)
    }
}
