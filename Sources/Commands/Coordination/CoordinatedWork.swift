internal import Arguments
internal import Deduplication
internal import Deployments
internal import Files
internal import FoundationEssentials
internal import Operations
internal import Processes
internal import Recovery
internal import Subjects

/// What a coordinated recovery does in each of its states.
final class CoordinatedWork: RecoveryWork {
    let plan: RecoveryPlan
    let loaded: LoadedConfiguration
    let state: StateFolder
    let journal: OperationJournal
    let context: Context
    /// Nil where only images change.
    let restore: RestoreInPlace?
    /// Nil where compose does not run the stack.
    let driver: ComposeDriver?
    var jobs: [RestoreInPlace.Job]
    var servers: [ServerReturn]
    /// Since when services are down.
    private var downSince: Stopwatch?
    /// What was found to be unhealthy, for the record.
    private(set) var warnings: [Report.Warning] = []
    /// Whether all that was there could be read for the safety snapshots, also of an earlier run.
    var isSafetyWhole: Bool { !journal.entries.contains { $0.step == "safety-incomplete" } }

    init(
        _ plan: RecoveryPlan,
        _ loaded: LoadedConfiguration,
        _ state: StateFolder,
        _ journal: OperationJournal,
        _ context: Context,
        restore: RestoreInPlace?,
        driver: ComposeDriver?,
        jobs: [RestoreInPlace.Job],
        servers: [ServerReturn]
    ) {
        self.plan = plan
        self.loaded = loaded
        self.state = state
        self.journal = journal
        self.context = context
        self.restore = restore
        self.driver = driver
        self.jobs = jobs
        self.servers = servers
        for server in servers { server.giveUp { [unowned self] in isQdrantStopped } }
    }

    /// Whether Qdrant runs in a container of the stack, and that is down.
    private var isQdrantStopped: Bool {
        guard let driver, let all = try? driver.containers(),
            let qdrants = try? driver.stack().services(of: .qdrant)
        else { return false }
        let mine = all.filter { qdrants.contains($0.service) }
        return !mine.isEmpty && !mine.contains(where: \.isUp)
    }

    var configuration: Configuration { loaded.value }
    var gate: RecoveryGate {
        RecoveryGate(configuration: configuration, driver: driver, context: context)
    }

    func run(_ state: RecoveryState) throws(CommandFailure) {
        context.facts.stage = state.rawValue
        if context.cancellation.isRaised, state != .commit {
            throw CommandFailure(.interrupted, "stopped", "it was asked to stop")
        }
        switch state {
        case .preflight: try lookAround()
        case .safetyA: try takeSafety()
        case .stage: try stage()
        case .verify: try verify()
        case .quiesce: try quiesce()
        case .safetyB: try takeDelta()
        case .swap: try swap()
        case .tag: try changeTag()
        case .start: try start()
        case .health: try lookAtHealth()
        case .smoke: try trySmoke()
        case .commit: try commit()
        }
    }

    private func quiesce() throws(CommandFailure) {
        if !plan.stops.isEmpty {
            context.console.phase("stopping \(plan.stops.joined(separator: ", "))")
        }
        try noteRunning()
        downSince = Stopwatch()
        if let driver {
            try driving { () throws(DeploymentError) in _ = try driver.stop(plan.stops) }
        } else {
            try command(configuration.stop, "stop")
        }
        try restore?.refuseHeld(jobs)
    }

    /// What runs, as it is before anything stops; not what an earlier run has left of it.
    private func noteRunning() throws(CommandFailure) {
        let begun = journal.entries.count {
            $0.step == RecoveryState.quiesce.rawValue && $0.phase == .intent
        }
        guard begun < 2, let driver else { return }
        try RunningBefore.note(driver, journal)
    }

