import Cryptography
import Deduplication
import Files
import Recovery
import Storage
import Subjects
import Support

/// One flow with one fault, and the questions that must be answered afterwards.
final class StoreFaultWalk {
    struct Outcome {
        /// Whether the flow had so many operations.
        let wasHit: Bool
        /// Whether the flow reported a failure.
        let wasRefused: Bool
    }

    /// The operation that went wrong last, for people.
    private(set) var story = ""
    /// How many operations the flow takes when nothing goes wrong.
    private(set) var operationCount = 0
    let flow: StoreFlow
    let scratch: Scratch
    let stack: SmallStack
    private var random: SeededGenerator
    /// What is in the store before each run.
    let start: [String: [UInt8]]
    var promises: [(snapshot: Snapshot, image: TreeImage)] = []
    let image: TreeImage
    private var archive = ""

    init(_ flow: StoreFlow, seed: UInt64) throws {
        self.flow = flow
        scratch = try Scratch(isInMemory: true)
        stack = try SmallStack(scratch)
        random = SeededGenerator(seed: seed)
        let store = MemoryStore()
        var promises: [(snapshot: Snapshot, image: TreeImage)] = []
        if flow != .create {
            try Repository.create(in: store, texts: [:])
            for step in 1...2 {
                try stack.change(step, &random)
                promises.append((try stack.backup(into: store), try stack.image()))
            }
            if flow == .prune || flow == .undelete {
                try Self.age(store, stack, &random, &promises)
            }
            if flow == .undelete {
                try stack.forget([promises[0].snapshot], in: store)
                _ = try stack.collect(store, waitSeconds: 1000)
            }
        }
        try stack.change(3, &random)
        image = try stack.image()
        start = store.content
        self.promises = promises
        try measure()
    }

    /// Runs the flow without a fault, to know what it makes and how many operations it takes.
    private func measure() throws {
        let base = MemoryStore(start)
        let store = FaultyStore(base, operation: .max, .refused)
        if flow == .export {
            archive = try exported(store).digest.hex
            guard try exported(MemoryStore(start)).digest.hex == archive else {
                throw SmallStack.Failure(text: "two exports of one snapshot differ")
            }
        } else if let failure = try perform(store, base) {
            throw failure
        }
        operationCount = store.count
    }

    private func exported(_ store: any Store) throws -> ArchiveExport.Outcome {
        let folder = try scratch.freshFolder(Path("archives"))
        return try stack.export(promises[1].snapshot.id, from: store, into: folder)
    }

    /// Runs the flow on a store of which one operation goes wrong.
    ///
    /// - Throws: Where an answer is not as it must be.
    func run(operation number: Int, _ fault: FaultyStore.Fault) throws -> Outcome {
        let base = MemoryStore(start)
        let store = FaultyStore(base, operation: number, fault)
        let failure = try perform(store, base)
        story = (store.victim ?? "no fault") + (failure.map { ", failed: \($0)" } ?? ", passed")
        guard store.victim != nil || failure == nil else {
            throw SmallStack.Failure(text: "a failure without a fault")
        }
        // Nothing was wrong with what came back, it only took its time.
        if fault == .slow, let failure { throw failure }
        if let failure, Self.isSilent(fault), Self.isDamage(failure) {
            throw SmallStack.Failure(text: "a store that failed was taken for damage: \(failure)")
        }
        try proveAfterwards(base, failure)
        return Outcome(wasHit: store.victim != nil, wasRefused: failure != nil)
    }

    /// Whether the store said nothing about what it holds, wrong or right.
    private static func isSilent(_ fault: FaultyStore.Fault) -> Bool {
        switch fault {
        case .refused, .timedOut, .replyLost, .gone, .goneAfter: true
        case .full, .cutShort, .halved, .twice, .slow: false
        }
    }

    private static func isDamage(_ failure: any Error) -> Bool {
        switch failure {
        case let failure as RepositoryError: failure.code == .damaged
        case let failure as RecoveryError: failure.code == .damaged
        case let failure as CaptureError: failure.cause.map { isDamage($0) } ?? false
        default: failure is SmallStack.Failure
        }
    }

    /// The flow itself; its own failure is an answer, a success that is none is thrown.
    private func perform(_ store: any Store, _ base: MemoryStore) throws -> (any Error)? {
        switch flow {
        case .create: return try created(store)
        case .backup: return try backedUp(store, base)
        case .verify: return try verified(store)
        case .restore: return try restored(store)
        case .export: return try exportedOrNothing(store)
        case .prune: return try pruned(store, base)
        case .undelete: return try undeleted(store, base)
        }
    }

    private func created(_ store: any Store) throws -> (any Error)? {
        do throws(RepositoryError) {
            try Repository.create(in: store, texts: ["README.txt": "a repository\n"])
            return nil
        } catch {
            return error
        }
    }

