internal import Arguments
internal import Deduplication
internal import Files
internal import Storage

/// `recover repair`: puts a damaged repository in order.
enum RepairVerb: Verb {
    static let description = Command(
        "repair",
        "put a damaged repository in order",
        section: "Protect",
        discussion: """
            Proves everything first, then shows a plan: the index and the texts are made anew, \
            damaged packs are replaced by what is still good in them, chunks that are damaged \
            are taken from the live files that still have them, so that old snapshots become \
            whole again, and what dead processes left is removed. Nothing goes before its \
            replacement is durable. What cannot be brought back is named, with the exit code 20; \
            recover backup --reread makes a whole snapshot again of what is live.
            """,
        examples: [
            Example("recover repair --dry-run", "prove everything and show the plan"),
            Example("recover repair --yes", "repair without being asked"),
        ]
    )

    struct Result: Encodable, Sendable {
        var isDryRun: Bool
        var steps: [RepairPlan.Step]
        var recoveredChunks: Int
        var healed: [String]
        var damage: [Damage]

        enum CodingKeys: String, CodingKey {
            case steps, healed, damage
            case isDryRun = "dry_run"
            case recoveredChunks = "recovered_chunks"
        }
    }

    static func isRecorded(_ invocation: Invocation) -> Bool { true }

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        let loaded = try context.configured()
        let place = loaded.value.repository
        let store: LocalStore
        do throws(StorageError) {
            store = try LocalStore(Path(place))
        } catch {
            throw CommandFailure(error, repository: place)
        }
        if context.invocation.flag("dry-run") { return try look(store, loaded, context) }
        let state = try StateFolder(loaded.value, environment: context.environment)
        let lock = try state.lock(waitSeconds: try context.lockWaitSeconds()) {
            context.console.phase("another run of this stack is at work; waiting for it")
        }
        defer { _ = lock.path }
        let progress = CheckProgress(context.console)
        let repair = repair(store, loaded, context, progress)
        context.console.phase("proving \(place)")
        let plan = try querying { () throws(RepositoryError) in try repair.plan() }
        if plan.steps.isEmpty {
            progress.finish()
            return RepairRendering(stack: loaded.value.stack).report(plan, isDryRun: false)
        }
        for line in RepairRendering.lines(plan) { context.console.phase(line) }
        try Confirmation.ask("repair \(place)", context)
        context.console.phase("repairing \(place)")
        let operation = "repair-\(Moment.now.compactUTC)"
        let stopped = "what was repaired so far stays, nothing that was good is gone"
        let outcome = try querying(state: stopped) { () throws(RepositoryError) in
            try repair.run(operation: operation)
        }
        progress.finish()
        return RepairRendering(stack: loaded.value.stack).report(outcome, operation)
    }

    private static func look(
        _ store: LocalStore,
        _ loaded: LoadedConfiguration,
        _ context: Context
    ) throws(CommandFailure) -> Report {
        let progress = CheckProgress(context.console)
        let repair = repair(store, loaded, context, progress)
        let plan = try querying { () throws(RepositoryError) in try repair.plan() }
        progress.finish()
        return RepairRendering(stack: loaded.value.stack).report(plan, isDryRun: true)
    }

    private static func repair(
        _ store: LocalStore,
        _ loaded: LoadedConfiguration,
        _ context: Context,
        _ progress: CheckProgress
    ) -> RepositoryRepair {
        let files = LiveFiles(configuration: loaded.value)
        return RepositoryRepair(
            store,
            texts: RepositoryMaking.texts,
            host: Context.hostName,
            configuration: loaded.bytes,
            cancellation: context.cancellation,
            live: { files.read($0, $1, $2, $3) },
            onBytes: { progress.take($0) }
        )
    }
}
