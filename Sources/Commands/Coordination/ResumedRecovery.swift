internal import Arguments
internal import Deduplication
internal import Deployments
internal import Files
internal import Operations
internal import Recovery
internal import Subjects

/// A recovery that was killed, taken up by its journal and its plan.
struct ResumedRecovery {
    struct Result: Encodable, Sendable {
        var operation: String
        var action: String
        var plan: RecoveryPlan?
        var isDryRun: Bool

        enum CodingKeys: String, CodingKey {
            case operation, action, plan
            case isDryRun = "dry_run"
        }
    }

    let loaded: LoadedConfiguration
    let context: Context
    /// Whether it goes on rather than back, where it can.
    let isForward: Bool

    /// Takes an operation up.
    ///
    /// - Parameter name: The operation; nil takes the oldest that is unfinished.
    /// - Returns: What was done about it.
    /// - Throws: ``CommandFailure``.
    func run(_ name: String?) throws(CommandFailure) -> Report {
        let state = try StateFolder(loaded.value, environment: context.environment)
        let lock = try state.lock(
            waitSeconds: try context.lockWaitSeconds(),
            isResuming: true
        ) {
            context.console.phase("another run of this stack is at work; waiting for it")
        }
        defer { _ = lock.path }
        PausedServices.letGoOn(state, context)
        guard let journal = try find(name, state) else {
            return report("nothing", nil, name ?? "", ["OK nothing is unfinished"])
        }
        let decision = Resumption(journal.entries, isForward: isForward)
        let plan = CoordinatedWork.keptPlan(journal)
        let words = Self.words(decision)
        let lines = ["\(journal.operation) (\(journal.kind)): \(words)"]
        if context.invocation.flag("dry-run") {
            return report(
                words,
                plan,
                journal.operation,
                lines.map { "would " + $0 } + ["Nothing was done: this was a dry run."]
            )
        }
        context.console.phase(lines[0])
        context.operation = journal.operation
        context.facts.log = journal.path.description
        context.facts.snapshot = plan?.snapshot
        context.facts.tag = plan?.tag
        context.facts.tagBefore = plan?.tagBefore
        guard let plan else { return try close(journal) }
        context.facts.safetySnapshot =
            (journal.detail(of: "safety", .note) ?? journal.detail(of: "safety-all", .note))?[
                "snapshot"
            ]
        let work: CoordinatedWork
        do throws(CommandFailure) {
            work = try self.work(plan, journal, state)
        } catch {
            throw unreachable(error, decision, plan, journal, state)
        }
        return try conclude(decision, work, journal)
    }

    /// What is needed to take it up is not there: a person must know what state all is in.
    private func unreachable(
        _ error: CommandFailure,
        _ decision: Resumption,
        _ plan: RecoveryPlan,
        _ journal: OperationJournal,
        _ state: StateFolder
    ) -> CommandFailure {
        switch decision {
        case .revert, .forward: break
        case .drop(let reached) where reached.isStopping: break
        case .nothing, .drop, .finish: return error
        }
        let commands = CoordinatedWork(
            plan,
            loaded,
            state,
            journal,
            context,
            restore: nil,
            driver: (try? CoordinatedRecovery.driver(loaded, context)) ?? nil,
            jobs: [],
            servers: []
        ).manualCommands
        let first =
            (error.next.map { "\($0), then " } ?? "") + "recover resume \(journal.operation)"
        return CommandFailure(
            error.status,
            error.code,
            error.message,
            component: error.component,
            state: "it is as that run left it: services may be stopped, and data, TAG or both may "
                + "be other than before",
            next: ([first] + commands).joined(separator: "; or by hand: ")
        )
    }

    private func find(
        _ name: String?,
        _ state: StateFolder
    ) throws(CommandFailure) -> OperationJournal? {
        let unfinished = try state.unfinished()
        guard let name else { return unfinished.first }
        if let found = unfinished.first(where: { $0.operation.hasPrefix(name) }) { return found }
        throw CommandFailure(
            .notFound,
            "operation-not-found",
            unfinished.isEmpty
                ? "no operation is unfinished"
                : "no unfinished operation begins with \(name); there is "
                    + unfinished.map(\.operation).joined(separator: ", "),
            next: "recover log"
        )
    }

    private static func words(_ decision: Resumption) -> String {
        switch decision {
        case .nothing: "it came to its end"
        case .drop(let state):
            state.isStopping
                ? "remove what was staged, and start what ran" : "remove what was staged"
        case .revert(let state): "take everything back, from \(state.rawValue) on"
        case .finish: "tidy up: it had passed its gate"
        case .forward(let state): "go on from \(state.rawValue)"
        }
    }

