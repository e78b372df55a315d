internal import Arguments

/// `recover audit`: whether the stack would come back, in one verdict.
enum AuditVerb: Verb {
    static let description = Command(
        "audit",
        "say in one verdict whether the stack would come back",
        section: "Protect",
        discussion: """
            RECOVERABLE, AT RISK or NOT RECOVERABLE, with every reason: bytes, freshness, \
            verification, drills, where the repository lies, who may read it, data in no component, \
            sizes and counts against the five snapshots before, and habits that look like backups. \
            What shrank by half pins the last snapshot that still holds it. A risk that is known can \
            be accepted under `audit: {accept: […]}` in recover.yaml. The exit code is 0, 20 for \
            damage, else 27; with --strict also notes count, as 3.
            """,
        examples: [
            Example("recover audit", "the verdict and its reasons"),
            Example("recover audit --live", "compare live files with the newest snapshot, too"),
        ],
        options: [
            .flag("live", "Read live files and compare them with the newest snapshot.")
        ]
    )

    static func isRecorded(_ invocation: Invocation) -> Bool { true }

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        var audit = try Audit(try context.configured(), context)
        return audit.run()
    }
}
