import Cryptography
import Storage
import Support
import Testing
import Threads

@testable import Deduplication

/// An index whose digest is right and whose content is not: it never keeps a restore from any
/// byte, and never makes a backup leave a chunk out.
struct LyingIndexTests {
    typealias Packs = [(pack: IndexSegment.Pack, members: [PackBuilder.Member])]

    /// What a lie changes of the truth.
    enum Lie: CaseIterable {
        case otherOffsets
        case offsetsBehindTheEnd
        case storedSizesWithinThePadding
        case plainSizes
        case membersOfAnotherPack
        case noMembers
        case halfTheMembers
        case membersTwice
        case packsThatAreNot
        case otherPackSizes
        case chunksThatAreNot
        case unsorted
    }

    private let whole: WholeRepository

    init() throws {
        whole = try WholeRepository.shared()
    }

    private func truth(_ objects: [String: [UInt8]]) throws -> Packs {
        let store = MemoryStore(objects)
        var packs: Packs = []
        for object in try store.list("packs") + store.list("meta") {
            let (kind, id) = try #require(PackFormat.pack(object.name))
            let pack = IndexSegment.Pack(id: id, kind: kind, sizeBytes: object.sizeBytes)
            packs.append((pack, try PackListing(store, object).items.map(\.member)))
        }
        return packs
    }

    private func told(_ lie: Lie, _ truth: Packs) -> Packs {
        func mapped(_ change: (PackBuilder.Member) -> PackBuilder.Member) -> Packs {
            truth.map { ($0.pack, $0.members.map(change)) }
        }
        func member(
            _ old: PackBuilder.Member,
            offset: Int = 0,
            stored: Int = 0,
            plain: Int = 0
        ) -> PackBuilder.Member {
            .init(
                chunk: old.chunk,
                offset: old.offset + offset,
                storedBytes: old.storedBytes + stored,
                plainBytes: old.plainBytes + plain
            )
        }
        switch lie {
        case .otherOffsets: return mapped { member($0, offset: 512) }
        case .offsetsBehindTheEnd: return mapped { member($0, offset: 1 << 30) }
        case .storedSizesWithinThePadding:
            return mapped {
                let isRaw = $0.storedBytes == $0.plainBytes
                return member($0, stored: -1, plain: isRaw ? -1 : 0)
            }
        case .plainSizes:
            return mapped { $0.storedBytes < $0.plainBytes ? member($0, plain: -1) : $0 }
        case .membersOfAnotherPack:
            return truth.indices.map { index in
                (truth[index].pack, truth[(index + 1) % truth.count].members)
            }
        case .noMembers: return truth.map { ($0.pack, []) }
        case .halfTheMembers:
            return truth.map { ($0.pack, Array($0.members.prefix($0.members.count / 2))) }
        case .membersTwice: return truth.map { ($0.pack, $0.members + $0.members) }
        case .packsThatAreNot:
            return truth.map { entry in
                let id = SHA256.digest(of: entry.pack.id.bytes)
                let pack = IndexSegment.Pack(
                    id: id,
                    kind: entry.pack.kind,
                    sizeBytes: entry.pack.sizeBytes
                )
                return (pack, entry.members)
            }
        case .otherPackSizes:
            return truth.map { entry in
                let pack = IndexSegment.Pack(
                    id: entry.pack.id,
                    kind: entry.pack.kind,
                    sizeBytes: entry.pack.sizeBytes + 4096
                )
                return (pack, entry.members)
            }
        case .chunksThatAreNot, .unsorted: return truth
        }
    }

    private func segment(_ lie: Lie, _ truth: Packs, hiding more: [Digest] = []) throws -> [UInt8] {
        var told = told(lie, truth)
        if lie == .chunksThatAreNot, let first = told.first?.members.first {
            for chunk in more {
                let member = PackBuilder.Member(
                    chunk: chunk,
                    offset: first.offset,
                    storedBytes: first.storedBytes,
                    plainBytes: first.plainBytes
                )
                told[0].members.append(member)
            }
        }
        var bytes = IndexSegment.encode(told)
        guard lie == .unsorted else { return bytes }
        let end = bytes.count - Digest.byteCount
        let start = 32 + told.count * 48
        let entries = stride(from: start, to: end, by: 32).map { Array(bytes[$0..<($0 + 32)]) }
        bytes = Array(bytes[..<start]) + entries.reversed().joined()
        return bytes + SHA256.digest(of: bytes).bytes
    }

    private func objects(_ lie: [UInt8], keepingTheTruth: Bool) -> [String: [UInt8]] {
        var objects = whole.objects
        if !keepingTheTruth { objects = objects.filter { !$0.key.hasPrefix("index/") } }
        objects["index/\(SHA256.digest(of: lie).hex).idx"] = lie
        return objects
    }

