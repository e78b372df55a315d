import Deduplication
import Files
import Storage
import Support
import Testing

/// The power is cut at any point of several backups, and whatever was promised is there.
///
/// What runs is what ships; only the disk is simulated. `RECOVER_POWERCUT_SEED=SEED:CUT:CALLS`
/// repeats one cut, `TORTURE_SECONDS` asks for as many as there is time for.
@Suite(.serialized) struct PowerCutTests {
    private static let cutsPerGroup = 200
    private static let sliceCuts = 60

    @Test func whatWasPromisedSurvives() throws {
        let budget = TortureBudget()
        if let wanted = TortureBudget.variable("RECOVER_POWERCUT_SEED") {
            let numbers = wanted.split(separator: ":").compactMap { UInt64($0) }
            let group = try group(numbers)
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

    /// Records anew until there are as many calls as there were.
    private func group(_ numbers: [UInt64]) throws -> PowerCutGroup {
        var group = try PowerCutGroup(seed: try #require(numbers.first))
        for _ in 0..<50 where numbers.count > 2 && group.outline.count != numbers[2] {
            group = try PowerCutGroup(seed: group.seed)
        }
        return group
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
    ///
    /// One recording in some dozens differs by a folder: objects lie by their digests, which are
    /// over times too, and two may meet in one. So two of three must be alike.
    @Test func aSeedRepeatsItsCuts() throws {
        let seed = TortureBudget().seed
        let groups = try (0..<3).map { _ in try PowerCutGroup(seed: seed) }
        #expect(Set(groups.map(\.outline)).count < 3)
        for cut in 0..<8 {
            for group in groups { try group.run(cut: cut) }
            #expect(Set(groups.map { $0.story + $0.left }).count < 3, "\(groups.map(\.story))")
        }
    }

    /// Whether a cut did no harm; says how to repeat it where it did.
    @discardableResult
    private func attempt(_ group: PowerCutGroup, _ cut: Int) -> Bool {
        do {
            try group.run(cut: cut)
            return true
        } catch {
            let mark = "\(group.seed):\(cut):\(group.outline.count)"
            Issue.record("RECOVER_POWERCUT_SEED=\(mark): \(group.story): \(error)")
            return false
        }
    }
}
