internal import Arguments
internal import Calendars
internal import Files
internal import Monitoring
internal import Operations
internal import Scheduling

/// `recover schedule`: what runs by the clock.
enum ScheduleVerb: Verb {
    private static let kinds: [Option] = [
        .flag("systemd", "Services and timers for systemd."),
        .flag("cron", "A table in /etc/cron.d, where systemd does not run."),
    ]
    private static let root: [Option] = [
        .value(
            "root",
            "DIR",
            "Look at /etc below this folder instead, and start nothing.",
            kind: .folder
        )
    ]

    static let description = Command(
        "schedule",
        "let backups, verifications and drills run by the clock",
        section: "Set up",
        discussion: """
            When each job runs stands under `schedule:` in recover.yaml. One more job runs every \
            hour: it starts what was missed while the machine was off, and tells those under \
            `notify:` when the stack is overdue. What runs so is quiet unless something is wrong, \
            so that a mail from cron means a problem.
            """,
        examples: [
            Example("recover schedule install", "let it run from now on"),
            Example("recover schedule show", "what runs when, and what ran last"),
        ],
        subcommands: [
            Command(
                "install",
                "write timers or a table for cron, and start them",
                discussion: """
                    Writes what systemd or cron needs, by what this machine runs, and removes what \
                    an earlier install wrote of the other kind. Services see the machine read-only \
                    but for the paths that recover.yaml names.
                    """,
                examples: [
                    Example("recover schedule install", "by what this machine runs"),
                    Example(
                        "recover schedule install --systemd --root /tmp/look",
                        "only look at the files"
                    ),
                ],
                options: kinds + root,
                constraints: [.atMostOne("--systemd", "--cron")]
            ),
            Command(
                "show",
                "show what runs when, and whether it is installed",
                examples: [Example("recover schedule show", "the next runs")],
                options: root
            ),
            Command(
                "remove",
                "remove all that install wrote",
                examples: [Example("recover schedule remove", "nothing runs by itself any more")],
                options: root
            ),
            Command(
                "run",
                "run one job as the clock does",
                discussion: """
                    Each time that a job is due it runs once: a job that ran since then, or is at \
                    work, is left alone. What overlaps another run of the stack waits for it, then \
                    ends with 75.
                    """,
                examples: [Example("recover schedule run backup", "what the timer starts")],
                positionals: [
                    Positional(
                        "JOB",
                        .required,
                        "The job; watch starts what was missed.",
                        kind: .choice(["backup", "prune", "verify", "drill", "watch"])
                    )
                ],
                options: [.flag("jitter", "Wait a share of schedule.jitter first, for cron.")]
            ),
        ]
    )

    struct Result: Encodable, Sendable {
        struct Job: Encodable, Sendable {
            var name: String
            var time: String?
            var nextAt: String?
            var lastAt: String?
            var lastOutcome: String?

            enum CodingKeys: String, CodingKey {
                case name, time
                case nextAt = "next_at"
                case lastAt = "last_at"
                case lastOutcome = "last_outcome"
            }
        }

        struct File: Encodable, Sendable {
            var path: String
            var state: String
            var text: String?
        }

