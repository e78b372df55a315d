/// Why a backup is taken.
enum BackupReason: String, Sendable, CaseIterable {
    case nightly
    case preDeploy = "pre-deploy"
    case preMigration = "pre-migration"
    case preRollback = "pre-rollback"
    case manual
}
