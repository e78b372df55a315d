internal import Deployments
internal import Files

/// The flags of an earlier time, as far as they are other now.
struct FlagReturn {
    let choice: RollbackChoice
    let record: DeploymentRecord?
    let tag: String

    /// Decides.
    ///
    /// - Returns: Values by key.
    /// - Throws: ``CommandFailure`` where nothing is known of them, or nothing would change.
    func flags() throws(CommandFailure) -> [String: String] {
        guard let driver = choice.driver, let record else {
            throw CommandFailure(
                .notFound,
                "flags-not-found",
                "no snapshot of TAG \(tag) says what its flags were",
                next: "recover rollback, which shows the TAGs"
            )
        }
        let file = driver.settings.environmentFileInUse
        let then = record.environmentFiles.first?.features ?? [:]
        let now = try driving { () throws(DeploymentError) in
            try driver.settings.environmentValues()
        }
        var changed: [String: String] = [:]
        // Before variables in values were known, a record held them as they are spelled.
        let spelled = try driving { () throws(DeploymentError) in
            try driver.settings.spelledValues()
        }
        for (key, value) in then where now[key] != nil && ![now[key], spelled[key]].contains(value)
        {
            changed[key] = value
        }
        for key in then.keys.sorted() where now[key] == nil {
            choice.context.warn("flag", "\(file) has no key \(key); it is left out")
        }
        if changed.isEmpty {
            throw CommandFailure(
                .notFound,
                "flags-same",
                "the flags are those of TAG \(tag) already",
                next: "recover health"
            )
        }
        return changed
    }
}
