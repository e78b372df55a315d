import Calendars
import Files
import FoundationEssentials
import Processes
import Retention
import Testing

/// Every decision against an oracle in Python that knows nothing but `docs/retention.md`.
struct OracleTests {
    private static let caseCount = 700

    struct Rule: Decodable {
        var last: Int?
        var hourly: Int?
        var daily: Int?
        var weekly: Int?
        var monthly: Int?
        var yearly: Int?
        var within: Int?

        var rule: RetentionRule {
            var rule = RetentionRule()
            rule.last = last ?? 0
            rule.hourly = hourly ?? 0
            rule.daily = daily ?? 0
            rule.weekly = weekly ?? 0
            rule.monthly = monthly ?? 0
            rule.yearly = yearly ?? 0
            rule.within = .seconds(within ?? 0)
            return rule
        }
    }

    struct Policy: Decodable {
        var keep: Rule
        var perReason: [String: Rule]
        var perTag: Rule
        var safety: Rule
        var keepVerified: Int
    }

    struct Snapshot: Decodable {
        var id: String
        var seq: Int
        var takenAt: Int64
        var reason: String
        var tag: String?
        var complete: Bool
        var full: Bool
        var damaged: Bool
        var verified: Bool
        var pinned: Bool
        var inUse: Bool

        var candidate: RetentionCandidate {
            var candidate = RetentionCandidate(
                id: id,
                seq: seq,
                takenAt: Moment(secondsSince1970: takenAt),
                reason: reason,
                tag: tag
            )
            candidate.isComplete = complete
            candidate.isFull = full
            candidate.isDamaged = damaged
            candidate.isVerified = verified
            candidate.pins = pinned ? ["by hand"] : []
            candidate.uses = inUse ? ["a restore"] : []
            return candidate
        }
    }

    struct Case: Decodable {
        var policy: Policy
        var zone: String
        var now: Int64
        var deployed: [String]
        var snapshots: [Snapshot]
        var expected: [String: [String]]
    }

    @Test(arguments: [1, 20_261_121]) func everyDecisionIsTheOracles(seed: Int) throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Fixtures/retention_oracle.py").path
        var command = Command(
            ["python3", script, "--cases", "\(Self.caseCount)", "--seed", "\(seed)"],
            environment: Environment(["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"])
        )
        command.output = .captured(byteCountMax: 128 << 20)
        let result = try command.run()
        #expect(result.succeeded)
        var decisions = 0
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        for line in result.output.head.split(separator: 0x0A) {
            let expected = try decoder.decode(Case.self, from: Data(line))
            decisions += expected.snapshots.count
            try compare(expected, String(decoding: line, as: UTF8.self))
        }
        #expect(decisions > 5 * Self.caseCount)
    }

    private func compare(_ expected: Case, _ line: String) throws {
        let policy = try RetentionPolicy(
            keep: expected.policy.keep.rule,
            perReason: expected.policy.perReason.mapValues(\.rule),
            perTag: expected.policy.perTag.rule,
            safety: expected.policy.safety.rule,
            keepVerified: expected.policy.keepVerified,
            trashDays: 7
        )
        let decisions = policy.decide(
            about: expected.snapshots.map(\.candidate),
            now: Moment(secondsSince1970: expected.now),
            zone: try #require(Zone(expected.zone)),
            deployedTags: Set(expected.deployed)
        )
        var found: [String: [String]] = [:]
        for decision in decisions {
            let rules = Set(decision.causes.map(\.rule)).subtracting(["none"])
            found[decision.id] = rules.sorted()
            #expect(decision.isKept == !rules.isEmpty && !decision.causes.isEmpty)
        }
        guard found != expected.expected else { return }
        let wrong = expected.expected.filter { found[$0.key] != $0.value }
        Issue.record("\(wrong) is expected, found \(found), in \(line.prefix(4000))")
    }
}
