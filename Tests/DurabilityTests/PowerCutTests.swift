import Deduplication
import Files
import Storage
import Support
import Testing

/// The power is cut at any point of several backups, and whatever was promised is there.
///
/// What runs is what ships; only the disk is simulated. `RECOVER_POWERCUT_SEED=SEED:CUT` repeats
/// one cut, `TORTURE_SECONDS` asks for as many as there is time for.
@Suite(.serialized) struct PowerCutTests {
    private static let cutsPerGroup = 200
    private static let sliceCuts = 60

    @Test func whatWasPromisedSurvives() throws {
        let budget = TortureBudget()
        if let wanted = TortureBudget.variable("RECOVER_POWERCUT_SEED") {
            let numbers = wanted.split(separator: ":").compactMap { UInt64($0) }
            let group = try PowerCutGroup(seed: try #require(numbers.first))
            let cuts = numbers.count > 1 ? [Int(numbers[1])] : Array(0..<Self.cutsPerGroup)
            for cut in cuts { attempt(group, cut) }
            return
        }
        var cuts = 0
        var groups: UInt64 = 0
        var survivors = 0
        repeat {
            let group = try PowerCutGroup(seed: budget.seed &* 1_000_003 &+ groups)
            groups += 1
            let limit = budget.seconds == nil ? Self.sliceCuts : Self.cutsPerGroup
            for cut in 0..<limit where budget.hasTime {
                cuts += 1
                guard attempt(group, cut) else { return }
            }
            survivors += group.provenCount
        } while budget.seconds != nil && budget.hasTime
        // A simulation in which nothing had been promised yet would show nothing.
        #expect(survivors > cuts / 2)
        try budget.report(
            "powercut",
            [("groups", Int(groups)), ("cuts", cuts), ("snapshots_proven", survivors)]
        )
    }

    /// A run dies after any of its calls, the next finds the same tree and leans on what it left,
    /// and the power goes after that one's success.
    @Test(arguments: [1, 2]) func whatADeadRunLeftIsMadeDurable(step: Int) throws {
        let group = try PowerCutGroup(seed: TortureBudget().seed)
        for call in group.calls(ofBackup: step) {
            do {
                try group.run(killedAfter: call)
            } catch {
                Issue.record("seed \(group.seed), \(group.story): \(error)")
            }
        }
        #expect(group.provenCount >= group.calls(ofBackup: step).count)
    }

    /// What a seed did once it does again: the same calls, the same cuts, and as much is left.
    @Test func aSeedRepeatsItsCuts() throws {
        let seed = TortureBudget().seed
        let groups = [try PowerCutGroup(seed: seed), try PowerCutGroup(seed: seed)]
        #expect(groups[0].outline == groups[1].outline)
        for cut in 0..<12 {
            for group in groups { try group.run(cut: cut) }
            #expect(groups[0].story == groups[1].story)
            #expect(groups[0].left == groups[1].left)
        }
    }

    /// Whether a cut did no harm; says how to repeat it where it did.
    @discardableResult
    private func attempt(_ group: PowerCutGroup, _ cut: Int) -> Bool {
        do {
            try group.run(cut: cut)
            return true
        } catch {
            Issue.record("RECOVER_POWERCUT_SEED=\(group.seed):\(cut): \(group.story): \(error)")
            return false
        }
    }
}
