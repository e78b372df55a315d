internal import Arguments
internal import Files
internal import Operations

/// Writes what people look up about releases: restores in place, rollbacks, drills, deployments.
struct ReleaseLogListener: OutcomeListener {
    private let log: ReleaseLog
    private let isWanted: Bool

    init(_ configuration: Configuration, _ context: Context) {
        let release = configuration.release
        log = ReleaseLog(at: Path(release.log), template: release.template.map { Path($0) })
        let invocation = context.invocation
        switch invocation.path[0] {
        // Into a folder, or beside the live collections: nothing of the release changes.
        case "restore":
            isWanted = invocation.string("to") == nil && invocation.string("as") == nil
        case "rollback", "resume", "abort", "drill", "deploy": isWanted = true
        default: isWanted = false
        }
    }

    func take(_ outcome: Outcome) -> [Outcome.Problem] {
        // What was typed wrong, or not confirmed, is no event of the release.
        let unworthy: [ExitStatus] = [.usage, .configuration, .unconfirmed]
        guard isWanted, !unworthy.map(\.rawValue).contains(outcome.exitCode) else { return [] }
        do throws(FileError) {
            try log.append(outcome)
            return []
        } catch {
            return [.init(code: "release-log", message: "release.log: \(error.message)")]
        }
    }
}
