internal import Files
internal import Monitoring
internal import Operations

/// Whether a run that was killed waits for a decision: until then no other one changes anything.
struct OperationCheck {
    let configuration: Configuration
    let environment: [String: String]

    var check: Check {
        let name = "operation"
        let state = StateFolder(of: configuration, environment: environment)
        if let since = state.lockHeldSince {
            let text = "another run is at work, since \(since.rfc3339)"
            return Check(name, nil, .pass, text)
        }
        let journals: [OperationJournal]
        do throws(CommandFailure) {
            journals = try state.unfinished()
        } catch {
            return Check(name, nil, .fail, error.message)
        }
        if let first = journals.first {
            let more = journals.count > 1 ? ", and \(journals.count - 1) more" : ""
            return Check(
                name,
                nil,
                .fail,
                "the \(first.kind) \(first.operation) did not come to its end\(more): nothing else "
                    + "begins before recover resume \(first.operation), or recover abort "
                    + first.operation
            )
        }
        if let restore = RestoreJournal.unfinished(state).first {
            let text = "the restore \(restore) did not come to its end: recover log \(restore)"
            return Check(name, nil, .warn, text)
        }
        return Check(name, nil, .pass, "none waits for a decision")
    }
}
