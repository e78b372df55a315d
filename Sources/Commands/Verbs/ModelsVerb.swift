internal import Arguments
internal import Models

/// `recover models`: version folders of models, and the link to the one in use.
enum ModelsVerb: Verb {
    static let description = Command(
        "models",
        "publish, prove, switch and roll back model versions",
        section: "Models",
        discussion: """
            A model folder holds one folder for each version, named by its time, and the link \
            `current`. The configuration names it by `versions:`; --folder names another.
            """,
        examples: [
            Example(
                "recover models publish out/run-17 --activate",
                "a new version, in use at once"
            ),
            Example("recover models list", "what there is and what is in use"),
            Example("recover models rollback --yes", "back to the last good version"),
        ],
        options: [
            .value("folder", "DIR", "The model folder, without a configuration.", kind: .folder),
            .value(
                "component",
                "NAME",
                "The component, where several have `versions:`, or of files."
            ),
        ],
        subcommands: [
            ModelPublication.description, ModelListing.description, ModelVerification.description,
            ModelSwitching.description, ModelSwitching.rollbackDescription,
            ModelPruning.description,
        ]
    )

    static func isRecorded(_ invocation: Invocation) -> Bool {
        !["list", "verify"].contains(invocation.path[1])
    }

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        let place = try ModelPlace(context)
        if let loaded = place.loaded, isRecorded(context.invocation),
            !context.invocation.flag("dry-run")
        {
            try StateFolder(loaded.value, environment: context.environment).refuseUnfinished()
        }
        var report =
            switch context.invocation.path[1] {
            case "publish": try ModelPublication(place, context).run()
            case "list": try ModelListing(place, context).run()
            case "verify": try ModelVerification(place, context).run()
            case "prune": try ModelPruning(place, context).run()
            case let verb: try ModelSwitching(place, context, isRollback: verb == "rollback").run()
            }
        report.stack = place.loaded?.value.stack
        return report
    }

    /// The options of a switch that say what healthy means.
    static let gateOptions: [Option] = [
        .value("health", "URL", "Asked after the switch; the switch is taken back if it fails."),
        .value("expect-status", "STATUS", "The status of a healthy answer.", default: "200"),
        .value("expect-body", "TEXT", "A text that a healthy answer holds."),
        .value("expect-version", "KEY", "The place in a JSON answer that holds the version."),
        .value(
            "timeout",
            "TIME",
            "How long the service may take to become healthy.",
            default: "30s"
        ),
        .value("service", "NAME", "A compose service that is made anew after the switch."),
        .value(
            "canary",
            "NAME",
            "A compose service that tries the version first, as MODEL_VERSION."
        ),
        .value("canary-health", "URL", "Asked before the switch; only then it is made."),
        .value("reason", "TEXT", "Why, for the journal."),
    ]
}
