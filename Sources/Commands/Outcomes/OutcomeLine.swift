internal import Glibc
internal import Monitoring
internal import Operations

/// The last line of a run on standard error where a machine reads it: all that a query asks for.
struct OutcomeLine: OutcomeListener {
    private let console: Console

    init(_ context: Context) {
        console = context.console
    }

    func take(_ outcome: Outcome) -> [Outcome.Problem] {
        let isWorthy = outcome.ending.isFailure || !outcome.warnings.isEmpty
        guard console.logsJSON, isWorthy || !console.isQuiet else { return [] }
        let level =
            switch outcome.ending {
            case .ok, .skipped: "info"
            case .warning: "warning"
            case .failed, .reverted: "error"
            }
        var fields = [
            "ts": outcome.finishedAt, "level": level, "op": outcome.operation,
            "stack": outcome.stack, "phase": outcome.verb, "code": "\(outcome.exitCode)",
            "msg": "\(outcome.verb) \(outcome.ending.rawValue)",
            "duration_s": "\(Int(outcome.durationSeconds.rounded()))",
        ]
        fields["component"] = outcome.errors.first?.component
        if let first = outcome.firstError { fields["msg", default: ""] += ": \(first)" }
        Console.write(Envelope.line(fields), to: STDERR_FILENO)
        return []
    }
}
