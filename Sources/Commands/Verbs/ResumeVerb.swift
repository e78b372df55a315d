internal import Arguments

/// `recover resume`: takes up a recovery that was killed.
enum ResumeVerb: Verb {
    static let description = Command(
        "resume",
        "take up a recovery that was killed",
        section: "Recover",
        discussion: """
            What a restore or a rollback was about to do stands in its journal. Killed before \
            anything live had changed, what it staged is removed and what ran is started. Killed \
            later, everything is taken back, unless --forward wants it to go on. Killed after its \
            gate had passed, only what is left is tidied up. Until then every other command that \
            changes anything ends with 24.
            """,
        examples: [
            Example("recover resume", "the oldest that is unfinished"),
            Example("recover resume --dry-run", "what would be done about it"),
            Example("recover resume --forward", "go on rather than back"),
        ],
        positionals: [
            Positional("OPERATION", .optional, "The operation, or how its name begins.")
        ],
        options: [.flag("forward", "Go on rather than back, where it can go on.")]
    )

    static func isRecorded(_ invocation: Invocation) -> Bool { true }

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        try ResumedRecovery(
            loaded: try context.configured(),
            context: context,
            isForward: context.invocation.flag("forward")
        ).run(context.invocation.positional("OPERATION"))
    }
}

/// `recover abort`: takes a recovery that was killed back.
enum AbortVerb: Verb {
    static let description = Command(
        "abort",
        "take back a recovery that was killed",
        section: "Recover",
        discussion: """
            Like resume, but never forward. With --as-is nothing is done: the journal is closed, \
            for whoever has put everything in order by hand.
            """,
        examples: [
            Example("recover abort 20260114t021000z-1x2y3z", "take this one back"),
            Example(
                "recover abort 20260114t021000z-1x2y3z --as-is --confirm ai-suite",
                "believe that all is in order"
            ),
        ],
        positionals: [Positional("OPERATION", .required, "The operation, or how its name begins.")],
        options: [.flag("as-is", "Change nothing and close the journal.")]
    )

    static func isRecorded(_ invocation: Invocation) -> Bool { true }

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        let loaded = try context.configured()
        let name = context.invocation.positional("OPERATION")
        if context.invocation.flag("as-is") {
            return try ClosedRecovery(loaded: loaded, context: context).run(name ?? "")
        }
        return try ResumedRecovery(loaded: loaded, context: context, isForward: false).run(name)
    }
}
