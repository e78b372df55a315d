import Files
import Monitoring
import Operations
import Testing

@testable import Commands

/// Years of nights under a clock of ours: which verification each has, and how old any proof gets.
@Suite struct NightVerificationTests {
    private static let day: Int64 = 86_400

    /// A repository as far as its nights go: when each pack was verified, and when all was proven.
    private struct World {
        var now = Moment(secondsSince1970: 1_768_330_800)
        var packs: [(bytes: UInt64, verified: Moment?)]
        var runs: [Outcome] = []
        let spans: [Proof.Kind: Int]
        let slotSeconds: Int
        /// The arguments of every night, and the oldest that any pack was at its end, in seconds.
        var commands: [[String]] = []
        var oldest: Int64 = 0

        func proof(_ kind: Proof.Kind) -> Proof {
            Proof(kind, spanSeconds: spans[kind], slotSeconds: slotSeconds, runs: runs)
        }

        /// A receipt is of the end of a run.
        var end: Moment { Moment(secondsSince1970: now.secondsSince1970 + 600) }

        mutating func night() throws {
            let night = NightVerification(full: proof(.full), deep: proof(.deep))
            let total = packs.reduce(0) { $0 + $1.bytes }
            let since = night.lateSince(now)
            let late = packs.reduce(0) { sum, pack in
                sum + ((pack.verified ?? since) > since ? 0 : pack.bytes)
            }
            let words = night.arguments(at: now, packBytes: total, lateBytes: late)
            commands.append(words)
            var left = total
            if words.count == 3, words[1] == "--budget" {
                left = UInt64(try #require(Quantity.sizeBytes(words[2])))
            }
            let order = packs.indices.sorted {
                (packs[$0].verified ?? Moment(nanoseconds: .min), $0)
                    < (packs[$1].verified ?? Moment(nanoseconds: .min), $1)
            }
            for index in order where left > 0 {
                packs[index].verified = end
                left -= min(left, packs[index].bytes)
            }
            let ages = packs.map { now.secondsSince1970 - ($0.verified ?? now).secondsSince1970 }
            oldest = max(oldest, ages.max() ?? 0)
            var outcome = Outcome(
                operation: "verify-\(commands.count)",
                verb: "verify",
                stack: "demo",
                host: "host",
                startedAt: now.rfc3339,
                finishedAt: now.rfc3339,
                durationSeconds: 0,
                exitCode: 0,
                result: .done,
                facts: OperationFacts()
            )
            for kind in [Proof.Kind.quick, .full] { outcome.facts.figures[kind.figure] = 1 }
            if words.contains("deep") { outcome.facts.figures[Proof.Kind.deep.figure] = 1 }
            runs.append(outcome)
        }

        mutating func pass(days: Int64) {
            now = Moment(secondsSince1970: now.secondsSince1970 + days * NightVerificationTests.day)
        }
    }

    private func world(packs: Int = 70, full: Int = 7, deep: Int = 30, slot: Int = 1) -> World {
        let day = Int(Self.day)
        return World(
            packs: (0..<packs).map { _ in (bytes: 1000, verified: nil) },
            spans: [.full: full * day, .deep: deep * day],
            slotSeconds: slot * day
        )
    }

    @Test func noProofGetsOlderThanTheConfigurationSays() throws {
        var world = world()
        for _ in 0..<200 {
            try world.night()
            #expect(world.packs.allSatisfy { $0.verified != nil })
            world.pass(days: 1)
            // A backup brings something new every day.
            world.packs.append((bytes: 1000, verified: nil))
        }
        #expect(world.oldest <= 7 * Self.day)
        let deep = world.commands.indices.filter { world.commands[$0].contains("deep") }
        #expect(deep == [0, 30, 60, 90, 120, 150, 180])
        // All other nights take a share: no night is seven times as long as another.
        let shares = world.commands.compactMap { words in
            words[1] == "--budget" ? Quantity.sizeBytes(words[2]) : nil
        }
        #expect(shares.count == 193)
        let most = try #require(shares.max())
        #expect(most < 70_000 && world.commands.allSatisfy { $0 != ["verify", "--all"] })
    }

    @Test func missedNightsAreCaughtUpAtOnce() throws {
        var world = world()
        for _ in 0..<10 {
            try world.night()
            world.pass(days: 1)
        }
        world.pass(days: 12)
        try world.night()
        #expect(world.commands.last == ["verify", "--all"])
        #expect(Set(world.packs.map(\.verified)) == [world.end])
        world.pass(days: 9)
        try world.night()
        #expect(world.commands.last == ["verify", "--all", "--level", "deep"])
    }

    @Test func aJobThatIsRarerThanTheSpanTakesEverything() throws {
        var world = world(slot: 7)
        var words: [[String]] = []
        for _ in 0..<9 {
            try world.night()
            world.pass(days: 7)
        }
        words = world.commands
        let deep = ["verify", "--all", "--level", "deep"]
        #expect(words.indices.filter { words[$0] == deep } == [0, 4, 8])
        #expect(words.allSatisfy { $0 == deep || $0 == ["verify", "--all"] })
    }

    @Test func anEmptyRepositoryNeedsNoBudget() {
        let night = NightVerification(
            full: world().proof(.full),
            deep: Proof(.deep, spanSeconds: 1, slotSeconds: 86_400, runs: [])
        )
        let words = night.arguments(at: .now, packBytes: 0, lateBytes: 0)
        #expect(words == ["verify", "--all", "--level", "deep"])
    }
}
