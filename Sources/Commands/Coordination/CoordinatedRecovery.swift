internal import Arguments
internal import Deduplication
internal import Deployments
internal import Files
internal import Operations
internal import Recovery
internal import Subjects

/// A recovery of data, TAG and services together, from the plan to its record.
struct CoordinatedRecovery {
    struct Result: Encodable, Sendable {
        var plan: RecoveryPlan
        var safetySnapshot: String?
        var downtimeSeconds: Double?
        var isDryRun: Bool

        enum CodingKeys: String, CodingKey {
            case plan
            case safetySnapshot = "safety_snapshot"
            case downtimeSeconds = "downtime_seconds"
            case isDryRun = "dry_run"
        }
    }

    let request: RecoveryRequest
    let loaded: LoadedConfiguration
    let context: Context

    /// Plans, asks, and does it.
    func run() throws(CommandFailure) -> Report {
        if !context.invocation.flag("dry-run") { try ServerRestoreNote.clear(loaded, context) }
        let repository = try context.repository()
        let driver = try Self.driver(loaded, context)
        let restore = request.snapshot.map { snapshot in
            RestoreInPlace(repository, snapshot, request.components, context)
        }
        let decided = try decide(restore, driver, repository)
        var plan = decided.plan
        let snapshots = try snapshots(repository)
        try addLosses(&plan, repository, decided.servers, snapshots)
        plan.outlook = try RecoveryOutlook(
            request: request,
            loaded: loaded,
            context: context,
            repository: repository
        ).lines(restore, decided.jobs, snapshots)
        plan.notes += try postgresNotes(driver)
        plan.notes += try drift(driver, repository)
        tell(plan)
        if context.invocation.flag("dry-run") { return planned(plan) }
        try confirm(plan)
        let state = try StateFolder(loaded.value, environment: context.environment)
        let lock = try state.lock(waitSeconds: try context.lockWaitSeconds()) {
            context.console.phase("another run of this stack is at work; waiting for it")
        }
        defer { _ = lock.path }
        PausedServices.letGoOn(state, context)
        try restore?.putBack(decided.jobs, state)
        // Whoever had the lock, or took his time over the plan, may have left another stack.
        let again = try decide(restore, driver, repository)
        if again.plan != decided.plan { throw .changed("what runs, or the TAG,") }
        let journal = try begin(plan, state)
        context.facts.log = journal.path.description
        let work = CoordinatedWork(
            plan,
            loaded,
            state,
            journal,
            context,
            restore: restore,
            driver: driver,
            jobs: again.jobs,
            servers: again.servers
        )
        return try Self.conclude(Self.machine(work, journal).run(), work)
    }

    /// What would be done to the stack as it is at this moment, and to what.
    private func decide(
        _ restore: RestoreInPlace?,
        _ driver: ComposeDriver?,
        _ repository: Repository
    ) throws(CommandFailure) -> (
        plan: RecoveryPlan, jobs: [RestoreInPlace.Job], servers: [ServerReturn]
    ) {
        var jobs: [RestoreInPlace.Job] = []
        var servers: [ServerReturn] = []
        if let restore {
            let sorted = try restore.sort(request.components, loaded.value)
            jobs = try restore.plan(sorted.files)
            servers = sorted.servers
        }
        var plan = try RecoveryPlanner(
            request: request,
            configuration: loaded.value,
            driver: driver,
            context: context
        ).plan(jobs, servers)
        plan.tagBefore =
            try RollbackChoice(
                repository: repository,
                loaded: loaded,
                context: context,
                driver: driver
            ).runningTag() ?? plan.tagBefore
        return (plan, jobs, servers)
    }

    static func machine(
        _ work: CoordinatedWork,
        _ journal: OperationJournal
    ) -> RecoveryRun<CoordinatedWork> {
        RecoveryRun(work, journal: journal) {
            $0.message
        } wrap: {
            CommandFailure($0, doing: "write the journal")
        }
    }

    /// The compose of the configuration; nil where it names none.
    static func driver(
        _ loaded: LoadedConfiguration,
        _ context: Context
    ) throws(CommandFailure) -> ComposeDriver? {
        guard let settings = loaded.value.compose.flatMap(DeploymentSettings.init) else {
            return nil
        }
        return try driving { () throws(DeploymentError) in
            try ComposeDriver(settings, context.environment)
        }
    }

    private func snapshots(_ repository: Repository) throws(CommandFailure) -> [Snapshot] {
        let listed = try querying { () throws(RepositoryError) in
            try repository.listSnapshots(of: loaded.value.stack)
        }
        return listed.compactMap { item in
            if case .snapshot(let snapshot) = item { snapshot } else { nil }
        }
    }

    /// What is given up, by what the newest snapshot and the servers know.
    private func addLosses(
        _ plan: inout RecoveryPlan,
        _ repository: Repository,
        _ servers: [ServerReturn],
        _ all: [Snapshot]
    ) throws(CommandFailure) {
        guard let then = request.snapshot else { return }
        let state = try StateFolder(loaded.value, environment: context.environment)
        for index in plan.parts.indices {
            let name = plan.parts[index].name
            if let server = servers.first(where: { $0.name == name }) {
                plan.parts[index].loses = server.lossLines
                continue
            }
            let newest = all.last { $0.components[name]?.outcome == "captured" && !$0.isImport }
            guard let newest else { continue }
            plan.parts[index].loses = RecoveryLosses(
                repository: repository,
                then: then,
                now: newest,
                state: state,
                context: context
            ).lines(of: name)
        }
    }

    private func begin(
        _ plan: RecoveryPlan,
        _ state: StateFolder
    ) throws(CommandFailure) -> OperationJournal {
        let journal: OperationJournal
        do throws(FileError) {
            journal = try OperationJournal.begin(
                in: state.path,
                operation: plan.operation,
                kind: plan.verb
            )
        } catch {
            throw CommandFailure(error, doing: "begin the journal")
        }
        try CoordinatedWork.keep(plan, journal)
        return journal
    }

    private func tell(_ plan: RecoveryPlan) {
        context.facts.snapshot = plan.snapshot
        context.facts.tag = plan.tag
        context.facts.tagBefore = plan.tagBefore
        context.facts.stage = "plan"
    }

    private func confirm(_ plan: RecoveryPlan) throws(CommandFailure) {
        if plan.snapshot == nil {
            for line in plan.lines { context.console.phase(line) }
            let words = plan.tag.map { "run TAG \($0)" } ?? "change the flags"
            try Confirmation.ask(words, context)
        } else {
            try Confirmation.require(loaded.value.stack, plan: plan.lines, context)
        }
    }

    private func planned(_ plan: RecoveryPlan) -> Report {
        var report = Report(
            plan.verb,
            data: Result(plan: plan, isDryRun: true),
            lines: plan.lines.map { "would " + $0 } + ["Nothing was done: this was a dry run."]
        )
        report.stack = plan.stack
        return report
    }
}
