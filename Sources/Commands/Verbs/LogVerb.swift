internal import Arguments
internal import Files
internal import Models
internal import Operations

/// `recover log`: what was done, by whom and why.
enum LogVerb: Verb {
    static let description = Command(
        "log",
        "show what was done to the stack, by whom and why",
        section: "Look",
        discussion: """
            Every run of a changing command has its line, and each line carries the digest of the \
            one before: a line that was changed or taken out is found, and the exit code is 20. \
            Then come the journals of the model folders; an `intent` without a line after it \
            belongs to a run that was killed. With an operation: its record and its steps.
            """,
        examples: [
            Example("recover log", "everything, the newest last"),
            Example(
                "recover log --json | jq '.data.operations[-1]'",
                "the last thing that was done"
            ),
        ],
        positionals: [Positional("OPERATION", .optional, "The operation, or how its name begins.")]
    )

    struct Result: Encodable, Sendable {
        var operations: [Outcome]
        /// The steps of the operation that was asked for.
        var steps: [OperationJournal.Entry]?
        var lines: [ModelLine]
        /// Lines of the journal that no longer fit the one before, counted from 1.
        var brokenLines: [Int]
        var unreadableLines: [Int]

        enum CodingKeys: String, CodingKey {
            case operations, steps, lines
            case brokenLines = "broken_lines"
            case unreadableLines = "unreadable_lines"
        }
    }

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        let loaded = try context.configured()
        let state = try StateFolder(loaded.value, environment: context.environment)
        let log = OutcomeLog(in: state.path)
        let reading: ChainedLog<Outcome>.Reading
        do throws(FileError) {
            reading = try log.read()
        } catch {
            throw CommandFailure(error, doing: "read the operation journal")
        }
        if let name = context.invocation.positional("OPERATION") {
            return try one(name, reading.records, state, loaded)
        }
        let lines = try ModelLine.all(loaded.value)
        let result = Result(
            operations: reading.records,
            lines: lines,
            brokenLines: reading.brokenLines,
            unreadableLines: reading.unreadableLines
        )
        var report = Report("log", data: result, lines: OutcomeTable.lines(reading.records))
        if !lines.isEmpty { report.lines += [""] + ModelLine.table(lines) }
        report.stack = loaded.value.stack
        judge(reading, log.path, &report)
        return report
    }

    private static func judge(
        _ reading: ChainedLog<Outcome>.Reading,
        _ path: Path,
        _ report: inout Report
    ) {
        if !reading.unreadableLines.isEmpty {
            let numbers = reading.unreadableLines.map(String.init).joined(separator: ", ")
            report.warnings.append(
                .init(
                    code: "journal-torn",
                    message: "line \(numbers) of \(path) is no record: a run died while it wrote, "
                        + "or it was damaged"
                )
            )
        }
        guard !reading.brokenLines.isEmpty else { return }
        let numbers = reading.brokenLines.map(String.init).joined(separator: ", ")
        report.status = .damaged
        report.failures.append(
            .init(
                code: "journal-broken",
                message: "line \(numbers) of \(path) does not carry the digest of the line before: "
                    + "something before it was changed or taken out",
                state: "the stack is untouched; the journal is no evidence before that line",
                next: "compare it with a copy of the journal"
            )
        )
        report.lines.append("FAIL the journal was changed before line \(numbers)")
    }

    private static func one(
        _ name: String,
        _ all: [Outcome],
        _ state: StateFolder,
        _ loaded: LoadedConfiguration
    ) throws(CommandFailure) -> Report {
        let found = all.filter { $0.operation.hasPrefix(name) }
        let names = Set(found.map(\.operation))
        let operation = names.count == 1 ? names.first ?? name : name
        var journal: OperationJournal?
        do throws(FileError) {
            if names.count <= 1 {
                journal = try OperationJournal.open(in: state.path, operation: operation)
            }
        } catch {
            throw CommandFailure(error, doing: "read the steps of \(operation)")
        }
        guard journal != nil || names.count == 1 else {
            throw CommandFailure(
                .notFound,
                "operation-not-found",
                "\(names.count) operations begin with \(name)",
                next: "recover log"
            )
        }
        let result = Result(
            operations: found,
            steps: journal?.entries,
            lines: [],
            brokenLines: [],
            unreadableLines: []
        )
        var lines = (journal?.entries ?? []).map { entry in
            let detail = entry.detail.sorted { $0.key < $1.key }
                .map { "\($0.key)=\($0.value.prefix(100))" }
            return ([TimeText.short(entry.at), entry.step, entry.phase.rawValue] + detail)
                .joined(separator: "  ")
        }
        for outcome in found {
            lines += ReleaseLog.entry(outcome).split(whereSeparator: \.isNewline).map(String.init)
        }
        var report = Report("log", data: result, lines: lines)
        report.stack = loaded.value.stack
        return report
    }
}
