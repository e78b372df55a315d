/// What stays of a stack's snapshots.
///
/// Invariants: some ordinary snapshot is always kept; at least three verified ones and the safety
/// snapshots of 14 days, at least three, stay whatever the rules say; content waits at least a day
/// before it is deleted.
public struct RetentionPolicy: Sendable, Hashable {
    /// The least that `keepVerified` may be.
    public static let keepVerifiedMinimum = 3
    /// The least number of safety snapshots that stay.
    public static let safetyLastMinimum = 3
    /// The least time for which every safety snapshot stays.
    public static let safetyWithinMinimum = Duration.days(14)

    private static let countMaximum = 100_000
    private static let daysMaximum = 36_500

    /// The rule for all snapshots together.
    public let keep: RetentionRule
    /// Further rules, each for the snapshots of one reason.
    public let perReason: [String: RetentionRule]
    /// A further rule for the snapshots of every single TAG.
    public let perTag: RetentionRule
    /// The rule for the snapshots taken before something was overwritten.
    public let safety: RetentionRule
    /// The newest verified snapshots that no rule removes.
    public let keepVerified: Int
    /// Days for which content that nothing refers to can still be brought back.
    public let trashDays: Int
    /// The time zone whose calendar counts; nil for the machine's.
    public let zoneName: String?

    /// A policy whose values are possible.
    ///
    /// - Parameters:
    ///   - keep: The rule for all snapshots together.
    ///   - perReason: Further rules by reason.
    ///   - perTag: A further rule for every single TAG.
    ///   - safety: The rule for safety snapshots.
    ///   - keepVerified: The newest verified snapshots that no rule removes.
    ///   - trashDays: Days for which removed content can be brought back.
    ///   - zoneName: The time zone whose calendar counts; nil for the machine's.
    /// - Throws: ``RetentionError`` for a value that is impossible or would endanger the data.
    public init(
        keep: RetentionRule,
        perReason: [String: RetentionRule],
        perTag: RetentionRule,
        safety: RetentionRule,
        keepVerified: Int,
        trashDays: Int,
        zoneName: String? = nil
    ) throws(RetentionError) {
        try Self.checkRange(of: keep, named: "keep")
        try Self.checkRange(of: perTag, named: "per_tag")
        try Self.checkRange(of: safety, named: "safety")
        for (reason, rule) in perReason.sorted(by: { $0.key < $1.key }) {
            try Self.checkRange(of: rule, named: "per_reason.\(reason)")
        }
        guard !keep.isEmpty else {
            throw RetentionError(.keepsNothing, "keep", "keeps nothing; give at least one rule")
        }
        try Self.check(keepVerified, Self.keepVerifiedMinimum, Self.countMaximum, "keep_verified")
        try Self.check(trashDays, 1, Self.daysMaximum, "trash_days")
        try Self.check(safety.last, Self.safetyLastMinimum, Self.countMaximum, "safety.last")
        guard safety.within >= Self.safetyWithinMinimum else {
            throw RetentionError(.belowFloor, "safety.within", "must be at least 14d")
        }
        self.keep = keep
        self.perReason = perReason
        self.perTag = perTag
        self.safety = safety
        self.keepVerified = keepVerified
        self.trashDays = trashDays
        self.zoneName = zoneName
    }

    private static func checkRange(
        of rule: RetentionRule,
        named name: String
    ) throws(RetentionError) {
        for (key, count) in rule.counts where !(0...countMaximum ~= count) {
            let problem = "must be between 0 and \(countMaximum)"
            throw RetentionError(.outOfRange, "\(name).\(key)", problem)
        }
        guard .zero...Duration.days(daysMaximum) ~= rule.within else {
            let problem = "must be between 0d and \(daysMaximum)d"
            throw RetentionError(.outOfRange, "\(name).within", problem)
        }
    }

    private static func check(
        _ value: Int,
        _ minimum: Int,
        _ maximum: Int,
        _ rule: String
    ) throws(RetentionError) {
        guard value >= minimum else {
            throw RetentionError(.belowFloor, rule, "must be at least \(minimum)")
        }
        guard value <= maximum else {
            throw RetentionError(.outOfRange, rule, "must be at most \(maximum)")
        }
    }
}

extension Duration {
    /// Days of 24 hours.
    fileprivate static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }
}
