internal import Deployments

/// What a recovery leaves alone although it belongs to the stack.
extension CoordinatedRecovery {
    /// Data of Postgres is in no snapshot: it stays, whatever TAG and other data go back to.
    ///
    /// No part of what is decided: one that comes up, or goes, while somebody reads the plan changes
    /// nothing of what is done.
    ///
    /// - Parameter driver: Of the stack.
    /// - Returns: A line for each such service, with the revision of its schema now and then.
    /// - Throws: ``CommandFailure`` where the engine does not answer.
    func postgresNotes(_ driver: ComposeDriver?) throws(CommandFailure) -> [String] {
        guard let driver, request.snapshot != nil else { return [] }
        let then = RollbackChoice.revisions(request.record?.schemas ?? [])
        let now = try driving { () throws(DeploymentError) in try driver.postgresSchemas() }
        return now.map { RecoveryPlanner.note($0, then: then[$0.place]) }
    }
}

extension RecoveryPlanner {
    static func note(_ now: SchemaRevision, then: String?) -> String {
        let name = now.service ?? now.component
        let stays =
            "note: the data of \(name) (Postgres) stays as it is now, for no snapshot holds it"
        let why = now.fault.map { " (\($0))" } ?? ""
        guard let then else { return "\(stays); its schema is at \(now.text)\(why)" }
        if now.fault == nil, now.text == then {
            return "\(stays); its schema is at \(then), as it was then"
        }
        return
            "\(stays); its schema is at \(now.text)\(why), and was at \(then) then: find out first "
            + "whether the programs of then can read it"
    }
}
