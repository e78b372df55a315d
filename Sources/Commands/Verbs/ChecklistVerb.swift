internal import Arguments
internal import Monitoring

/// `recover checklist`: all that is gone through after a deployment.
enum ChecklistVerb: Verb {
    static let description = Command(
        "checklist",
        "go through all that counts after a deployment",
        section: "Watch",
        discussion: """
            Health, smoke, the model in use, the age of the last snapshot, and whether all of it \
            took no longer than 15 minutes.
            """,
        examples: [Example("recover checklist", "one verdict a check; 1 where one fails")]
    )

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        let loaded = try context.configured()
        let checks = Checklist(loaded: loaded, context: context).checks()
        return Findings(checks).report(
            "checklist",
            failing: .failed,
            loaded.value.stack,
            next: "recover health --explain"
        )
    }
}
