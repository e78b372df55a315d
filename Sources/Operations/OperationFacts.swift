/// What a command learns on its way and its outcome tells: filled in as it goes, so that a failure
/// tells as much as a success.
public struct OperationFacts: Codable, Sendable, Equatable {
    /// The TAG that was to run, or that was captured.
    public var tag: String?
    /// The TAG that ran before.
    public var tagBefore: String?
    /// The snapshot that was made, restored or looked at.
    public var snapshot: String?
    /// The snapshot that holds what was there before.
    public var safetySnapshot: String?
    /// Why it was run: a backup's reason, or the operator's words.
    public var reason: String?
    /// How far it came: a state of the recovery, or a step.
    public var stage: String?
    /// The check that failed.
    public var failingCheck: String?
    /// What was done about it.
    public var actionTaken: String?
    /// How long services were stopped or not yet healthy.
    public var downtimeSeconds: Double?
    /// Whether the data of before can be had again.
    public var dataRollback: Outcome.DataRollback?
    /// Where the steps are written down.
    public var log: String?
    /// Sizes in bytes, times in seconds and counts, by names such as `memory.size_bytes`.
    public var figures: [String: Double] = [:]

    enum CodingKeys: String, CodingKey {
        case tag, snapshot, reason, stage, log, figures
        case tagBefore = "tag_before"
        case safetySnapshot = "safety_snapshot"
        case failingCheck = "failing_check"
        case actionTaken = "action_taken"
        case downtimeSeconds = "downtime_seconds"
        case dataRollback = "data_rollback"
    }

    /// Knows nothing yet.
    public init() {}
}