    /// It was killed before it had a plan: nothing of it is anywhere.
    private func close(_ journal: OperationJournal) throws(CommandFailure) -> Report {
        guard journal.entries.allSatisfy({ $0.phase == .begin }) else {
            throw CommandFailure(
                .failed,
                "plan-unreadable",
                "the plan of \(journal.operation) cannot be read, and without it nothing can be "
                    + "taken back",
                state: "it is as that run left it: services may be stopped, and data, TAG or both "
                    + "may be other than before",
                next: "put \(journal.folder)/plan.json back; or by its journal, \(journal.path), "
                    + "take back each rename by hand, then: recover abort \(journal.operation) --as-is"
            )
        }
        do throws(FileError) {
            try journal.write(journal.kind, .end)
        } catch {
            throw CommandFailure(error, doing: "end the journal")
        }
        return report("closed", nil, journal.operation, ["OK it had not begun; nothing is left"])
    }

    private func conclude(
        _ decision: Resumption,
        _ work: CoordinatedWork,
        _ journal: OperationJournal
    ) throws(CommandFailure) -> Report {
        let machine = CoordinatedRecovery.machine(work, journal)
        let killed = CommandFailure(.failed, "killed", "the run was killed")
        let ending: RecoveryRun<CoordinatedWork>.Ending
        switch decision {
        case .nothing: return report("nothing", work.plan, journal.operation, ["OK"])
        case .finish: ending = machine.run(from: .commit)
        case .drop(let state): ending = machine.drop(killed, at: state)
        case .revert(let state): ending = machine.revert(killed, at: state)
        case .forward(let state):
            do throws(CommandFailure) {
                try work.prepareForward(from: state)
            } catch {
                // Services are down by now, and nothing else would start them.
                ending = machine.revert(error, at: state)
                break
            }
            // Whatever may have been written since the run was killed is captured, too.
            let first: RecoveryState =
                switch state {
                case .safetyB: .quiesce
                case .swap: .safetyB
                default: state
                }
            ending = machine.run(from: first)
        }
        switch ending {
        // What was asked for is done, although it was to go back.
        case .dropped(_, let state), .reverted(_, let state):
            work.context.facts.stage = state.rawValue
            work.context.facts.dataRollback = .init(isPossible: false, why: "the data is as it was")
            guard case .forward = decision else {
                // What it was about does not run; what ran before does.
                work.context.facts.tag = work.plan.tagBefore
                work.context.facts.tagBefore = work.plan.tag
                return report(
                    Self.words(decision),
                    work.plan,
                    journal.operation,
                    [
                        "OK \(journal.operation): data, TAG and services are as they were before it"
                    ]
                )
            }
            return try CoordinatedRecovery.conclude(ending, work)
        default: return try CoordinatedRecovery.conclude(ending, work)
        }
    }

    private func report(
        _ action: String,
        _ plan: RecoveryPlan?,
        _ operation: String,
        _ lines: [String]
    ) -> Report {
        var report = Report(
            context.invocation.path[0],
            data: Result(
                operation: operation,
                action: action,
                plan: plan,
                isDryRun: context.invocation.flag("dry-run")
            ),
            lines: lines
        )
        report.stack = loaded.value.stack
        return report
    }

    // MARK: Everything again

    private func work(
        _ plan: RecoveryPlan,
        _ journal: OperationJournal,
        _ state: StateFolder
    ) throws(CommandFailure) -> CoordinatedWork {
        var restore: RestoreInPlace?
        var jobs: [RestoreInPlace.Job] = []
        var servers: [ServerReturn] = []
        let driver = try CoordinatedRecovery.driver(loaded, context)
        if let driver, plan.snapshot != nil {
            _ = try RunningBefore(journal).startQdrant(driver)
        }
        if let id = plan.snapshot {
            let repository = try context.repository()
            let snapshot = try context.snapshot(id, in: repository)
            let again = RestoreInPlace(repository, snapshot, plan.parts.map(\.name), context)
            (jobs, servers) = try components(plan, again, journal, state)
            restore = again
        }
        return CoordinatedWork(
            plan,
            loaded,
            state,
            journal,
            context,
            restore: restore,
            driver: driver,
            jobs: jobs,
            servers: servers
        )
    }

    private func components(
        _ plan: RecoveryPlan,
        _ restore: RestoreInPlace,
        _ journal: OperationJournal,
        _ state: StateFolder
    ) throws(CommandFailure) -> ([RestoreInPlace.Job], [ServerReturn]) {
        let plans = try CoordinatedWork.keptPlans(journal)
        // Where it had not come to a server nothing of it is there, and that need not answer.
        let names = plan.parts.map(\.name).filter { plans[$0] != nil || !isServer($0) }
        let sorted = try restore.sort(names, loaded.value, plans: plans)
        var jobs = try restore.plan(sorted.files)
        for index in jobs.indices {
            let target = jobs[index].target
            let staging = Staging(of: target, by: plan.operation)
            jobs[index].staging = staging
            jobs[index].swap = Swap(target, staged: staging.folder, operation: plan.operation)
        }
        for server in sorted.servers {
            try server.resume(CoordinatedWork.openSteps(server, journal), state)
        }
        return (jobs, sorted.servers)
    }

    private func isServer(_ name: String) -> Bool {
        let component = loaded.value.components.first { $0.name == name }
        return component.flatMap { BackupPlan.server($0, context.environment) } != nil
    }
}
