import Deduplication
import Storage
import Support
import Testing
import Threads

/// One run is stopped before each of its operations, others come to their end meanwhile, and it
/// goes on: what is reported as done restores.
@Suite(.serialized) struct InterleavingTests {
    private static let sliceShare = 0.1

    /// What happens while the run is stopped.
    enum Meanwhile: String, CaseIterable {
        /// Snapshots are forgotten, and what nothing needs is deleted, without waiting.
        case prunes
        /// The same, by somebody who takes the stopped run for dead.
        case prunesOfAnotherMachine
        /// Another snapshot is taken.
        case backup
        /// All is deleted that nothing needs, and then some of the same is written again.
        case pruneAndBackup
        /// A forgotten snapshot comes back.
        case undelete
    }

    enum Run: String, CaseIterable {
        case backup
        case prune
        case undelete
    }

    private struct Scene {
        let stack: SmallStack
        let start: [String: [UInt8]]
        /// The oldest goes, the others stay.
        let kept: [(snapshot: Snapshot, image: TreeImage)]
        let doomed: Snapshot
        let forgotten: (snapshot: Snapshot, image: TreeImage)
        let image: TreeImage
        let other: SmallStack

        init(seed: UInt64) throws {
            let scratch = try Scratch(isInMemory: true)
            stack = try SmallStack(scratch)
            other = try SmallStack(try Scratch(isInMemory: true))
            var random = SeededGenerator(seed: seed)
            let store = MemoryStore()
            try Repository.create(in: store, texts: [:])
            var taken: [(snapshot: Snapshot, image: TreeImage)] = []
            for step in 1...4 {
                try stack.change(step, &random)
                taken.append((try stack.backup(into: store), try stack.image()))
            }
            // What a killed run wrote lies there too, and is condemned already.
            try stack.change(5, &random)
            image = try stack.image()
            let spoiled = MemoryStore(store.content)
            _ = try stack.backup(into: spoiled)
            for (name, bytes) in spoiled.content where store.content[name] == nil {
                if name.hasPrefix("packs/") || name.hasPrefix("meta/") {
                    try store.put(name, bytes)
                }
            }
            forgotten = taken[1]
            try stack.forget([taken[1].snapshot], in: store)
            _ = try stack.collect(store, waitSeconds: 1000)
            doomed = taken[0].snapshot
            kept = [taken[2], taken[3]]
            start = store.content
            try other.change(9, &random)
        }
    }

    /// What was reported to have been done, by whomever.
    private final class Journal: Sendable {
        let promised = Monitor<[(snapshot: Snapshot, image: TreeImage)]>([])
        let failure = Monitor<String?>(nil)
    }

