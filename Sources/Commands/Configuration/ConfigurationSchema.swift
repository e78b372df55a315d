/// Every key of `recover.yaml`: what it takes, what holds without it, and what it is for.
enum ConfigurationSchema {
    static let root = Record([
        .required("version", .count(1...1), "The version of this format."),
        .required("stack", .text(.name), "The name of the stack."),
        .required("repository", .text(.path), "The folder that keeps the snapshots."),
        .optional(
            "state",
            .text(.path),
            otherwise: "/var/lib/recover/STACK, or the user's state folder",
            "The folder for journals, locks and the fingerprint key of this host."
        ),
        .optional("compose", .record(compose), otherwise: "none", "The compose deployment."),
        .standard("start", .command(minimum: 0), "[]", "Starts a stack that compose does not run."),
        .standard("stop", .command(minimum: 0), "[]", "Stops a stack that compose does not run."),
        .standard("components", .table(component, names: .name), "{}", "What is protected."),
        .standard("exclude", .names(.glob), "[]", "Patterns of files that no component holds."),
        .standard(
            "secrets",
            .choice(Configuration.SecretHandling.allCases.map(\.rawValue)),
            "fingerprint",
            "Whether env files are known by fingerprint only or stored whole."
        ),
        .optional("archives", .record(archives), otherwise: "none", "Plain copies of components."),
        .standard("backup", .record(backup), "{}", "How a backup is taken."),
        .optional(
            "quiesce",
            .names(.service),
            otherwise: "the services that mount a path being replaced",
            "The services that stop while data is replaced."
        ),
        .standard("images", .record(images), "{}", "The images of earlier TAGs."),
        .standard("health", .table(check, names: .service), "{}", "Checks by service."),
        .standard(
            "smoke",
            .list(check, unique: false, minimum: 0),
            "[]",
            "Requests that a working stack answers."
        ),
        .standard("gate", .record(gate), "{}", "How long a stack may take to become healthy."),
        .standard("hold", .duration(minimumSeconds: 0), "24h", "How long replaced data is kept."),
        .standard("preflight", .record(preflight), "{}", "What must be free before a change."),
        .standard("release", .record(release), "{}", "The record of releases."),
        .standard(
            "retention",
            .either(.text(.policy), .record(RetentionPolicyFile.schema)),
            "nightly",
            "Which snapshots stay: a policy by name, a policy file, or the policy itself."
        ),
        .standard("verify", .record(verify), "{}", "How often stored bytes are proven."),
        .standard("schedule", .record(schedule), "{}", "When backups run and count as late."),
        .standard("notify", .record(notify), "{}", "Who is told."),
        .optional(
            "metrics",
            .text(.path),
            otherwise: "none",
            "The Prometheus text file that is rewritten after every run."
        ),
        .standard("audit", .record(audit), "{}", "What an audit takes for a risk."),
        .standard("hooks", .record(hooks), "{}", "Commands that run beside an operation."),
    ])

    private static let compose = Record(
        short: "files",
        [
            .required("files", .names(.path, minimum: 1), "The compose files, in their order."),
            .optional("env_file", .text(.path), otherwise: "none", "The env file of the stack."),
            .optional("env_sample", .text(.path), otherwise: "none", "The sample of its keys."),
            .standard("tag_key", .text(.environmentName), "TAG", "The key that holds the TAG."),
            .standard("profiles", .names(.service), "[]", "The compose profiles in use."),
        ]
    )

    private static let archives = Record([
        .required("dir", .text(.path), "The folder that receives the copies."),
        .standard(
            "format",
            .choice(Configuration.ArchiveFormat.allCases.map(\.rawValue)),
            "tar.gz",
            "The format of a copy."
        ),
        .required("components", .names(.name, minimum: 1), "The components that are copied."),
        .standard("keep", .count(1...10_000), "14", "How many copies of a component stay."),
    ])

    private static let backup = Record([
        .standard("pause", .names(.service), "[]", "Services paused at the instant of capture.")
    ])

    private static let images = Record([
        .standard("keep", .count(1...1_000), "3", "The TAGs whose images are kept."),
        .standard("save", .flag, "false", "Whether snapshots hold the images themselves."),
    ])