        var kind: String?
        var jobs: [Job]
        var files: [File]
    }

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        let loaded = try context.configured()
        switch context.invocation.path[1] {
        case "run":
            guard let job = context.invocation.positional("JOB") else {
                preconditionFailure("the parser wants a job")
            }
            return try ScheduledRun(loaded, context).run(job)
        case "install": return try install(loaded, context)
        case "remove": return try remove(loaded, context)
        default: return try show(loaded, context)
        }
    }

    private static func install(
        _ loaded: LoadedConfiguration,
        _ context: Context
    ) throws(CommandFailure) -> Report {
        let installer = try ScheduleInstaller(loaded, context)
        let kind = installer.kind
        let files = installer.files(kind)
        let isDryRun = context.invocation.flag("dry-run")
        let warnings = isDryRun ? [] : try installer.install(kind)
        let result = Result(
            kind: kind.rawValue,
            jobs: jobs(loaded, context),
            files: files.map {
                .init(path: $0.path, state: isDryRun ? "planned" : "current", text: $0.text)
            }
        )
        var lines = files.map { "\(isDryRun ? "would write" : "wrote") \($0.path)" }
        lines += nextLines(result.jobs)
        lines.append(
            isDryRun
                ? "Nothing was done: this was a dry run."
                : "OK \(loaded.value.stack) runs by \(kind.rawValue)"
        )
        return report("install", result, lines, warnings, loaded)
    }

    private static func remove(
        _ loaded: LoadedConfiguration,
        _ context: Context
    ) throws(CommandFailure) -> Report {
        let installer = try ScheduleInstaller(loaded, context)
        let found = installer.installed
        let isDryRun = context.invocation.flag("dry-run")
        let warnings = isDryRun ? [] : try installer.remove()
        let result = Result(
            kind: found.first?.kind.rawValue,
            jobs: [],
            files: found.map {
                .init(path: $0.path.description, state: isDryRun ? "planned" : "removed")
            }
        )
        var lines = found.map { "\(isDryRun ? "would remove" : "removed") \($0.path)" }
        lines.append(
            isDryRun
                ? "Nothing was done: this was a dry run."
                : "OK nothing of \(loaded.value.stack) runs by the clock"
        )
        return report("remove", result, lines, warnings, loaded)
    }

    private static func show(
        _ loaded: LoadedConfiguration,
        _ context: Context
    ) throws(CommandFailure) -> Report {
        let installer = try ScheduleInstaller(loaded, context)
        let found = installer.installed
        let kind = found.first?.kind
        let wanted = kind.map { installer.files($0) } ?? []
        var files = wanted.map { file in
            let there = found.first { $0.path.description == file.path }
            let state = there == nil ? "missing" : there?.text == file.text ? "current" : "outdated"
            return Result.File(path: file.path, state: state)
        }
        files += found.filter { there in
            !wanted.contains { $0.path == there.path.description }
        }.map { .init(path: $0.path.description, state: "outdated") }
        let result = Result(kind: kind?.rawValue, jobs: jobs(loaded, context), files: files)
        var lines = nextLines(result.jobs)
        var warnings: [Report.Warning] = []
        if kind == nil {
            lines.append("not installed: nothing runs by itself. Next: recover schedule install")
        } else if files.contains(where: { $0.state != "current" }) {
            let names = files.filter { $0.state != "current" }.map { "\($0.path) (\($0.state))" }
            warnings = [
                .init(
                    code: "outdated",
                    message: "not as recover.yaml says: \(names.joined(separator: ", ")); "
                        + "recover schedule install writes them anew"
                )
            ]
        }
        if let kind { lines.append("OK installed for \(kind.rawValue)") }
        return report("show", result, lines, warnings, loaded)
    }

    private static func report(
        _ verb: String,
        _ result: Result,
        _ lines: [String],
        _ warnings: [Report.Warning],
        _ loaded: LoadedConfiguration
    ) -> Report {
        var report = Report("schedule-\(verb)", data: result, lines: lines)
        report.stack = loaded.value.stack
        report.warnings = warnings
        return report
    }

    private static func jobs(_ loaded: LoadedConfiguration, _ context: Context) -> [Result.Job] {
        let state = try? StateFolder(loaded.value, environment: context.environment)
        let outcomes = state.flatMap { try? OutcomeLog(in: $0.path).read().records } ?? []
        let standings = OperationStanding.all(outcomes)
        return NightJobs.all(loaded.value).map { job in
            let last = standings.first { $0.operation == job.name }?.last
            return Result.Job(
                name: job.name,
                time: job.time?.text,
                nextAt: job.time?.next(after: .now, in: .ofHost).rfc3339,
                lastAt: last?.finishedAt,
                lastOutcome: last?.ending.rawValue
            )
        }
    }

    private static func nextLines(_ jobs: [Result.Job]) -> [String] {
        var table = TextTable([
            ("JOB", .left), ("TIME", .left), ("NEXT", .left), ("LAST", .left), ("OUTCOME", .left),
        ])
        for job in jobs {
            table.add([
                job.name, job.time ?? "hourly", job.nextAt.map(TimeText.short) ?? "-",
                job.lastAt.map(TimeText.short) ?? "-", job.lastOutcome ?? "-",
            ])
        }
        return table.lines
    }
}
