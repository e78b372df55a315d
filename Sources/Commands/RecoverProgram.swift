internal import Arguments

/// The whole command line of `recover`: what stands here is parsed, explained and completed.
enum RecoverProgram {
    static let version = "0.1.0"

    static var toolName: String { "recover \(version)" }

    static let description = Program(
        "recover",
        "snapshots of a self-hosted AI stack, verified, and put back together",
        version: version,
        discussion: """
            One recover.yaml describes one stack: databases, folders, models. A snapshot holds \
            all of it at one time, deduplicated and checked; a restore puts it back.

            The repository opens without this program: sh restore.sh in its folder needs only \
            tar, zstd, sha256sum and jq.
            """,
        examples: [
            Example("recover init", "find the stack here and write recover.yaml"),
            Example("recover backup --tag 2026.01.14", "take a snapshot of everything"),
            Example("recover restore --tag 2026.01.14 --to /tmp/look", "look at it elsewhere"),
            Example("recover verify --all --level deep", "prove that every byte comes back"),
        ],
        globalOptions: globalOptions,
        commands: verbs.map { $0.description } + [completionDescription, manualDescription],
        exitCodes: ExitStatus.table
    )

    /// Every verb, in the order of the overview.
    static var verbs: [any Verb.Type] {
        [
            InitVerb.self,
            BackupVerb.self,
            ConfigVerb.self,
            ListVerb.self,
            ShowVerb.self,
            DiffVerb.self,
            ManifestVerb.self,
            VerifyVerb.self,
            AuditVerb.self,
            DrillVerb.self,
            RepairVerb.self,
            RetentionVerb.self,
            PruneVerb.self,
            UndeleteVerb.self,
            RestoreVerb.self,
            RollbackVerb.self,
            ResumeVerb.self,
            AbortVerb.self,
            DeployVerb.self,
            ExportVerb.self,
            ImportVerb.self,
            ModelsVerb.self,
            PreflightVerb.self,
            HealthVerb.self,
            SmokeVerb.self,
            ChecklistVerb.self,
            LogVerb.self,
            StatusVerb.self,
            ScheduleVerb.self,
        ]
    }

    private static let globalOptions: [Option] = [
        .value(
            "config",
            "FILE",
            "The configuration; found from the working folder upwards.",
            kind: .file,
            short: "c",
            environment: "RECOVER_CONFIG",
            default: "/etc/recover.yaml"
        ),
        .flag(
            "quiet",
            "Print nothing on success and the whole story otherwise; for cron.",
            short: "q",
            environment: "RECOVER_QUIET"
        ),
        .flag("verbose", "Say more about each step.", short: "v", repeatable: true),
        .flag("json", "Print one JSON document on standard output.", environment: "RECOVER_JSON"),
        .value(
            "log-format",
            "FORMAT",
            "How lines on standard error look.",
            kind: .choice(["text", "json"]),
            environment: "RECOVER_LOG_FORMAT",
            default: "text"
        ),
        .flag("no-color", "Never colour the output.", environment: "NO_COLOR"),
        .flag("no-progress", "Never draw a live line.", environment: "RECOVER_NO_PROGRESS"),
        .flag("dry-run", "Print what would be done, and do nothing.", short: "n"),
        .flag("yes", "Answer yes where a plain question would be asked.", short: "y"),
        .value(
            "confirm",
            "NAME",
            "Confirm a restore in place by the stack's name.",
            environment: "RECOVER_CONFIRM"
        ),
        .value(
            "lock-wait",
            "TIME",
            "How long to wait for another run, such as 30s or 15m.",
            environment: "RECOVER_LOCK_WAIT",
            default: "15m"
        ),
        .flag("strict", "End with 3 when there are warnings.", environment: "RECOVER_STRICT_RUN"),
    ]

    static let snapshotPositional = Positional(
        "SNAPSHOT",
        .optional,
        "An id, a unique beginning of one, latest, or latest:TAG; the newest when left out.",
        kind: .listed(by: "recover list --ids")
    )

    static let componentsPositional = Positional(
        "COMPONENT",
        .repeated,
        "Only these components.",
        kind: .text
    )

    private static let completionDescription = Command(
        "completion",
        "print a completion script",
        section: "Help",
        examples: [
            Example(
                "recover completion bash > /etc/bash_completion.d/recover",
                "complete in every bash"
            )
        ],
        positionals: [
            Positional("SHELL", .required, "The shell.", kind: .choice(["bash", "zsh", "fish"]))
        ]
    )

    private static let manualDescription = Command(
        "manual",
        "print the manual page",
        section: "Help",
        examples: [Example("recover manual | man -l -", "read it")]
    )
}

/// One verb: what it is called, and what it does.
protocol Verb: Sendable {
    /// Its description; the first name is the verb.
    static var description: Command { get }

    /// Whether a run with this command line is an operation that the journal tells of.
    ///
    /// - Parameter invocation: The command line.
    /// - Returns: False for what only looks.
    static func isRecorded(_ invocation: Invocation) -> Bool

    /// Does it.
    ///
    /// - Parameter context: The command line and all that belongs to a run.
    /// - Returns: The result.
    /// - Throws: ``CommandFailure``.
    static func run(_ context: Context) throws(CommandFailure) -> Report
}

extension Verb {
    /// Looking changes nothing.
    static func isRecorded(_ invocation: Invocation) -> Bool { false }
}
