import Files
import Manifests
import Storage
import Support
import Testing
import Threads

@testable import Deduplication

/// Collections beside one another, alive, dead and asleep.
struct CollectionSessionTests {
    private let test: TestRepository
    private let packs: Set<String>

    /// One snapshot of two is forgotten, and what it alone needed is condemned.
    init() throws {
        test = try TestRepository()
        let first = try test.backup(["a": ["old": .file(noise(200_000, seed: 1))]])
        try test.backup(["a": ["new": .file(noise(200_000, seed: 2))]])
        try test.open().forget([(first, "a test")], by: "nobody", operation: "test")
        packs = Set(try test.objects("packs"))
        #expect(try Self.collect(test.store(), waitSeconds: 1000).condemnedPacks > 0)
    }

    private static func collect(
        _ store: any Store,
        waitSeconds: Int64 = 0
    ) throws -> CollectionReport {
        try RepositoryCollection(
            Repository(store),
            .init(
                host: "here",
                operation: "test",
                waitSeconds: waitSeconds,
                copyBytesLimit: 1 << 40,
                now: Moment.now
            ),
            cancellation: Cancellation()
        ).run(isCopying: false)
    }

    private func session(host: String, startedAt: Moment) throws -> (name: String, bytes: [UInt8]) {
        let id = SnapshotID(at: startedAt)
        let session = Session(
            id: id,
            host: host,
            pid: 1,
            startedAt: startedAt.rfc3339,
            condemned: [],
            collects: try test.objects("condemned")
        )
        return (Session.objectName(id), try CanonicalJSON.encode(session))
    }

    @Test func nothingGoesWhileAnotherCollectionLives() throws {
        let store = try test.store()
        let other = try session(host: "here", startedAt: Moment.now)
        let hold = try store.hold(other.name, other.bytes)
        let lists = try test.objects("condemned")
        let report = try Self.collect(store)
        #expect(report.deletedPacks == 0 && report.blockedLists == 1 && report.waitingPacks > 0)
        #expect(try test.objects("condemned") == lists)
        #expect(try Set(test.objects("packs")).isSuperset(of: packs))
        #expect(try test.objects("sessions") == [other.name])
        hold.release()
        #expect(try Self.collect(store).deletedPacks > 0)
        #expect(try test.objects("condemned") == [] && test.objects("sessions") == [])
    }

    @Test func oneThatDiedIsNoHindrance() throws {
        let store = try test.store()
        let other = try session(host: "here", startedAt: Moment.now)
        try store.put(other.name, other.bytes)
        let report = try Self.collect(store)
        #expect(report.endedSessions == 1 && report.deletedPacks > 0)
        #expect(try test.objects("condemned") == [] && test.objects("sessions") == [])
        // It would have published nothing, so no name is taken for good.
        #expect(try test.objects("snapshots").count == 1)
    }

    @Test func oneAsleepElsewhereKeepsTheListsAndNotThePacks() throws {
        let store = try test.store()
        let lists = try test.objects("condemned")
        let long = Moment(nanoseconds: Moment.now.nanoseconds - 8 * 86_400 * 1_000_000_000)
        let other = try session(host: "afar", startedAt: long)
        try store.put(other.name, other.bytes)
        for _ in 0..<2 {
            let report = try Self.collect(store)
            #expect(report.blockedLists == 0 && report.waitingPacks == 0)
        }
        #expect(try test.objects("packs").count < packs.count)
        #expect(try test.objects("condemned") == lists)
        #expect(try test.objects("sessions") == [other.name])
        #expect(try test.objects("snapshots").count == 1)
        // Whoever writes the same again is warned by the list and makes a pack of another name.
        let again = try test.backup(["a": ["old": .file(noise(200_000, seed: 1))]])
        for pack in packs.subtracting(try Repository(store).index.inventory().map(\.object.name)) {
            Issue.record("\(pack) was not written again")
        }
        for list in try CondemnedList.all(store) {
            for pack in list.list?.packs ?? [] { try store.delete(pack.name) }
        }
        let entry = try #require(try test.entries(again, "a").last { $0.kind == .file })
        #expect(try test.content(entry) == noise(200_000, seed: 1))
    }

    @Test func onAFullDiskTheIndexMakesRoom() throws {
        let base = MemoryStore()
        for folder in ["", "packs", "meta", "snapshots", "index", "condemned", "forgotten"] {
            let names = folder.isEmpty ? ["FORMAT", "config.json"] : try test.objects(folder)
            for name in names {
                try base.put(name, try test.store().getSmall(name, limit: 64 << 20))
            }
        }
        let counting = FaultyStore(base, operation: .max, .full)
        let copy = MemoryStore(base.content)
        _ = try Self.collect(counting)
        let number = try #require(counting.asked.firstIndex { $0.contains("sessions/2") }) + 1
        let store = FaultyStore(copy, operation: number, .full)
        #expect(try Self.collect(store).deletedPacks > 0)
        #expect(store.victim?.contains("sessions/") == true)
    }
}