    private static let check = Shape.record(
        Record(
            short: "url",
            [
                .required("url", .text(.url), "The address that is asked."),
                .standard("method", .choice(HTTPCheck.methods), "GET", "The HTTP method."),
                .optional("bearer", .text(.secret), otherwise: "none", "The token that is sent."),
                .optional(
                    "body",
                    .text(.argument),
                    otherwise: "none",
                    "The body that is sent.",
                    isMasked: true
                ),
                .standard("expect", .record(expect), "{}", "The answer of a working service."),
                .standard("safe", .flag, "false", "Promises that the request changes nothing."),
            ]
        )
    )

    private static let expect = Record([
        .standard("status", .count(100...599), "200", "The HTTP status."),
        .optional("json", .expectation, otherwise: "any", "What a JSON answer must contain."),
    ])

    private static let gate = Record([
        .standard("retry", .duration(minimumSeconds: 0), "30s", "How long a check may fail."),
        .standard("interval", .duration(minimumSeconds: 1), "2s", "The time between two tries."),
        .standard("soak", .duration(minimumSeconds: 0), "0s", "How long health must last."),
    ])

    private static let preflight = Record([
        .standard("disk", .record(disk), "{}", "Free space."),
        .standard("gpu", .record(gpu), "{}", "Graphics memory."),
    ])

    private static let disk = Record([
        .standard("warn", .size, "20GB", "Less free space than this is a warning."),
        .standard("fail", .size, "10GB", "Less free space than this is a failure."),
    ])

    private static let gpu = Record([
        .standard("max_used", .percent, "90%", "More used memory than this is a failure.")
    ])

    private static let release = Record([
        .standard("log", .text(.path), "ops/release.log", "The release log."),
        .optional("template", .text(.path), otherwise: "none", "What a new log begins with."),
        .standard(
            "tag_formats",
            .list(
                .choice(Configuration.TagFormat.allCases.map(\.rawValue)),
                unique: true,
                minimum: 1
            ),
            "[date, sha]",
            "The forms that a TAG may have."
        ),
    ])

    private static let verify = Record([
        .standard("quick", cadence, "each", "How often lists and sizes are compared."),
        .standard("full", cadence, "7d", "How often stored bytes are compared."),
        .standard("deep", cadence, "30d", "How often contents are unpacked and compared."),
        .standard("drill", cadence, "30d", "How often a snapshot is restored for practice."),
    ])

    private static let cadence = Shape.either(.choice(["each"]), .duration(minimumSeconds: 1))

    private static let schedule = Record([
        .standard("freshness", .duration(minimumSeconds: 1), "26h", "The age that is too old."),
        .standard("jitter", .duration(minimumSeconds: 0), "10m", "How far a start may shift."),
        .standard("backup", .text(.schedule), "\"02:00\"", "When a backup runs."),
        .standard("prune", .text(.schedule), "\"03:30\"", "When old snapshots go."),
        .standard("verify", .text(.schedule), "\"04:00\"", "When stored bytes are proven."),
        .standard("drill", .text(.schedule), "\"1 05:00\"", "When a restore is practised."),
    ])

    private static let notify = Record([
        .optional("teams", .text(.secret), otherwise: "none", "The Teams workflow that is told."),
        .optional("slack", .text(.secret), otherwise: "none", "The Slack webhook that is told."),
        .optional("webhook", .text(.secret), otherwise: "none", "The URL that gets JSON."),
        .optional(
            "ping",
            .record(pings),
            otherwise: "none",
            "The checks that hear of the start and the end of runs."
        ),
        .standard("success", .flag, "false", "Whether people are told that all is well, too."),
    ])

    private static let pings = Record(
        short: "backup",
        ["backup", "verify", "prune", "drill"].map { name in
            .optional(
                name,
                .text(.secret),
                otherwise: "none",
                "The check that hears of every whole \(name)."
            )
        }
    )

    private static let audit = Record([
        .standard("accept", .names(.name), "[]", "Codes of risks that are known and accepted.")
    ])

    private static let hooks = Record(
        ["before_backup", "after_backup", "after_restore"].map { name in
            .standard(
                name,
                .list(.command(minimum: 1), unique: false, minimum: 0),
                "[]",
                "Commands, each a list of the program and its arguments."
            )
        }
    )
}
