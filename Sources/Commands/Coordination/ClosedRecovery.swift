internal import Arguments
internal import Files
internal import Operations

/// The journal of an operation closed by a person, whatever is there.
struct ClosedRecovery {
    struct Result: Encodable, Sendable {
        var operation: String
        var isDryRun: Bool

        enum CodingKeys: String, CodingKey {
            case operation
            case isDryRun = "dry_run"
        }
    }

    let loaded: LoadedConfiguration
    let context: Context

    func run(_ name: String) throws(CommandFailure) -> Report {
        let state = try StateFolder(loaded.value, environment: context.environment)
        let lock = try state.lock(
            waitSeconds: try context.lockWaitSeconds(),
            isResuming: true
        ) {}
        defer { _ = lock.path }
        guard let journal = try state.unfinished().first(where: { $0.operation.hasPrefix(name) })
        else {
            throw CommandFailure(
                .notFound,
                "operation-not-found",
                "no unfinished operation begins with \(name)",
                next: "recover log"
            )
        }
        let isDryRun = context.invocation.flag("dry-run")
        if !isDryRun {
            try Confirmation.require(
                loaded.value.stack,
                plan: ["close \(journal.operation) and leave everything as it is"],
                context
            )
            do throws(FileError) {
                try journal.write("as-is", .end)
            } catch {
                throw CommandFailure(error, doing: "close the journal")
            }
            context.operation = journal.operation
        }
        var report = Report(
            "abort",
            data: Result(operation: journal.operation, isDryRun: isDryRun),
            lines: [
                isDryRun
                    ? "Nothing was done: this was a dry run."
                    : "OK \(journal.operation) is closed; everything is as it was found"
            ]
        )
        report.stack = loaded.value.stack
        return report
    }
}
