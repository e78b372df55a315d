/// Every metric that we write, by its name; dashboards and rules may ask for no other.
public enum Metric: String, CaseIterable, Sendable {
    case buildInfo = "recover_build_info"
    case lastSuccess = "recover_operation_last_success_timestamp_seconds"
    case lastAttempt = "recover_operation_last_attempt_timestamp_seconds"
    case lastOutcome = "recover_operation_last_outcome"
    case lastDuration = "recover_operation_last_duration_seconds"
    case operations = "recover_operations_total"
    case expectedInterval = "recover_schedule_expected_interval_seconds"
    case componentLastSuccess = "recover_component_last_success_timestamp_seconds"
    case componentSize = "recover_component_size_bytes"
    case componentItems = "recover_component_items"
    case snapshotAdded = "recover_snapshot_added_bytes"
    case snapshots = "recover_snapshots"
    case newestVerified = "recover_newest_verified_snapshot_timestamp_seconds"
    case oldestSnapshot = "recover_oldest_snapshot_timestamp_seconds"
    case verifyErrors = "recover_verify_errors"
    case verifyCovered = "recover_verify_covered_ratio"
    case repositorySize = "recover_repository_size_bytes"
    case repositoryFree = "recover_repository_free_bytes"
    case restoreDowntime = "recover_restore_downtime_seconds"
    case drillTime = "recover_drill_rto_seconds"
    case unfinished = "recover_operation_unfinished"
    case lockHeld = "recover_lock_held_seconds"
    case modelInfo = "recover_model_info"
    case releaseInfo = "recover_release_info"

    /// The type that Prometheus is told.
    var kind: String { self == .operations ? "counter" : "gauge" }

    /// What it is, for people.
    var help: String {
        switch self {
        case .buildInfo: "The program that wrote this file; always 1."
        case .lastSuccess: "When a run of the operation last did its work."
        case .lastAttempt: "When a run of the operation last ended, however it did."
        case .lastOutcome: "1 for the ending of the last run, 0 for all others."
        case .lastDuration: "How long the last run took."
        case .operations: "Runs by ending, counted from the journal."
        case .expectedInterval: "How far two runs of the operation should be apart."
        case .componentLastSuccess: "When a snapshot that holds all of the component ended."
        case .componentSize: "The length of the component's files in the newest snapshot."
        case .componentItems: "Rows, points or files of the component in the newest snapshot."
        case .snapshotAdded: "What the newest snapshot brought into the repository."
        case .snapshots: "Snapshots of the stack by state; one snapshot may be in several."
        case .newestVerified: "When the newest snapshot ended that was verified and is whole."
        case .oldestSnapshot: "When the oldest snapshot ended."
        case .verifyErrors: "Snapshots, packs and documents that are known to be damaged."
        case .verifyCovered: "How much of the repository was proven in time, 0 to 1."
        case .repositorySize: "The length of all packs."
        case .repositoryFree: "What the repository's file system has left."
        case .restoreDowntime: "How long services were down in the last restore in place."
        case .drillTime: "How long the last drill took from nothing to proven data."
        case .unfinished: "1 where a run did not come to its end."
        case .lockHeld: "How long the lock of the stack has been held by one run."
        case .modelInfo: "The model versions in use; always 1."
        case .releaseInfo: "The TAG that is deployed; always 1."
        }
    }
}
