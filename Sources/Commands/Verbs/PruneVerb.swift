internal import Arguments

/// `recover prune`: forgets snapshots and frees what nothing needs.
enum PruneVerb: Verb {
    static let description = Command(
        "prune",
        "forget what the policy does not keep, and free what nothing needs",
        section: "Protect",
        discussion: """
            Forgets the snapshots that no rule of the policy keeps; recover undelete brings them \
            back until the policy's trash_days are over. Content that no snapshot needs is set \
            aside for as long and deleted by a later run. Packs that are mostly unneeded, and \
            small ones, are copied together. Backups may run meanwhile, here and elsewhere. \
            After a backup that failed nothing is forgotten.
            """,
        examples: [
            Example("recover prune --dry-run", "what would go, and why the rest stays"),
            Example("recover -q prune --yes", "as cron runs it"),
            Example("recover prune --now --confirm STACK/prune", "on a full disk, without waiting"),
        ],
        options: [
            .flag("now", "Delete at once what nothing needs; nothing can be brought back then."),
            .value(
                "budget",
                "SIZE",
                "Copy at most so much out of packs; else 0.5 % of them, 10GB with --now."
            ),
        ]
    )

    static func isRecorded(_ invocation: Invocation) -> Bool { true }

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        let operation = try PruneOperation(try context.configured(), context)
        return context.invocation.flag("dry-run") ? try operation.look() : try operation.run()
    }
}
