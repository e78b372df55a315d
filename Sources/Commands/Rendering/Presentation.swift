internal import Arguments
internal import Files

/// Shows how a command ended: one document or some lines, and the exit code.
struct Presentation {
    private let context: Context
    private let verb: String
    private let startedAt: Moment

    init(_ context: Context, verb: String, startedAt: Moment) {
        self.context = context
        self.verb = verb
        self.startedAt = startedAt
    }

    /// Prints the result.
    ///
    /// - Parameter result: A report or a failure.
    /// - Returns: The exit code.
    func show(_ result: Result<Report, CommandFailure>) -> Int32 {
        switch result {
        case .success(let report): show(report)
        case .failure(let failure): show(failure)
        }
    }

    private func show(_ report: Report) -> Int32 {
        if report.isSaid { return report.exitCode ?? report.status.rawValue }
        let status = report.status
        let console = context.console
        var lost: String?
        if console.isJSON {
            var envelope = envelope(status)
            if let code = report.exitCode { (envelope.exitCode, envelope.ok) = (code, code == 0) }
            envelope.operation = report.operation
            envelope.stack = report.stack
            envelope.warnings = report.warnings
            envelope.errors = report.failures
            envelope.data = AnyValue(value: report.data)
            lost = console.result(envelope.text())
        }
        for warning in report.warnings {
            let place = warning.component.map { "\($0): " } ?? ""
            console.problem("warning", "\(place)\(warning.message) [\(warning.code)]")
        }
        // Under --quiet a person reads the whole story exactly when something is to be said.
        let isSilent = console.isQuiet && status == .done && report.warnings.isEmpty
        if !console.isJSON, report.isDocument {
            lost = console.result(report.lines.map { $0 + "\n" }.joined())
        } else if !console.isJSON, !isSilent {
            lost = console.result(report.lines.map { VisibleText.line($0) + "\n" }.joined())
        }
        return lost.map { unwritten($0, report, status) } ?? report.exitCode ?? status.rawValue
    }

    /// Nobody read the result: what was done stays done, and a caller must not take it for said.
    private func unwritten(_ reason: String, _ report: Report, _ status: ExitStatus) -> Int32 {
        let code = status == .done ? ExitStatus.failed : status
        let console = context.console
        console.problem(
            "error",
            "standard output cannot be written: \(reason) (exit \(code.rawValue))"
        )
        let result = report.isDocument ? "" : report.lines.last.map { ": \($0)" } ?? ""
        console.problem("error", "State now: the command did its work\(result).")
        return code.rawValue
    }

    private func show(_ failure: CommandFailure) -> Int32 {
        let console = context.console
        if console.isJSON {
            var envelope = envelope(failure.status)
            envelope.operation = context.isRecorded ? context.operation : nil
            envelope.stack = context.loadedStack
            envelope.warnings = context.warnings
            envelope.errors = [
                .init(
                    code: failure.code,
                    component: failure.component,
                    message: failure.message,
                    state: failure.state,
                    next: failure.next
                )
            ]
            // The same is said on standard error, and the code is no success either way.
            _ = console.result(envelope.text())
        }
        for warning in context.warnings {
            console.problem("warning", "\(warning.message) [\(warning.code)]")
        }
        let place = failure.component.map { "\($0): " } ?? ""
        console.problem("error", "\(place)\(failure.message) (exit \(failure.status.rawValue))")
        console.problem("error", "State now: \(failure.state).")
        if let next = failure.next { console.problem("error", "Next: \(next)") }
        return failure.status.rawValue
    }

    private func envelope(_ status: ExitStatus) -> Envelope {
        Envelope(
            schema: "recover/v1/\(verb)",
            ok: status == .done,
            exitCode: status.rawValue,
            startedAt: startedAt.rfc3339,
            finishedAt: Moment.now.rfc3339,
            warnings: [],
            errors: []
        )
    }
}