    @Test(arguments: Lie.allCases, [false, true])
    func neverKeepsARestoreFromAnything(lie: Lie, keepingTheTruth: Bool) throws {
        let bytes = try segment(lie, truth(whole.objects))
        // What is out of order is no segment: no chunk in it could be found.
        #expect((IndexSegment(bytes) == nil) == (lie == .unsorted))
        let damaged = objects(bytes, keepingTheTruth: keepingTheTruth)
        let verdict = try DamageOracle(whole: whole).judge(damaged)
        #expect(verdict.breaches == [])
        #expect(verdict.found == .note || verdict.found == .nobody, "\(verdict.found)")
    }

    @Test(arguments: Lie.allCases, [false, true])
    func isMadeAnewFromThePacks(lie: Lie, keepingTheTruth: Bool) throws {
        let truth = try truth(whole.objects)
        let store = MemoryStore(objects(try segment(lie, truth), keepingTheTruth: keepingTheTruth))
        let repair = repair(store)
        #expect(try repair.run(operation: "repair").damage == [])
        // No chunk of a whole pack has to be written again for it.
        let packs = { (name: String) in name.hasPrefix("packs/") || name.hasPrefix("meta/") }
        #expect(store.content.filter { packs($0.key) } == whole.objects.filter { packs($0.key) })
        #expect(try repair.plan().steps == [])
        var stated: [IndexSegment.Pack: Int] = [:]
        for object in try store.list("index") {
            let segment = try #require(try IndexSegment(store, object))
            let claims = segment.claims(about: Set(truth.map(\.pack)))
            for (pack, members) in truth {
                guard let said = claims[pack] else { continue }
                stated[pack, default: 0] += 1
                #expect(said.count == members.count)
                #expect(zip(said, members).allSatisfy { $0.states($1) })
            }
        }
        #expect(Set(stated.keys) == Set(truth.map(\.pack)))
    }

    private func repair(_ store: MemoryStore) -> RepositoryRepair {
        RepositoryRepair(
            store,
            texts: [:],
            host: "here",
            configuration: [],
            cancellation: Cancellation(),
            live: { _, _, _, _ in nil },
            onBytes: { _ in }
        )
    }

    /// Every pack is damaged where nothing is lost by it; the lie names whole ones too.
    @Test(arguments: Lie.allCases, [false, true])
    func neverMakesARepairLeaveAChunkBehind(lie: Lie, keepingTheTruth: Bool) throws {
        let truth = try truth(whole.objects)
        for damaged in truth {
            let chunks = damaged.members.map(\.chunk)
            // It says of the whole packs that they hold what only the damaged one has.
            let others = truth.filter { $0.pack != damaged.pack } + [damaged]
            let bytes = try segment(lie, others, hiding: chunks)
            let store = MemoryStore(objects(bytes, keepingTheTruth: keepingTheTruth))
            let name = PackFormat.objectName(damaged.pack.kind, damaged.pack.id)
            var content = try #require(store.content[name])
            content[100] ^= 1
            try store.replace(name, content)
            #expect(try repair(store).run(operation: "repair").damage == [])
            let verdict = try DamageOracle(whole: whole).judge(store.content)
            #expect(verdict.breaches == [] && verdict.found == .nobody, "\(name)")
        }
    }

    /// The lie also claims the chunks of files that no snapshot has yet.
    @Test(arguments: Lie.allCases, [false, true])
    func neverMakesABackupLeaveAChunkOut(lie: Lie, keepingTheTruth: Bool) throws {
        let test = try TestRepository()
        let files: [String: TestRepository.Content] = [
            "new": .file(noise(5000, seed: 99)), "old": .file(noise(1200, seed: 1)),
            "db": .pages(noise(3 * 4096, seed: 98)),
        ]
        func backup(_ store: MemoryStore) throws -> Snapshot {
            let draft = try test.draft(try Repository(store))
            return try draft.publish(["other": try test.capture(files, "other", draft).component])
        }
        // What a backup that believed nothing keeps is what the lie claims to be there.
        let honest = MemoryStore(whole.objects)
        _ = try backup(honest)
        let known = Set(try truth(whole.objects).flatMap { $0.members.map(\.chunk) })
        let fresh = try truth(honest.content).flatMap { $0.members.map(\.chunk) }
            .filter { !known.contains($0) }
        #expect(!fresh.isEmpty)
        let bytes = try segment(lie, truth(whole.objects), hiding: fresh)
        let store = MemoryStore(objects(bytes, keepingTheTruth: keepingTheTruth))
        let snapshot = try backup(store)
        // Without any index only what is really there counts.
        let bare = MemoryStore(store.content.filter { !$0.key.hasPrefix("index/") })
        let repository = try Repository(bare)
        let check = RepositoryCheck(repository, level: .deep, cancellation: Cancellation()) { _ in }
        let report = try check.run(try repository.listSnapshots(), isWhole: true)
        #expect(report.damage == [])
        #expect(report.passed.contains(snapshot.id))
    }
}
