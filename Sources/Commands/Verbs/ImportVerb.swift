internal import Arguments

/// `recover import`: makes a snapshot of an archive.
enum ImportVerb: Verb {
    static let description = Command(
        "import",
        "make a snapshot of an archive",
        section: "Protect",
        discussion: """
            FILE is a tar (plain, or compressed by gzip, zstd, xz or bzip2), a zip, a gzipped \
            file, or an SQLite database, such as backup-memory-20250901.tar.gz or \
            security.db.backup. A FILE.sha256 beside it is checked first. Databases are taken \
            with the commits of their -wal, and with what a dead writer left rolled back.

            The leading folders that all members share are taken off, down to one that is \
            called as the component's own folder; --dry-run shows which. Of an export of several \
            components only the one is taken.

            An import is of another time. It has the reason import and no TAG: latest, --tag and \
            --at pass over it, and it is restored by its id.
            """,
        examples: [
            Example(
                "recover import backup-memory-20250901.tar.gz --component memory --dry-run",
                "unpack and prove it, and show what would be kept"
            ),
            Example("recover import security.db.backup --component rbac", "a copied database"),
        ],
        positionals: [Positional("FILE", .required, "The archive.", kind: .file)],
        options: [
            .value("component", "NAME", "The component that it is of."),
            .value("strip", "N", "Take off N leading folders.", default: "all that are shared"),
        ],
        constraints: [.required("--component")]
    )

    struct Result: Encodable, Sendable {
        var snapshot: String?
        var file: String
        var sha256: String
        var isProven: Bool
        var component: String
        var strippedPrefix: String
        var files: Int
        var logs: Int
        var leftOut: Int
        var sizeBytes: UInt64
        var complete: Bool?
        var isDryRun: Bool

        enum CodingKeys: String, CodingKey {
            case snapshot, file, sha256, component, files, logs, complete
            case isProven = "checksum_verified"
            case strippedPrefix = "stripped_prefix"
            case leftOut = "left_out"
            case sizeBytes = "size_bytes"
            case isDryRun = "dry_run"
        }
    }

    static func isRecorded(_ invocation: Invocation) -> Bool { true }

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        try ImportOperation(context).run()
    }
}
