internal import Arguments

/// `recover retention`: what the policy decides.
enum RetentionVerb: Verb {
    static let description = Command(
        "retention",
        "explain what the retention policy decides",
        section: "Look",
        examples: [Example("recover retention explain", "why each snapshot stays or goes")],
        subcommands: [
            Command(
                "explain",
                "say of every snapshot why it stays or goes",
                discussion: """
                    Every rule that keeps a snapshot is named. Nothing is changed; recover prune \
                    does what is shown here.
                    """,
                examples: [
                    Example("recover retention explain", "every snapshot, the newest last"),
                    Example(
                        "recover retention explain --json | jq '.data.snapshots[] | select(.kept | not)'",
                        "only what goes"
                    ),
                ]
            )
        ]
    )

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        let loaded = try context.configured()
        let keeping = try Keeping(loaded, try context.repository(), context)
        return PruneRendering(keeping, stack: loaded.value.stack).explanation()
    }
}
