internal import Arguments
internal import Deduplication
internal import Files

/// `recover list`: the snapshots there are.
enum ListVerb: Verb {
    static let description = Command(
        "list",
        "show the snapshots, the newest last",
        section: "Look",
        discussion: """
            ADDED is what a snapshot brought into the repository, SIZE what it holds. A snapshot \
            file that cannot be read is shown as damage, and the exit code is 20.
            """,
        examples: [
            Example("recover list", "all snapshots of this stack"),
            Example("recover list --tag 2026.01.14 --since 7d", "those of one TAG and one week"),
            Example("recover list --ids", "only the ids, for scripts"),
        ],
        options: [
            .value("tag", "TAG", "Only snapshots of this TAG."),
            .value(
                "since",
                "TIME",
                "Only snapshots begun since: an age such as 12h or 7d, a date, or RFC 3339."
            ),
            .flag("ids", "Print one id a line and nothing else."),
        ]
    )

    struct Result: Encodable, Sendable {
        struct Unreadable: Encodable, Sendable {
            var name: String
            var message: String
        }

        var snapshots: [SnapshotSummary]
        var unreadable: [Unreadable]
    }

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        let stack = try context.configured().value.stack
        let since = try since(context.invocation.string("since"))
        let tag = context.invocation.string("tag")
        let repository = try context.repository()
        let listed = try querying { () throws(RepositoryError) in
            try repository.listSnapshots(of: stack)
        }
        let standings = try SnapshotStandings(repository)
        var result = Result(snapshots: [], unreadable: [])
        var isEmpty = true
        for item in listed {
            switch item {
            case .unreadable(let name, let error):
                result.unreadable.append(.init(name: name, message: error.message))
            case .snapshot(let snapshot):
                isEmpty = false
                guard tag == nil || snapshot.tag == tag, isRecent(snapshot, since) else { continue }
                result.snapshots.append(SnapshotSummary(snapshot, standings[snapshot.id]))
            }
        }
        return report(result, isEmpty: isEmpty, stack: stack, context)
    }

    private static func since(_ text: String?) throws(CommandFailure) -> Moment? {
        guard let text else { return nil }
        if let moment = TimeText.moment(text) { return moment }
        throw CommandFailure(
            .usage,
            "usage",
            "--since takes an age such as 12h or 7d, a date such as 2026-01-14, or RFC 3339, "
                + "not \(text)"
        )
    }

    private static func isRecent(_ snapshot: Snapshot, _ since: Moment?) -> Bool {
        guard let since else { return true }
        return Moment(rfc3339: snapshot.startedAt).map { $0 >= since } ?? true
    }

    private static func report(
        _ result: Result,
        isEmpty: Bool,
        stack: String,
        _ context: Context
    ) -> Report {
        var report = Report("list", data: result, lines: [])
        report.stack = stack
        if !result.unreadable.isEmpty { report.status = .damaged }
        report.warnings = result.unreadable.map { .init(code: "damage", message: $0.message) }
        if context.invocation.flag("ids") {
            report.lines = result.snapshots.map(\.id)
            report.isDocument = true
            return report
        }
        report.lines = result.snapshots.isEmpty ? [] : table(result.snapshots)
        report.lines += result.unreadable.map { "DAMAGED  \($0.name) cannot be read" }
        if report.lines.isEmpty {
            report.lines = [
                isEmpty
                    ? "stack \(stack) has no snapshot yet; the next step: recover backup"
                    : "no snapshot of stack \(stack) is so; recover list shows all"
            ]
        }
        return report
    }

    private static func table(_ snapshots: [SnapshotSummary]) -> [String] {
        var table = TextTable([
            ("SNAPSHOT", .left), ("TIME", .left), ("TAG", .left), ("REASON", .left),
            ("COMPONENTS", .left), ("SIZE", .right), ("ADDED", .right), ("STATE", .left),
        ])
        for snapshot in snapshots {
            table.add([
                snapshot.id, TimeText.short(snapshot.startedAt), snapshot.tag ?? "-",
                snapshot.reason, names(snapshot.components), ByteText.text(snapshot.sizeBytes),
                ByteText.text(snapshot.addedBytes), snapshot.state,
            ])
        }
        return table.lines
    }

    private static func names(_ components: [SnapshotSummary.Part]) -> String {
        let shown = components.prefix(3).map(\.name).joined(separator: ",")
        return components.count > 3 ? "\(shown)+\(components.count - 3)" : shown
    }
}
