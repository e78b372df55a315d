internal import Arguments
internal import Models

/// `recover log`: what was done, by whom and why.
enum LogVerb: Verb {
    static let description = Command(
        "log",
        "show what was done to the stack, by whom and why",
        section: "Look",
        discussion: """
            So far the journals of the model folders: publications, switches, rollbacks, prunings. \
            An `intent` without a line after it belongs to a run that was killed; the next one \
            says what it found.
            """,
        examples: [
            Example("recover log", "everything, the newest last"),
            Example("recover log --json | jq '.data.lines[-1]'", "the last thing that was done"),
        ]
    )

    struct Result: Encodable, Sendable {
        struct Line: Encodable, Sendable {
            var component: String
            var seq: Int
            var at: String
            var action: String
            var outcome: String
            var from: String?
            var to: String?
            var why: String?
            var user: String
            var sudoUser: String?
            var host: String

            enum CodingKeys: String, CodingKey {
                case component
                case seq
                case at
                case action
                case outcome
                case from
                case to
                case why
                case user
                case sudoUser = "sudo_user"
                case host
            }
        }

        var lines: [Line]
    }

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        let loaded = try context.configured()
        var lines: [Result.Line] = []
        for component in loaded.value.components {
            guard case .versions(let options) = component.kind else { continue }
            let folder = ModelFolder(try ModelPlace.settings(options))
            let journal = try modelling { () throws(ModelError) in try folder.journal() }
            lines += journal.map { line(component.name, $0) }
        }
        lines.sort { ($0.at, $0.seq) < ($1.at, $1.seq) }
        var report = Report("log", data: Result(lines: lines), lines: text(lines))
        report.stack = loaded.value.stack
        return report
    }

    private static func line(_ component: String, _ line: ModelJournal.Line) -> Result.Line {
        .init(
            component: component,
            seq: line.seq,
            at: line.time,
            action: line.action.rawValue,
            outcome: line.outcome.rawValue,
            from: line.from,
            to: line.to,
            why: line.why,
            user: line.user,
            sudoUser: line.sudoUser,
            host: line.host
        )
    }

    private static func text(_ lines: [Result.Line]) -> [String] {
        if lines.isEmpty { return ["nothing was done yet"] }
        var table = TextTable([
            ("TIME", .left), ("COMPONENT", .left), ("ACTION", .left), ("OUTCOME", .left),
            ("FROM", .left), ("TO", .left), ("BY", .left), ("WHY", .left),
        ])
        for line in lines {
            table.add([
                TimeText.short(line.at), line.component, line.action, line.outcome,
                line.from ?? "-", line.to ?? "-", line.sudoUser ?? line.user, line.why ?? "",
            ])
        }
        return table.lines
    }
}
