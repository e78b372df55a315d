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

    // MARK: Before anything is touched

    private func lookAround() throws(CommandFailure) {
        context.console.phase("looking at compose, images and room")
        if let driver {
            do throws(DeploymentError) {
                try driver.validate()
            } catch {
                throw CommandFailure(
                    .preflightFailed,
                    "preflight",
                    error.message,
                    next: "recover preflight"
                )
            }
        }
        try restore?.refuseMounts(jobs)
        try lookForRoom()
        // What is not answered now need not be on the way back.
        try RunningBefore.note(unanswered: gate.unansweredChecks(), journal)
        // An engine that dies before anything is stopped takes the services with it, too.
        if let driver { try RunningBefore.note(driver, journal) }
    }

    /// Components on one file system need its room together.
    private func lookForRoom() throws(CommandFailure) {
        var needs: [UInt64: (base: Path, names: [String], bytes: UInt64)] = [:]
        for job in jobs {
            let base = Staging.base(job.target)
            let bytes = try restore?.neededBytes(job) ?? 0
            do throws(FileError) {
                let device = try FileStatus(of: base, following: true).device
                var need = needs[device] ?? (base, [], 0)
                need.names.append(job.target.name)
                need.bytes += bytes
                needs[device] = need
            } catch {
                throw CommandFailure(error, doing: "look at \(base)")
            }
        }
        for need in needs.values.sorted(by: { $0.names[0] < $1.names[0] }) {
            let room: UInt64
            do throws(FileError) {
                room = try Directory(need.base).asFile().room().availableBytes
            } catch {
                throw CommandFailure(error, doing: "ask for the room at \(need.base)")
            }
            if room >= need.bytes { continue }
            let (names, isOne) = (need.names.joined(separator: ", "), need.names.count == 1)
            throw CommandFailure(
                .preflightFailed,
                "no-room",
                "\(need.base) has room for \(ByteText.text(room)), and \(names) "
                    + "\(isOne ? "needs" : "together need") \(ByteText.text(need.bytes))",
                component: isOne ? names : nil,
                next: "make room, then run it again"
            )
        }
    }

    private func takeSafety() throws(CommandFailure) {
        let all = try BackupPlan(safetyOfAll: loaded, note: note, context)
        let safety = try BackupOperation(all, loaded, context).captureSafety(state)
        try pin([safety])
        context.facts.safetySnapshot = safety.id.text
        try write("safety-all", .note, ["snapshot": safety.id.text])
        try warn(incomplete: safety)
        try compareSchemas(safety)
    }

    /// The safety snapshot tells what the schemas are at this moment; old programs on a newer schema
    /// are somebody's choice.
    private func compareSchemas(_ safety: Snapshot) throws(CommandFailure) {
        guard !plan.schemas.isEmpty,
            let now = try context.repository().deployment(of: safety)
        else { return }
        let changed = RollbackChoice.changedSchemas(now.schemas, plan.schemas)
        if !changed.isEmpty { throw RollbackChoice.schemaFailure(changed, plan.tag ?? "") }
    }

    private var note: String { "before \(plan.verb) \(plan.tag ?? "") (\(plan.operation))" }

    private func pin(_ safeties: [Snapshot]) throws(CommandFailure) {
        let repository = try context.repository()
        var kept = safeties.map { ($0.id, "safety") }
        if let restore { kept.append((restore.snapshot.id, "restored")) }
        for (id, why) in kept {
            try querying { () throws(RepositoryError) in
                try repository.state(
                    .pin,
                    Fact(subject: id.text, detail: why, operation: plan.operation)
                )
            }
        }
    }

    private func stage() throws(CommandFailure) {
        guard let restore else { return }
        for index in jobs.indices {
            try restore.fill(&jobs[index])
            // A later run that goes on does not look at the versions again.
            for line in RestoreInPlace.leftOut(jobs[index]) {
                try write("left-out", .note, ["line": line])
            }
        }
        try keep(servers)
        for server in servers { try server.stage(state) }
    }

    private func verify() throws(CommandFailure) {
        for index in jobs.indices { try restore?.prove(&jobs[index]) }
    }

    // MARK: Down

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

    // MARK: Up

    private func changeTag() throws(CommandFailure) {
        var values = plan.flags
        if let change = plan.tagChange { values[change.key] = change.to }
        guard !values.isEmpty, let driver else { return }
        let edit = try EnvironmentEdit(driver.settings.environmentFileInUse)
        if journal.detail(of: "assignments", .note) == nil {
            var before = EnvironmentEdit.note(try edit.raw(Array(values.keys)))
            before["path"] = edit.path.description
            try write("assignments", .note, before)
        }
        context.console.phase("setting \(values.keys.sorted().joined(separator: ", "))")
        try edit.set(values.mapValues(EnvironmentEdit.quoted))
    }

    private func start() throws(CommandFailure) {
        if driver == nil { try command(configuration.start, "start") }
        if !plan.starts.isEmpty {
            context.console.phase("starting \(plan.starts.joined(separator: ", "))")
            do throws(CommandFailure) {
                try bringUp(plan.starts, images: wantedImages)
            } catch {
                // Compose waits for what others depend on, and knows less of why it does not come.
                try judge { () throws(RecoveryGate.Finding) in try gate.lookForLost(plan.starts) }
                throw error
            }
        }
        for hook in configuration.hooks.afterRestore where restore != nil {
            try command(hook, "after_restore")
        }
    }

    var wantedImages: [String: String] {
        Dictionary(plan.images.map { ($0.service, $0.id) }) { $1 }
    }

    private func lookAtHealth() throws(CommandFailure) {
        let expected = try self.expected()
        try judge { () throws(RecoveryGate.Finding) in
            try gate.awaitHealth(of: expected, images: wantedImages)
            for server in servers {
                guard let why = server.fault() else { continue }
                throw RecoveryGate.Finding(check: "collections:\(server.name)", message: why)
            }
        }
        endDowntime()
    }

    /// What must run afterwards: what ran, and what was started; not what somebody holds still.
    private func expected() throws(CommandFailure) -> [String] {
        let paused = try RunningBefore(journal).pausedServices
        return plan.starts
            + plan.running.filter { !plan.starts.contains($0) && !paused.contains($0) }
    }

    private func trySmoke() throws(CommandFailure) {
        let expected = try self.expected()
        try judge { () throws(RecoveryGate.Finding) in
            try gate.trySmoke()
            try gate.soak(expected, images: wantedImages)
        }
    }

    func judge(
        isStoppable: Bool = true,
        _ body: () throws(RecoveryGate.Finding) -> Void
    ) throws(CommandFailure) {
        do throws(RecoveryGate.Finding) {
            try body()
        } catch {
            if isStoppable, context.cancellation.isRaised {
                throw CommandFailure(.interrupted, "stopped", "it was asked to stop")
            }
            context.facts.failingCheck = context.facts.failingCheck ?? error.check
            throw CommandFailure(.failed, "gate", "\(error.check): \(error.message)")
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

    // MARK: Words

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

    private func warn(incomplete safety: Snapshot) throws(CommandFailure) {
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
