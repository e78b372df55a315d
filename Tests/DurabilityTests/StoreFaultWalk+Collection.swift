import Deduplication
import Storage
import Support

extension StoreFaultWalk {
    /// More snapshots, so that there is something to copy, something unneeded and a list that waits.
    static func age(
        _ store: any Store,
        _ stack: SmallStack,
        _ random: inout SeededGenerator,
        _ promises: inout [(snapshot: Snapshot, image: TreeImage)]
    ) throws {
        for step in 3...14 {
            try stack.change(step, &random)
            let snapshot = try stack.backup(into: store)
            if step == 14 { promises.append((snapshot, try stack.image())) }
            // The rest is many small packs, worth making one of.
            if step < 7 { try stack.forget([snapshot], in: store) }
            // What comes later waits in no list yet.
            if step == 5 { _ = try stack.collect(store, waitSeconds: 1000) }
        }
    }

    /// Forgets the first snapshot and collects until nothing waits.
    func pruned(_ store: any Store, _ base: MemoryStore) throws -> (any Error)? {
        do {
            try stack.forget([promises[0].snapshot], in: store)
            let first = try stack.collect(store, waitSeconds: 0)
            let second = try stack.collect(store, waitSeconds: 0)
            guard first.deletedPacks > 0, first.repackedPacks > 0, second.deletedPacks > 0,
                second.waitingPacks == 0
            else {
                throw SmallStack.Failure(text: "pruned and nothing deleted: \(first) \(second)")
            }
        } catch let error as RepositoryError {
            return error
        }
        let there = try Repository(base).snapshots().map(\.id)
        guard !there.contains(promises[0].snapshot.id) else {
            throw SmallStack.Failure(text: "reported as forgotten and there")
        }
        return nil
    }

    /// Brings the first snapshot back.
    func undeleted(_ store: any Store, _ base: MemoryStore) throws -> (any Error)? {
        do {
            try stack.undelete(promises[0].snapshot, in: store)
        } catch let error as RepositoryError {
            return error
        }
        let there = try Repository(base).snapshots().map(\.id)
        guard there.contains(promises[0].snapshot.id) else {
            throw SmallStack.Failure(text: "reported as brought back and not there")
        }
        return nil
    }

    /// Done again without a fault it comes to its end, and then everything is as it should be.
    func proveCollected(_ base: MemoryStore) throws {
        let first = promises[0].snapshot
        let there = try Repository(base).snapshots().map(\.id).contains(first.id)
        if flow == .prune, there { try stack.forget([first], in: base) }
        if flow == .undelete, !there { try stack.undelete(first, in: base) }
        for _ in 0..<3 { _ = try stack.collect(base, waitSeconds: 0) }
        let left = base.content.keys.filter {
            $0.hasPrefix("condemned/") || $0.hasPrefix("sessions/")
        }
        guard left.isEmpty else { throw SmallStack.Failure(text: "left behind: \(left)") }
    }
}
