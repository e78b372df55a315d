internal import Files
internal import Operations

/// Makes the one record of an operation out of the very report or failure from which exit code and
/// JSON come, writes it down, and hands it to whoever wants to know.
struct OutcomeRecorder {
    private let context: Context
    private let verb: String
    private let startedAt: Moment

    init(_ context: Context, verb: String, startedAt: Moment) {
        self.context = context
        self.verb = verb
        self.startedAt = startedAt
        context.isRecorded = true
    }

    /// Records the end of an operation.
    ///
    /// - Parameter ending: As it will be shown.
    /// - Returns: The same, with its operation's name, and with a warning for each place that could
    ///   not take the record.
    func record(_ ending: Result<Report, CommandFailure>) -> Result<Report, CommandFailure> {
        // Without a configuration there is no stack whose journal could tell of it.
        guard let loaded = context.loaded else { return ending }
        let outcome = outcome(ending, loaded.value.stack)
        var problems: [Outcome.Problem] = []
        do throws(CommandFailure) {
            let state = try StateFolder(loaded.value, environment: context.environment)
            do throws(FileError) {
                try OutcomeLog(in: state.path).append(outcome)
            } catch {
                throw CommandFailure(error, doing: "write the operation journal")
            }
        } catch {
            problems.append(.init(code: "journal", message: error.message))
        }
        for listener in OutcomeListeners.all(loaded, context) {
            problems += listener.take(outcome)
        }
        let warnings = problems.map {
            Report.Warning(code: $0.code, component: $0.component, message: $0.message)
        }
        if case .success(var report) = ending {
            report.operation = context.operation
            report.warnings += warnings
            return .success(report)
        }
        for warning in warnings { context.warn(warning.code, warning.message) }
        return ending
    }

    /// Adds a second record where the program ends otherwise than the first one says: nobody read
    /// the result.
    ///
    /// - Parameter code: The exit code.
    func amend(_ code: Int32) {
        guard let loaded = context.loaded,
            let state = try? StateFolder(loaded.value, environment: context.environment)
        else { return }
        let log = OutcomeLog(in: state.path)
        guard let reading = try? log.read(),
            var outcome = reading.records.last(where: { $0.operation == context.operation }),
            outcome.exitCode != code, let status = ExitStatus(rawValue: code)
        else { return }
        outcome.exitCode = code
        outcome.result = status.result
        let message = "the result could not be printed; the work was done"
        outcome.errors.append(.init(code: "output", message: message))
        outcome.firstError = outcome.firstError ?? message
        try? log.append(outcome)
    }

    private func outcome(_ ending: Result<Report, CommandFailure>, _ stack: String) -> Outcome {
        let now = Moment.now
        let status: ExitStatus
        switch ending {
        case .success(let report): status = report.status
        case .failure(let failure): status = failure.status
        }
        var outcome = Outcome(
            operation: context.operation,
            verb: verb,
            stack: stack,
            host: Context.hostName,
            startedAt: startedAt.rfc3339,
            finishedAt: now.rfc3339,
            durationSeconds: max(0, now.seconds(since: startedAt)),
            exitCode: status.rawValue,
            result: status.result,
            facts: context.facts
        )
        switch ending {
        case .success(let report):
            outcome.warnings = report.warnings.map(Self.problem)
            outcome.errors = report.failures.map {
                .init(code: $0.code, component: $0.component, message: $0.message)
            }
            outcome.firstError = report.failures.first?.message
            outcome.stateNow = report.failures.first?.state
            outcome.next = report.failures.first?.next
            // What was not done in full has its reason among the warnings, not in the headline.
            if status != .done, outcome.firstError == nil {
                outcome.firstError = report.warnings.first?.message ?? report.lines.last
            }
        case .failure(let failure):
            outcome.warnings = context.warnings.map(Self.problem)
            outcome.errors = [
                .init(code: failure.code, component: failure.component, message: failure.message)
            ]
            outcome.firstError = failure.message
            outcome.stateNow = failure.state
            outcome.next = failure.next
        }
        return outcome
    }

    private static func problem(_ warning: Report.Warning) -> Outcome.Problem {
        .init(code: warning.code, component: warning.component, message: warning.message)
    }
}