    @Test(arguments: Run.allCases, Meanwhile.allCases)
    func whatIsReportedRestores(run: Run, meanwhile: Meanwhile) throws {
        let scene = try Scene(seed: TortureBudget().seed)
        var (done, refused, tried, number) = (0, 0, 0, 0)
        let budget = TortureBudget()
        var random = SeededGenerator(seed: budget.seed)
        // The slice tries some points, and the first that is behind the last.
        let share = budget.seconds == nil ? Self.sliceShare : 1
        var isOver = false
        while !isOver {
            number += random.happens(share) ? 1 : Int.random(in: 2...9, using: &random)
            tried += 1
            let base = MemoryStore(scene.start)
            let journal = Journal()
            let store = InterleavingStore(
                base,
                before: number,
                isFromAfar: meanwhile == .prunesOfAnotherMachine
            ) {
                do {
                    try Self.perform(meanwhile, scene, base, journal)
                } catch {
                    journal.failure.change { $0 = "\(error)" }
                }
            }
            do {
                try Self.perform(run, scene, store, journal)
                done += 1
            } catch let error as RepositoryError {
                refused += 1
                #expect(!error.message.isEmpty)
            } catch {
                // A capture wraps what the repository said.
                refused += 1
            }
            let place = "\(run), operation \(number), \(meanwhile)"
            if let failure = journal.failure.change({ $0 }) { Issue.record("\(place): \(failure)") }
            do {
                try Self.prove(scene, base, journal)
            } catch {
                Issue.record("\(place): \(error)")
            }
            isOver = !store.wasReached
        }
        #expect(tried > 8 && done > 0, "\(run) \(meanwhile): \(number), \(done), \(refused)")
        if run == .backup, meanwhile == .prunesOfAnotherMachine { #expect(refused > 0) }
    }

    /// No store deletes only what is as it was at the last look: here a prune is stopped between
    /// that look and the end of one pack, and wakes up when a pack of that name is needed.
    @Test(arguments: [false, true])
    func aPruneThatSleptDeletesNoPackThatWasWrittenAgain(isTakenForDead: Bool) throws {
        let scene = try Scene(seed: TortureBudget().seed)
        var number = 0
        while true {
            number += 1
            let base = MemoryStore(scene.start)
            let journal = Journal()
            let store = InterleavingStore(
                base,
                before: number,
                isFromAfar: isTakenForDead,
                countsDeletions: true
            ) {
                do {
                    try Self.prune(scene, isTakenForDead ? LocklessStore(base) : base)
                    let snapshot = try scene.stack.backup(into: base)
                    journal.promised.change { $0.append((snapshot, scene.image)) }
                } catch {
                    journal.failure.change { $0 = "\(error)" }
                }
            }
            try Self.prune(scene, store)
            if !store.wasReached { break }
            #expect(journal.failure.change { $0 } == nil)
            #expect(throws: Never.self, "pack \(number)") { try Self.prove(scene, base, journal) }
        }
        #expect(number > 3)
    }

    private static func perform(
        _ meanwhile: Meanwhile,
        _ scene: Scene,
        _ base: MemoryStore,
        _ journal: Journal
    ) throws {
        switch meanwhile {
        case .prunes: try prune(scene, base)
        case .prunesOfAnotherMachine: try prune(scene, LocklessStore(base))
        case .backup:
            let snapshot = try scene.other.backup(into: base)
            let image = try scene.other.image()
            journal.promised.change { $0.append((snapshot, image)) }
        case .pruneAndBackup:
            try prune(scene, base)
            let snapshot = try scene.stack.backup(into: base)
            journal.promised.change { $0.append((snapshot, scene.image)) }
        case .undelete: try undelete(scene, base, journal)
        }
    }

    private static func perform(
        _ run: Run,
        _ scene: Scene,
        _ store: any Store,
        _ journal: Journal
    ) throws {
        switch run {
        case .backup:
            let snapshot = try scene.stack.backup(into: store)
            journal.promised.change { $0.append((snapshot, scene.image)) }
        case .prune: try prune(scene, store)
        case .undelete: try undelete(scene, store, journal)
        }
    }

    private static func prune(_ scene: Scene, _ store: any Store) throws {
        if try Repository(store).snapshots().contains(where: { $0.id == scene.doomed.id }) {
            try scene.stack.forget([scene.doomed], in: store)
        }
        for _ in 0..<3 { _ = try scene.stack.collect(store, waitSeconds: 0) }
    }

    private static func undelete(_ scene: Scene, _ store: any Store, _ journal: Journal) throws {
        do throws(RepositoryError) {
            try Repository(store).undelete(
                scene.forgotten.snapshot,
                host: "here",
                processID: 1,
                operation: "test"
            )
        } catch {
            // Its content may have been deleted before: then it says so.
            if [.notFound, .damaged, .occupied, .revoked].contains(error.code) { return }
            throw error
        }
        journal.promised.change { $0.append(scene.forgotten) }
    }

    private static func prove(_ scene: Scene, _ base: MemoryStore, _ journal: Journal) throws {
        // Twice more to the end, as the next nights would.
        for _ in 0..<2 { _ = try scene.stack.collect(base, waitSeconds: 0) }
        let there = Set(try Repository(base).snapshots().map(\.id))
        for (snapshot, image) in scene.kept + journal.promised.change({ $0 }) {
            guard there.contains(snapshot.id) else {
                throw SmallStack.Failure(text: "\(snapshot.id) is gone")
            }
            let found = try scene.stack.restored(snapshot, from: base)
            guard found == image else {
                let what = found.difference(from: image)
                throw SmallStack.Failure(text: "\(snapshot.id) came back with other \(what)")
            }
        }
        let report = try scene.stack.check(base)
        guard report.damage.isEmpty else {
            let texts = report.damage.map { "\($0.name): \($0.reasons)" }
            throw SmallStack.Failure(text: "damage: \(texts)")
        }
    }
}
