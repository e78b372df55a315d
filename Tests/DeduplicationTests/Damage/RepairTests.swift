import Cryptography
import Files
import Manifests
import Storage
import Support
import Testing
import Threads

@testable import Deduplication

/// A repair brings back what can be brought back, names the rest, and never makes anything worse.
struct RepairTests {
    private static let texts = ["README.txt": "read me", "restore.sh": "exit 1"]
    private let whole: WholeRepository
    private let oracle: DamageOracle

    init() throws {
        whole = try WholeRepository.shared()
        oracle = DamageOracle(whole: whole)
    }

    private func repair(_ store: any Store, isLive: Bool) -> RepositoryRepair {
        RepositoryRepair(
            store,
            texts: Self.texts,
            host: "here",
            configuration: isLive ? Array("version: 1\n".utf8) : [],
            cancellation: Cancellation(),
            live: { component, path, position, count in
                guard isLive, let bytes = WholeRepository.live[component]?[path.description],
                    Int(position) + count <= bytes.count
                else { return nil }
                return Array(bytes[Int(position)..<(Int(position) + count)])
            },
            onBytes: { _ in }
        )
    }

    /// The pack and place of a chunk of a file.
    private func place(_ path: String, _ component: String) throws -> ChunkIndex.Location {
        let repository = try Repository(MemoryStore(whole.objects))
        let snapshot = try #require(whole.snapshots.first)
        var tree = try repository.tree(try #require(snapshot.components[component]), name: "x")
        while let entry = try tree.next() {
            guard entry.path == Path(path), case .inline(let extents) = entry.extents else {
                continue
            }
            for case .chunk(let id, _, _) in extents {
                return try #require(repository.index.locations(of: id).first)
            }
        }
        throw RepositoryError(code: .notFound, message: path)
    }

    /// The files that have bytes in the chunk at a place: small ones share chunks.
    private func paths(_ place: ChunkIndex.Location) throws -> Set<String> {
        let repository = try Repository(MemoryStore(whole.objects))
        var paths: Set<String> = []
        for snapshot in whole.snapshots {
            for (name, component) in snapshot.components where component.outcome == "captured" {
                var tree = try repository.tree(component, name: name)
                while let entry = try tree.next() {
                    guard case .inline(let extents) = entry.extents else { continue }
                    for case .chunk(let id, _, _) in extents
                    where repository.index.locations(of: id).contains(place) {
                        paths.insert(entry.path.description)
                    }
                }
            }
        }
        return paths
    }

    private func flipped(_ place: ChunkIndex.Location) -> MemoryStore {
        var objects = whole.objects
        objects[place.object]?[place.offset + 20] ^= 4
        return MemoryStore(objects)
    }

    @Test func aWholeRepositoryOnlyLosesWhatNobodyNeeds() throws {
        let store = MemoryStore(whole.objects)
        let plan = try repair(store, isLive: true).plan()
        #expect(store.content == whole.objects)
        #expect(Set(plan.steps.map(\.kind)) == [.remove, .unmark])
        let outcome = try repair(store, isLive: true).run(operation: "repair")
        #expect(outcome.damage == [])
        #expect(try store.list("tmp").isEmpty && store.list("sessions").isEmpty)
        #expect(try store.list("facts/damaged").isEmpty)
        // Whoever merely slept finds its name taken.
        let revoked = try store.getSmall("snapshots/20260101T000000Z-0000.json", limit: 64)
        #expect(revoked == Array(Repository.tombstone.utf8))
        #expect(try oracle.judge(store.content).breaches == [])
        #expect(try repair(store, isLive: true).plan().steps == [])
    }

    @Test(arguments: [("big", "models"), ("text", "models"), ("db", "memory")])
    func oldSnapshotsBecomeWholeAgain(path: String, component: String) throws {
        let place = try place(path, component)
        let store = flipped(place)
        let outcome = try repair(store, isLive: true).run(operation: "repair")
        #expect(outcome.damage == [])
        #expect(outcome.recovered == 1)
        #expect(outcome.healed.count >= 1)
        let verdict = try oracle.judge(store.content)
        #expect(verdict.breaches == [] && verdict.found == .nobody)
        #expect(try store.list("facts/damaged").isEmpty)
        #expect(try repair(store, isLive: true).plan().steps == [])
    }

    @Test func aMissingPackComesBackAsFarAsFilesGo() throws {
        let place = try place("big", "models")
        var objects = whole.objects
        objects[place.object] = nil
        let store = MemoryStore(objects)
        let outcome = try repair(store, isLive: true).run(operation: "repair")
        #expect(outcome.recovered > 0)
        let lost = outcome.damage.flatMap(\.touches).filter { $0.what == "content" }
        #expect(!lost.contains { $0.path == "big" || $0.path == "text" })
        #expect(try oracle.judge(store.content).breaches == [])
    }

    @Test func whatIsLostIsNamedAndTheRestIsKept() throws {
        let place = try place("big", "models")
        let store = flipped(place)
        let outcome = try repair(store, isLive: false).run(operation: "repair")
        let content = outcome.damage.flatMap(\.touches).compactMap(\.path)
        let sharing = try paths(place)
        #expect(sharing.contains("big") && sharing.isDisjoint(with: ["db", "notes/a", "late"]))
        #expect(Set(content) == sharing)
        #expect(outcome.recovered == 0)
        #expect(try oracle.judge(store.content).breaches == [])
        // It stays for whoever still finds the file: and then it heals.
        let later = try repair(store, isLive: true).run(operation: "repair")
        #expect(later.damage == [])
        #expect(store.content[place.object] == nil)
        #expect(try oracle.judge(store.content).breaches == [])
    }

    /// Its copy may come back from elsewhere: what it needs is not removed with a damaged pack.
    @Test func aSnapshotThatCannotBeReadKeepsItsChunks() throws {
        let place = try place("big", "models")
        let document = try #require(whole.snapshots.first).id.objectName
        var objects = whole.objects
        objects[place.object]?[place.offset - 300] ^= 1
        objects[document] = Array("lost".utf8)
        let store = MemoryStore(objects)
        let outcome = try repair(store, isLive: false).run(operation: "repair")
        #expect(outcome.damage.contains { $0.kind == .snapshot })
        try store.replace(document, try #require(whole.objects[document]))
        #expect(try repair(store, isLive: false).run(operation: "repair").damage == [])
        #expect(try oracle.judge(store.content).found == .nobody)
    }

    @Test func damageOfTheFrameCostsNothing() throws {
        let place = try place("big", "models")
        var objects = whole.objects
        objects[place.object]?[place.offset - 300] ^= 1
        let store = MemoryStore(objects)
        let outcome = try repair(store, isLive: false).run(operation: "repair")
        #expect(outcome.damage == [])
        #expect(try oracle.judge(store.content).found == .nobody)
    }

    @Test(arguments: ["FORMAT", "config.json", "README.txt", "restore.sh", "snapshots", "index"])
    func oneBitOfADocumentIsPutBack(sort: String) throws {
        let name = try #require(
            whole.objects.keys.sorted().first {
                DamageTable.sort(of: $0) == sort
            }
        )
        let bytes = try #require(whole.objects[name])
        for byte in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 7)) {
            var objects = whole.objects
            objects[name]?[byte] ^= 1 << UInt8(byte % 8)
            let store = MemoryStore(objects)
            let outcome = try repair(store, isLive: false).run(operation: "repair")
            #expect(outcome.damage == [], "\(name) at \(byte)")
            if sort != "index" { #expect(store.content[name] == bytes, "\(name) at \(byte)") }
            #expect(try oracle.judge(store.content).found == .nobody)
        }
    }

