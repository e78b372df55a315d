import Deduplication
import Files
import Storage
import Support
import Testing

/// A store that fails once, or is gone, says nothing about what it holds.
@Suite struct PassingFaultTests {
    private let scratch: Scratch
    private let stack: SmallStack
    private var random = SeededGenerator(seed: 7)

    init() throws {
        scratch = try Scratch(isInMemory: true)
        stack = try SmallStack(scratch)
    }

    /// Runs the flow once for each of its operations, which goes wrong.
    private func walk(
        _ start: [String: [UInt8]],
        _ fault: FaultyStore.Fault,
        _ body: (FaultyStore, MemoryStore) throws -> Void
    ) throws {
        var number = 1
        while true {
            let base = MemoryStore(start)
            let store = FaultyStore(base, operation: number, fault)
            try body(store, base)
            if store.victim == nil { return }
            number += 1
        }
    }

    @Test mutating func aSnapshotThatCannotBeReadOnceIsCountedAndNamed() throws {
        let first = MemoryStore()
        try Repository.create(in: first, texts: [:])
        _ = try stack.backup(into: first)
        try stack.change(1, &random)
        let newest = try stack.backup(into: first)
        let start = first.content
        try stack.change(2, &random)
        var reads = 0
        try walk(start, .refused) { store, base in
            guard let made = try? stack.backup(into: store) else { return }
            #expect(made.seq == newest.seq + 1)
            let older = try Repository(base).snapshots().filter { $0.id != made.id }
            #expect(
                older.allSatisfy { $0.previous != made.previous },
                "forked: \(store.victim ?? "")"
            )
            if store.victim?.hasPrefix("getSmall snapshots/") == true { reads += 1 }
        }
        #expect(reads >= 2)
    }

    @Test mutating func aWholePackIsNotReplacedBecauseOneReadOfItFailed() throws {
        let first = MemoryStore()
        try Repository.create(in: first, texts: [:])
        // One chunk in one pack, so that it is made again as it was.
        try Directory(stack.source).open(Path("large"), .lock).append(random.bytes(60_000))
        _ = try stack.backup(into: first)
        let pack = try #require(first.content.keys.first { $0.hasPrefix("packs/") })
        let hex = try #require(pack.split(separator: "/").last?.prefix(64))
        var start = first.content
        start["facts/damaged/\(hex)-00000000.json"] = []
        var reads = 0
        try walk(start, .refused) { store, base in
            _ = try? stack.backup(into: store)
            #expect(!store.asked.contains { $0.hasPrefix("replace") }, "\(store.victim ?? "")")
            #expect(base.content[pack] == start[pack])
            let put = store.asked.firstIndex(of: "put \(pack)")
            let failed = store.victim.flatMap { store.asked.lastIndex(of: $0) }
            if store.victim == "get \(pack)", let put, let failed, failed > put { reads += 1 }
        }
        #expect(reads >= 1)
        // And what is not whole is replaced.
        start[pack]?[700] ^= 1
        let base = MemoryStore(start)
        let store = FaultyStore(base, operation: .max, .refused)
        _ = try stack.backup(into: store)
        #expect(store.asked.contains("replace \(pack)"))
        #expect(base.content[pack] == first.content[pack])
    }

    @Test(arguments: [StoreFlow.verify, .restore, .export], [FaultyStore.Fault.gone, .refused])
    func aStoreThatIsGoneIsNotDamaged(flow: StoreFlow, fault: FaultyStore.Fault) throws {
        let walk = try StoreFaultWalk(flow, seed: 11)
        var refusals = 0
        for number in 1...walk.operationCount {
            do {
                refusals += try walk.run(operation: number, fault).wasRefused ? 1 : 0
            } catch {
                Issue.record("\(flow), operation \(number), \(fault), \(walk.story): \(error)")
            }
        }
        #expect(refusals > 0)
    }
}
