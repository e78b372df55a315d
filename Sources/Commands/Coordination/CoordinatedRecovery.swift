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
        if !context.invocation.flag("dry-run") { try Self.clearServers(loaded, context) }
        let repository = try context.repository()
        let driver = try Self.driver(loaded, context)
        let restore = request.snapshot.map { snapshot in
            RestoreInPlace(repository, snapshot, request.components, context)
        }
        let decided = try decide(restore, driver)
        var plan = decided.plan
        try addLosses(&plan, repository, decided.servers)
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
        let again = try decide(restore, driver)
        if again.plan != decided.plan { throw Self.changed("what runs, or the TAG,") }
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
        _ driver: ComposeDriver?
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
        let plan = try RecoveryPlanner(
            request: request,
            configuration: loaded.value,
            driver: driver,
            context: context
        ).plan(jobs, servers)
        return (plan, jobs, servers)
    }

    static func changed(_ what: String) -> CommandFailure {
        CommandFailure(
            .locked,
            "changed",
            "\(what) is other than when this was planned",
            state: "nothing was touched",
            next: "run it again, and look at its plan"
        )
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

    /// Deletes what earlier restores left on servers, before it is planned what comes there.
    static func clearServers(
        _ loaded: LoadedConfiguration,
        _ context: Context
    ) throws(CommandFailure) {
        let state = try StateFolder(loaded.value, environment: context.environment)
        guard ServerRestoreNote.areThere(state) else { return }
        let lock = try state.lock(waitSeconds: try context.lockWaitSeconds()) {
            context.console.phase("another run of this stack is at work; waiting for it")
        }
        defer { _ = lock.path }
        for warning in ServerRestoreNote.leftOvers(state, loaded.value, context) {
            context.warn(warning.code, warning.message)
        }
    }

    /// What is given up, by what the newest snapshot and the servers know.
    private func addLosses(
        _ plan: inout RecoveryPlan,
        _ repository: Repository,
        _ servers: [ServerReturn]
    ) throws(CommandFailure) {
        guard let then = request.snapshot else { return }
        let listed = try querying { () throws(RepositoryError) in
            try repository.listSnapshots(of: loaded.value.stack)
        }
        let all = listed.compactMap { item in
            if case .snapshot(let snapshot) = item { snapshot } else { nil }
        }
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

    // MARK: The end

    /// Makes of an ending what is shown and recorded.
    static func conclude(
        _ ending: RecoveryRun<CoordinatedWork>.Ending,
        _ work: CoordinatedWork
    ) throws(CommandFailure) -> Report {
        let context = work.context
        context.facts.dataRollback = rollback(ending, work)
        switch ending {
        case .committed: return report(work)
        case .uncommitted(let failure):
            throw CommandFailure(
                .unfinished,
                failure.code,
                failure.message,
                component: failure.component,
                state: "it is up and healthy; only what was left behind is not tidied up",
                next: "recover resume \(work.plan.operation)"
            )
        case .dropped(let failure, let state):
            context.facts.stage = state.rawValue
            let words = state.isStopping ? "the services that ran run again" : "nothing stopped"
            throw CommandFailure(
                failure.status == .notReverted ? .failed : failure.status,
                failure.code,
                failure.message,
                component: failure.component,
                state: "nothing live was touched; \(words)",
                next: failure.next
            )
        case .reverted(let failure, let state):
            context.facts.stage = state.rawValue
            let isStopped = failure.status == .interrupted
            let seconds = context.facts.downtimeSeconds.map { ", \(tenths($0)) s down" } ?? ""
            throw CommandFailure(
                isStopped ? .interrupted : .reverted,
                failure.code,
                failure.message,
                component: failure.component,
                state: "data, TAG and services are as they were before, and "
                    + healthWords(work) + seconds,
                next: "recover log \(work.plan.operation)"
            )
        case .stuck(let failure, let state, let second):
            context.facts.stage = state.rawValue
            context.facts.actionTaken = "the way back was begun and failed: \(second.message)"
            throw CommandFailure(
                .notReverted,
                "not-reverted",
                "\(failure.message); then, on the way back: \(second.message)",
                component: second.component,
                state: second.state,
                next: second.next
            )
        }
    }

    /// A service that was not well before need not be so after the way back.
    private static func healthWords(_ work: CoordinatedWork) -> String {
        let before = try? RunningBefore(work.journal)
        let ailing = ((before?.ailingServices ?? []) + (before?.unansweredChecks ?? [])).uniqued
        if ailing.isEmpty { return "healthy" }
        return "healthy but for \(ailing.joined(separator: ", ")), as before"
    }

    private static func rollback(
        _ ending: RecoveryRun<CoordinatedWork>.Ending,
        _ work: CoordinatedWork
    ) -> Outcome.DataRollback {
        guard case .committed = ending else {
            return .init(isPossible: false, why: "the data is as it was")
        }
        if work.plan.snapshot == nil { return .init(isPossible: false, why: "no data was changed") }
        guard let safety = work.context.facts.safetySnapshot else {
            return .init(isPossible: false, why: "there was no data before")
        }
        let names = (collections(work).map { [$0] } ?? []) + [safety]
        let snapshots =
            names.count > 1 ? "snapshots \(names[0]) and \(safety)" : "snapshot \(safety)"
        let verb = names.count > 1 ? "hold" : "holds"
        return .init(
            isPossible: true,
            why: work.isSafetyWhole
                ? "\(snapshots) \(verb) what was there before"
                : "\(snapshots) \(verb) what could be read of what was there before"
        )
    }

    /// The safety snapshot of the whole stack, where that of the time when nobody wrote lacks
    /// collections that came back.
    private static func collections(_ work: CoordinatedWork) -> String? {
        guard !work.servers.isEmpty,
            let all = work.journal.detail(of: "safety-all", .note)?["snapshot"],
            all != work.context.facts.safetySnapshot
        else { return nil }
        return all
    }

    /// What takes it back, in this order.
    private static func undo(_ safety: String, _ work: CoordinatedWork) -> String? {
        if work.plan.snapshot == nil { return undoOfImages(safety, work) }
        guard let all = collections(work) else {
            return "undo: recover restore --snapshot \(safety)"
        }
        let names = work.jobs.map(\.target.name).joined(separator: " ")
        return "undo: recover restore --snapshot \(all), then for what was written until all stood "
            + "still: recover restore --snapshot \(safety) --data-only \(names)"
    }

    /// The way back that leaves data alone, as this one did.
    private static func undoOfImages(_ safety: String, _ work: CoordinatedWork) -> String? {
        let plan = work.plan
        guard let before = try? RunningBefore(work.journal) else { return nil }
        let changed = plan.images.filter { $0.runningID != $0.id }
        let mine = before.containers.filter { old in changed.contains { $0.service == old.service }
        }
        let names = mine.map(\.imageName).filter { !$0.hasPrefix("sha256:") }
        let tags = names.compactMap { ImageName.parts($0).tag }.uniqued
        // Where no key says the TAG, images do, as far as they agree.
        guard let tag = plan.tagBefore ?? (tags.count == 1 ? tags[0] : nil) else {
            return "what ran before has no one TAG; its images: recover show \(safety)"
        }
        var words = ["recover rollback", tag, "--snapshot", safety]
        if !plan.flags.isEmpty {
            words.append("--flags-only")
        } else if plan.tagChange == nil {
            words += changed.flatMap { ["--service", $0.service] }
        }
        let isStateful = changed.contains { ServiceKind(image: $0.name) != .ordinary }
        if isStateful { words.append("--stateful") }
        return "undo: " + words.joined(separator: " ")
    }

    private static func report(_ work: CoordinatedWork) -> Report {
        let (plan, facts) = (work.plan, work.context.facts)
        var lines = plan.parts.map { "\($0.name) is back at \($0.place)" }
        for job in work.jobs {
            if let previous = job.swap?.previous, (try? FileStatus(of: previous)) != nil {
                lines.append("what was there of \(job.target.name): \(previous)")
            }
        }
        if let tag = plan.tag { lines.append("TAG \(tag), before: \(plan.tagBefore ?? "unknown")") }
        if !plan.overridden.isEmpty {
            lines.append(
                "the compose file names other tags: the next up -d --build by hand would start "
                    + "those of \(plan.overridden.joined(separator: ", ")) again"
            )
        }
        if let line = facts.safetySnapshot.flatMap({ undo($0, work) }) { lines.append(line) }
        let down = facts.downtimeSeconds.map { ", down for \(tenths($0)) s" } ?? ""
        let what = plan.snapshot.map { "data of \($0)" } ?? "images"
        let leftOut = work.leftOut
        lines += leftOut
        let word = leftOut.isEmpty ? "OK" : "INCOMPLETE"
        lines.append("\(word) \(plan.verb) \(plan.tag ?? ""): \(what), healthy\(down)")
        var report = Report(
            plan.verb,
            data: Result(
                plan: plan,
                safetySnapshot: facts.safetySnapshot,
                downtimeSeconds: facts.downtimeSeconds,
                isDryRun: false
            ),
            lines: lines
        )
        if !leftOut.isEmpty { work.restore?.tell(leftOut, &report) }
        report.operation = plan.operation
        report.stack = plan.stack
        report.warnings =
            work.warnings + work.servers.flatMap(\.warnings) + RestoreInPlace.warnings(work.jobs)
        return report
    }

    private static func tenths(_ seconds: Double) -> String {
        let tenths = Int((seconds * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
