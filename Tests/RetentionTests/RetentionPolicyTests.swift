import Retention
import Testing

struct RetentionPolicyTests {
    /// A possible policy with one change.
    struct Values {
        var keep = RetentionRule(last: 7)
        var perReason: [String: RetentionRule] = [:]
        var perTag = RetentionRule()
        var safety = RetentionRule(last: 3, within: .seconds(14 * 86_400))
        var keepVerified = 3
        var trashDays = 7

        func policy() throws -> RetentionPolicy {
            try RetentionPolicy(
                keep: keep,
                perReason: perReason,
                perTag: perTag,
                safety: safety,
                keepVerified: keepVerified,
                trashDays: trashDays
            )
        }
    }

    @Test func possibleValuesAreKept() throws {
        let policy = try Values().policy()
        #expect(policy.keep.last == 7)
        #expect(policy.safety.within == .seconds(1_209_600))
        #expect(policy.perTag.isEmpty)
    }

    /// A change that makes the values impossible, and the rule that is blamed.
    struct Change: CustomTestStringConvertible {
        let rule: String
        let code: RetentionError.Code
        let apply: @Sendable (inout Values) -> Void
        var testDescription: String { "\(rule) \(code)" }

        init(
            _ rule: String,
            _ code: RetentionError.Code,
            _ apply: @escaping @Sendable (inout Values) -> Void
        ) {
            self.rule = rule
            self.code = code
            self.apply = apply
        }
    }

    static let impossible = [
        Change("keep", .keepsNothing) { $0.keep = RetentionRule() },
        Change("keep.last", .outOfRange) { $0.keep.last = -1 },
        Change("keep.daily", .outOfRange) { $0.keep.daily = 100_001 },
        Change("keep.within", .outOfRange) { $0.keep.within = .seconds(-1) },
        Change("per_tag.yearly", .outOfRange) { $0.perTag.yearly = .min },
        Change("per_reason.a.hourly", .outOfRange) {
            $0.perReason["a"] = RetentionRule(hourly: -2)
        },
        Change("safety.last", .belowFloor) { $0.safety.last = 2 },
        Change("safety.within", .belowFloor) { $0.safety.within = .seconds(14 * 86_400 - 1) },
        Change("keep_verified", .belowFloor) { $0.keepVerified = 2 },
        Change("keep_verified", .outOfRange) { $0.keepVerified = 100_001 },
        Change("trash_days", .belowFloor) { $0.trashDays = 0 },
        Change("trash_days", .outOfRange) { $0.trashDays = 36_501 },
    ]

    @Test(arguments: impossible)
    func impossibleValuesAreRefused(change: Change) throws {
        var values = Values()
        change.apply(&values)
        let error = try #require(throws: RetentionError.self) { try values.policy() }
        #expect(error.code == change.code)
        #expect(error.rule == change.rule)
        #expect(error.message.hasPrefix("\(change.rule) "))
    }
}

extension RetentionRule {
    fileprivate init(last: Int = 0, hourly: Int = 0, within: Duration = .zero) {
        self.init()
        self.last = last
        self.hourly = hourly
        self.within = within
    }
}