    private func backedUp(_ store: any Store, _ base: MemoryStore) throws -> (any Error)? {
        let snapshot: Snapshot
        do {
            snapshot = try stack.backup(into: store)
        } catch let error as CaptureError {
            try provePublished(nil, base, error)
            return error
        } catch let error as RepositoryError {
            try provePublished(nil, base, error)
            return error
        }
        guard snapshot.complete else {
            throw SmallStack.Failure(text: "a fault of the store made the snapshot incomplete")
        }
        try provePublished(snapshot, base, nil)
        return nil
    }

    /// A reported snapshot is there and whole; after a failure there is none, unless it says
    /// that nobody could know.
    private func provePublished(
        _ snapshot: Snapshot?,
        _ base: MemoryStore,
        _ failure: (any Error)?
    ) throws {
        let known = Set(promises.map(\.snapshot.id))
        let fresh = try Repository(base).snapshots().filter { !known.contains($0.id) }
        if let snapshot {
            guard fresh.map(\.id) == [snapshot.id] else {
                throw SmallStack.Failure(text: "reported and not there: \(snapshot.id)")
            }
        } else if !fresh.isEmpty {
            let cause = (failure as? CaptureError)?.cause as? RepositoryError
            guard cause?.code == .uncertain else {
                throw SmallStack.Failure(text: "reported as failed and there: \(fresh[0].id)")
            }
        }
        for snapshot in fresh {
            let newest = promises[promises.count - 1].snapshot
            let document = start["snapshots/\(newest.id).json"] ?? []
            guard snapshot.seq == newest.seq + 1,
                snapshot.previous == SHA256.digest(of: document).hex
            else {
                throw SmallStack.Failure(text: "number \(snapshot.seq), not behind \(newest.id)")
            }
            let found = try stack.restored(snapshot, from: base)
            guard found == image else {
                let what = found.difference(from: image)
                throw SmallStack.Failure(text: "\(snapshot.id) came back with other \(what)")
            }
        }
    }

    private func verified(_ store: any Store) throws -> (any Error)? {
        do {
            let report = try stack.check(store)
            if !report.damage.isEmpty {
                return SmallStack.Failure(text: "damage: \(report.damage[0].reasons)")
            }
            guard report.passed.count == 2, report.files > 0, report.contentBytes > 0 else {
                throw SmallStack.Failure(text: "passed without having looked at everything")
            }
            return nil
        } catch let error as RepositoryError {
            return error
        }
    }

    private func restored(_ store: any Store) throws -> (any Error)? {
        let found: TreeImage
        do {
            let snapshot = try Repository(store).snapshot("latest", stack: "test")
            guard snapshot.id == promises[1].snapshot.id else {
                throw SmallStack.Failure(text: "an older snapshot was taken for the latest")
            }
            found = try stack.restored(snapshot, from: store)
        } catch let error as RepositoryError {
            return error
        } catch let error as RecoveryError {
            return error
        }
        guard found == promises[1].image else {
            let what = found.difference(from: promises[1].image)
            throw SmallStack.Failure(text: "restored without an error and with other \(what)")
        }
        return nil
    }

    private func exportedOrNothing(_ store: any Store) throws -> (any Error)? {
        var failure: (any Error)?
        do {
            guard try exported(store).digest.hex == archive else {
                throw SmallStack.Failure(text: "exported without an error and with other bytes")
            }
        } catch let error as RepositoryError {
            failure = error
        } catch let error as RecoveryError {
            failure = error
        }
        let names = try scratch.folder().folder(Path("archives")).names()
        guard names.count == (failure == nil ? 2 : 0) else {
            throw SmallStack.Failure(text: "in the archives' folder lie \(names)")
        }
        return failure
    }

    /// Whatever happened: earlier snapshots restore, and the next runs succeed.
    private func proveAfterwards(_ base: MemoryStore, _ failure: (any Error)?) throws {
        if flow == .create {
            do throws(RepositoryError) {
                try Repository.create(in: base, texts: ["README.txt": "a repository\n"])
                if failure == nil { throw RepositoryError(code: .missing, message: "made twice") }
            } catch {
                if error.code != .occupied { throw error }
            }
        }
        if flow == .prune || flow == .undelete { try proveCollected(base) }
        let next = flow == .restore || flow == .export ? nil : try stack.backup(into: base)
        let forgotten = flow == .prune ? promises[0].snapshot.id : nil
        for promise in promises.filter({ $0.snapshot.id != forgotten })
            + (next.map { [($0, image)] } ?? [])
        {
            let found = try stack.restored(promise.snapshot, from: base)
            guard found == promise.image else {
                let what = found.difference(from: promise.image)
                throw SmallStack.Failure(text: "\(promise.snapshot.id): other \(what)")
            }
        }
        let report = try stack.check(base)
        guard report.damage.isEmpty else {
            let texts = report.damage.map { "\($0.name): \($0.reasons)" }
            throw SmallStack.Failure(text: "damage afterwards: \(texts)")
        }
    }
}