    private func takeDelta() throws(CommandFailure) {
        let present = jobs.map(\.source).filter(\.isPresent)
        if !present.isEmpty {
            var delta = BackupPlan(safetyOf: present, note: note, tag: plan.tagBefore)
            delta.looksAtDeployment = false
            let safety = try BackupOperation(delta, loaded, context).captureSafety(state)
            try pin([safety])
            context.facts.safetySnapshot = safety.id.text
            try write("safety", .note, ["snapshot": safety.id.text])
            try warn(incomplete: safety)
        }
        for server in servers { try server.takeWayBack(loaded, state, note: note) }
        try pin(servers.compactMap(\.safety))
        for safety in servers.compactMap(\.safety) { try warn(incomplete: safety) }
    }

    private func swap() throws(CommandFailure) {
        context.console.phase("putting the restored data in place")
        for index in jobs.indices {
            guard let staging = jobs[index].staging else { continue }
            let name = jobs[index].target.name
            try restore?.foldLogs(of: jobs[index].target, jobs[index].component)
            try restore?.catchUp(jobs[index])
            let swap = Swap(jobs[index].target, staged: staging.folder, operation: plan.operation)
            let journal = self.journal
            swap.onStep = { (step) throws(FileError) in
                guard let detail = step.detail else {
                    throw FileError(code: .other, message: "\(step.from) is no text")
                }
                try journal.write("rename", .intent, detail)
            }
            swap.onUndone = { (step) in
                // To take a step back twice does no harm; not to do it where a disk is full would.
                try? journal.write("rename-back", .done, step.detail ?? [:])
            }
            jobs[index].swap = swap
            do throws(RecoveryError) {
                try swap.run()
            } catch {
                throw CommandFailure(error, component: name, state: "", next: nil)
            }
        }
        for server in servers {
            listen(to: server)
            try server.put()
        }
    }

    func listen(to server: ServerReturn) {
        let name = server.name
        server.onStep = { [unowned self] (step) throws(CommandFailure) in
            try self.write(
                "server",
                .intent,
                step.detail.merging(["component": name]) { $1 }
            )
        }
    }

    func endDowntime() {
        guard let downSince else { return }
        context.facts.downtimeSeconds = downSince.seconds
        self.downSince = nil
    }

    private func commit() throws(CommandFailure) {
        for server in servers { server.finish() }
        for job in jobs {
            job.staging?.remove()
            if let snapshot = restore?.snapshot {
                try job.models?.note(snapshot, plan.operation)
            }
        }
        try HeldData.hold(jobs, self)
        if let driver { try RunningBefore(journal).pauseAgain(driver) }
    }

    /// What nobody could put back, also as an earlier run found it.
    var leftOut: [String] {
        journal.entries.filter { $0.step == "left-out" }.compactMap { $0.detail["line"] }.uniqued
    }

    func write(
        _ step: String,
        _ phase: OperationJournal.Phase,
        _ detail: [String: String]
    ) throws(CommandFailure) {
        do throws(FileError) {
            try journal.write(step, phase, detail)
        } catch {
            throw CommandFailure(error, doing: "write the journal")
        }
    }

    func warn(_ code: String, _ message: String) {
        warnings.append(.init(code: code, message: message))
    }

    func warn(incomplete safety: Snapshot) throws(CommandFailure) {
        guard let warning = RestoreInPlace.incomplete(safety) else { return }
        try write("safety-incomplete", .note, ["snapshot": safety.id.text])
        warnings.append(warning)
    }

    func command(_ words: [String], _ name: String) throws(CommandFailure) {
        if words.isEmpty { return }
        context.console.phase("\(name): \(words[0])")
        var command = Processes.Command(words, environment: Environment(context.environment))
        command.deadlineSeconds = 3600
        command.folder = loaded.path.parent.bytes
        let result: CommandResult
        do throws(ProcessError) {
            result = try command.run()
        } catch {
            throw CommandFailure(.failed, "command", "\(name): \(error)")
        }
        if result.succeeded { return }
        throw CommandFailure(.failed, "command", "\(name) failed: \(words[0])")
    }
}
