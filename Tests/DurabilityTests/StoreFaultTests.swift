import Deduplication
import Files
import Storage
import Support
import Testing

/// The N-th operation of the store goes wrong in each way, for N = 1, 2, 3 … until a whole flow
/// passes: what was promised is kept, an error is an error, and the next run succeeds.
@Suite(.serialized) struct StoreFaultTests {
    private static let sliceShare = 0.06
    /// Of flows of several hundred operations, each run of which is long.
    private static let longSliceShare = 0.02

    @Test(arguments: StoreFlow.allCases) func noFaultGoesUnseen(flow: StoreFlow) throws {
        let budget = TortureBudget()
        var random = SeededGenerator(seed: budget.seed)
        let walk = try StoreFaultWalk(flow, seed: budget.seed)
        let isLong = flow == .prune || flow == .undelete
        let share = isLong ? Self.longSliceShare : Self.sliceShare
        var runs = 0
        var operations = 0
        var refusals = 0
        for fault in FaultyStore.Fault.allCases {
            // One more than there are operations: then nothing goes wrong, and the walk ends.
            for number in 1...2000 {
                let isLast = number > walk.operationCount + 8
                guard isLast || budget.seconds != nil || random.happens(share) else {
                    continue
                }
                do {
                    let outcome = try walk.run(operation: number, fault)
                    runs += 1
                    operations = max(operations, outcome.wasHit ? number : 0)
                    refusals += outcome.wasRefused ? 1 : 0
                    if !outcome.wasHit { break }
                } catch {
                    Issue.record("\(flow), operation \(number), \(fault), \(walk.story): \(error)")
                }
            }
        }
        #expect(operations > 0 && refusals > 0)
        try budget.report(
            "store",
            [("\(flow)_runs", runs), ("operations", operations), ("refusals", refusals)]
        )
    }
}
