internal import Arguments
internal import Deduplication
internal import Files
internal import Glibc

/// `recover undelete`: brings a forgotten snapshot back.
enum UndeleteVerb: Verb {
    static let description = Command(
        "undelete",
        "bring a forgotten snapshot back",
        section: "Protect",
        discussion: """
            Without a name it lists what was forgotten. A snapshot comes back as long as its \
            content was not deleted, which is at least the policy's trash_days. It is pinned \
            then, or the next prune would forget it again.
            """,
        examples: [
            Example("recover undelete", "what was forgotten"),
            Example("recover undelete 20260114T021000Z-7f3a", "bring it back"),
        ],
        positionals: [
            Positional(
                "SNAPSHOT",
                .optional,
                "An id, or a unique beginning of one.",
                kind: .text
            )
        ]
    )

    struct Result: Encodable, Sendable {
        struct Line: Encodable, Sendable {
            var id: String
            var startedAt: String
            var tag: String?
            var reason: String

            enum CodingKeys: String, CodingKey {
                case id, tag, reason
                case startedAt = "started_at"
            }
        }

        /// What came back.
        var snapshot: String?
        /// What is forgotten still.
        var forgotten: [Line]
    }

    static func isRecorded(_ invocation: Invocation) -> Bool {
        invocation.positional("SNAPSHOT") != nil
    }

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        let loaded = try context.configured()
        let stack = loaded.value.stack
        guard let wanted = context.invocation.positional("SNAPSHOT") else {
            return listing(try forgotten(try context.repository(), stack), stack)
        }
        let isDryRun = context.invocation.flag("dry-run")
        if isDryRun {
            let found = try find(wanted, try forgotten(try context.repository(), stack))
            return report(found, stack, isDone: false)
        }
        let state = try StateFolder(loaded.value, environment: context.environment)
        let lock = try state.lock(waitSeconds: try context.lockWaitSeconds()) {
            context.console.phase("another run of this stack is at work; waiting for it")
        }
        defer { _ = lock.path }
        let repository = try context.repository()
        let found = try find(wanted, try forgotten(repository, stack))
        context.console.phase("bringing \(found.id) back")
        let operation = "undelete-\(Moment.now.compactUTC)"
        try querying(state: "it is still forgotten; nothing else was changed") {
            () throws(RepositoryError) in
            try repository.undelete(
                found,
                host: Context.hostName,
                processID: Int(getpid()),
                operation: operation
            )
        }
        var report = report(found, stack, isDone: true)
        report.operation = operation
        return report
    }

    private static func forgotten(
        _ repository: Repository,
        _ stack: String
    ) throws(CommandFailure) -> [Snapshot] {
        try querying { () throws(RepositoryError) in try repository.forgottenSnapshots() }
            .filter { $0.stack == stack }
    }

    private static func find(
        _ wanted: String,
        _ forgotten: [Snapshot]
    ) throws(CommandFailure) -> Snapshot {
        let found = forgotten.filter { $0.id.text.hasPrefix(wanted) }
        if found.count == 1 { return found[0] }
        let names = (found.isEmpty ? forgotten : found).suffix(3).reversed().map(\.id.text)
        let what = found.isEmpty ? "no forgotten snapshot is" : "several forgotten snapshots are"
        throw CommandFailure(
            .notFound,
            "not-found",
            "\(what) named \(wanted)"
                + (names.isEmpty ? "; none is forgotten" : ": " + names.joined(separator: ", ")),
            next: "recover undelete"
        )
    }

    private static func line(_ snapshot: Snapshot) -> Result.Line {
        .init(
            id: snapshot.id.text,
            startedAt: snapshot.startedAt,
            tag: snapshot.tag,
            reason: snapshot.reason
        )
    }

    private static func listing(_ forgotten: [Snapshot], _ stack: String) -> Report {
        let data = Result(snapshot: nil, forgotten: forgotten.map(line))
        var report = Report("undelete", data: data, lines: [])
        report.stack = stack
        if forgotten.isEmpty {
            report.lines = ["no snapshot of \(stack) is forgotten"]
            return report
        }
        var table = TextTable([
            ("SNAPSHOT", .left), ("TIME", .left), ("TAG", .left), ("REASON", .left),
        ])
        for one in forgotten {
            let time = TimeText.short(one.startedAt)
            table.add([one.id.text, time, one.tag ?? "-", one.reason])
        }
        report.lines = table.lines
        return report
    }

    private static func report(_ snapshot: Snapshot, _ stack: String, isDone: Bool) -> Report {
        let data = Result(snapshot: isDone ? snapshot.id.text : nil, forgotten: [])
        let text =
            isDone
            ? "OK \(snapshot.id) is back, and pinned"
            : "Nothing was done: this was a dry run. \(snapshot.id) would come back."
        var report = Report("undelete", data: data, lines: [text])
        report.stack = stack
        return report
    }
}
