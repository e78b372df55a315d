internal import Arguments
internal import Backup
internal import Deduplication
internal import Files
internal import Glibc
internal import Processes
internal import Storage
internal import Subjects

/// `recover backup`: takes a snapshot.
enum BackupVerb: Verb {
    static let description = Command(
        "backup",
        "take a snapshot of the stack",
        section: "Protect",
        discussion: """
            Databases are captured at one instant, files as they are; nothing live is changed. \
            A component that fails leaves the others: the snapshot is then incomplete and the \
            exit code is 3.
            """,
        examples: [
            Example("recover backup", "everything, under the TAG that the env file names"),
            Example("recover backup memory rbac --reason pre-migration", "two components only"),
            Example(
                "recover -q backup --reason nightly",
                "for cron: silent unless something is wrong"
            ),
        ],
        positionals: [RecoverProgram.componentsPositional],
        options: [
            .value("tag", "TAG", "The deployed TAG; else the value of tag_key in the env file."),
            .value(
                "reason",
                "REASON",
                "Why it is taken.",
                kind: .choice(BackupReason.allCases.map(\.rawValue)),
                default: "manual"
            ),
            .value("note", "TEXT", "A note kept with the snapshot."),
            .flag("reread", "Read every file, whatever its status says."),
        ]
    )

    struct Result: Encodable, Sendable {
        struct Part: Encodable, Sendable {
            var name: String
            var outcome: String
            var complete: Bool
            var files: Int
            var databases: Int
            var sizeBytes: UInt64
            var readBytes: UInt64
            var elsewhere: Snapshot.Component.Elsewhere?
            var consistency: String
            var problems: [Snapshot.Component.Problem]

            enum CodingKeys: String, CodingKey {
                case name, outcome, complete, files, databases, elsewhere, consistency, problems
                case sizeBytes = "size_bytes"
                case readBytes = "read_bytes"
            }
        }

        var snapshot: String
        var tag: String?
        var reason: String
        var complete: Bool
        var addedBytes: UInt64
        var components: [Part]

        enum CodingKeys: String, CodingKey {
            case snapshot, tag, reason, complete, components
            case addedBytes = "added_bytes"
        }
    }

    static func isRecorded(_ invocation: Invocation) -> Bool { true }

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        let loaded = try context.configured()
        let plan = try BackupPlan(loaded, context)
        if context.invocation.flag("dry-run") { return plan.report }
        return try BackupOperation(plan, loaded, context).run()
    }
}