    @Test func lostSettingsAreMadeAgain() throws {
        var objects = whole.objects
        objects["config.json"] = nil
        objects["FORMAT"] = []
        let store = MemoryStore(objects)
        let outcome = try repair(store, isLive: false).run(operation: "repair")
        #expect(outcome.damage == [])
        #expect(try oracle.judge(store.content).breaches == [])
        #expect { try repair(MemoryStore([:]), isLive: false).plan() } throws: { error in
            (error as? RepositoryError)?.code == .missing
        }
    }

    /// The N-th change fails, for every N: what could be restored before still can, and the next
    /// repair ends the work.
    @Test func everyStepMayBeTheLast() throws {
        let place = try place("big", "models")
        var objects = flipped(place).content
        objects["FORMAT"] = []
        if let index = objects.keys.first(where: { $0.hasPrefix("index/") }) { objects[index] = [] }
        var count = 1
        while count < 200 {
            let store = FailingStore(MemoryStore(objects), after: count)
            do throws(RepositoryError) {
                _ = try repair(store, isLive: true).run(operation: "repair")
                break
            } catch {
                #expect(error.code == .storage)
            }
            #expect(try oracle.judge(store.base.content).breaches == [], "after \(count) changes")
            let rest = try repair(store.base, isLive: true).run(operation: "repair")
            #expect(rest.damage == [], "after \(count) changes")
            count += 1
        }
        #expect(count > 10 && count < 200)
    }
}

/// A store whose changes fail from some point on.
private final class FailingStore: Store {
    let base: MemoryStore
    private let left: Monitor<Int>

    init(_ base: MemoryStore, after count: Int) {
        self.base = base
        left = Monitor(count)
    }

    private func change() throws(StorageError) {
        let isOver = left.change { left in
            left -= 1
            return left < 0
        }
        if isOver { throw StorageError(code: .failed, message: "the disk is gone") }
    }

    var place: String { base.place }

    func put(_ name: String, _ content: UnsafeRawBufferPointer) throws(StorageError) {
        try change()
        try unsafe base.put(name, content)
    }

    func replace(_ name: String, _ content: UnsafeRawBufferPointer) throws(StorageError) {
        try change()
        try unsafe base.replace(name, content)
    }

    func get(
        _ name: String,
        at offset: UInt64,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(StorageError) {
        try unsafe base.get(name, at: offset, into: buffer)
    }

    func getSmall(_ name: String, limit: Int) throws(StorageError) -> [UInt8] {
        try base.getSmall(name, limit: limit)
    }

    func list(_ folder: String) throws(StorageError) -> [StoredObject] { try base.list(folder) }

    func delete(_ name: String) throws(StorageError) {
        try change()
        try base.delete(name)
    }

    func adopt(_ name: String) { base.adopt(name) }

    func sync() throws(StorageError) { try change() }

    func hold(_ name: String, _ content: [UInt8]) throws(StorageError) -> any StoreHold {
        try change()
        return try base.hold(name, content)
    }

    func isHeld(_ name: String) throws(StorageError) -> Bool { try base.isHeld(name) }
}
