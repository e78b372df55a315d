internal import Arguments
internal import Files
internal import Monitoring

/// `recover status`: how the stack stands.
enum StatusVerb: Verb {
    static let description = Command(
        "status",
        "show how the stack stands: freshness, last runs, damage",
        section: "Look",
        discussion: """
            Looks and changes nothing. A whole snapshot that is older than schedule.freshness, 26 \
            hours unless the configuration says otherwise, is stale; so is a stack without one. With \
            --check the worst of what is found is the exit code: 10 no repository, 20 damage, 24 an \
            unfinished restore, 27 stale, 3 for warnings alone. With --nagios it is 0, 1, 2 or 3.
            """,
        examples: [
            Example("recover status", "look"),
            Example("recover -q status --check || echo look at it", "for a script or a monitor"),
            Example("recover status --nagios", "one line and 0, 1, 2 or 3"),
        ],
        options: [
            .flag("check", "End with the code of the worst that is found."),
            .flag("nagios", "Print one line, and end with 0, 1, 2 or 3 as Nagios wants it."),
        ],
        constraints: [.atMostOne("--check", "--nagios")]
    )

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        let isForNagios = context.invocation.flag("nagios")
        do throws(CommandFailure) {
            return try look(context, isForNagios: isForNagios)
        } catch {
            guard isForNagios else { throw error }
            let line = error.message.split(whereSeparator: \.isNewline).first ?? ""
            var report = Report(
                "status",
                data: [String: String](),
                lines: ["RECOVER UNKNOWN \(line)"]
            )
            report.isDocument = true
            report.exitCode = 3
            return report
        }
    }

    private static func look(
        _ context: Context,
        isForNagios: Bool
    ) throws(CommandFailure) -> Report {
        let loaded = try context.configured()
        // Who watches gives up after some seconds; an engine that hangs takes longer.
        let standing = StandingSurvey(loaded, context, askingEngine: !isForNagios).run()
        let status = StatusReport(standing)
        var report = Report("status", data: status.result, lines: status.lines)
        report.stack = standing.stack
        if isForNagios {
            report.lines = [status.nagiosLine]
            report.isDocument = true
            report.exitCode = Int32(standing.weight?.rawValue ?? 0)
        } else if context.invocation.flag("check"), standing.exitCode != 0 {
            report.status = ExitStatus(rawValue: standing.exitCode) ?? .failed
            report.failures = standing.concerns.map {
                .init(
                    code: $0.code,
                    component: $0.component,
                    message: $0.message,
                    state: "nothing was changed",
                    next: $0.next
                )
            }
        }
        return report
    }
}
