internal import Arguments
internal import Backup
internal import Deduplication
internal import Deployments
internal import Files
internal import Operations
internal import Recovery
internal import Subjects

/// Puts components back in place: safety snapshot, staging, proof, then a swap that can be undone.
///
/// Nothing live changes before its replacement is staged and proven; what was live is kept aside.
struct RestoreInPlace {
    struct Job {
        var target: RestoreTarget
        let component: Snapshot.Component
        let source: FileTreeSource
        let models: ModelReturn?
        var staging: Staging?
        var totals = TreeRestore.Totals()
        var swap: Swap?
    }

    struct Result: Encodable, Sendable {
        struct Part: Encodable, Sendable {
            var name: String
            var target: String
            var previous: String?
            var collections: [ServerReturn.Part]?
        }

        var snapshot: String
        var tag: String?
        var safetySnapshot: String?
        var components: [Part]
        var isDryRun: Bool

        enum CodingKeys: String, CodingKey {
            case snapshot, tag, components
            case safetySnapshot = "safety_snapshot"
            case isDryRun = "dry_run"
        }
    }

    let repository: Repository
    let snapshot: Snapshot
    let names: [String]
    let context: Context
    let operation: String

    init(_ repository: Repository, _ snapshot: Snapshot, _ names: [String], _ context: Context) {
        self.repository = repository
        self.snapshot = snapshot
        self.names = names
        self.context = context
        operation = context.operation
    }

    func run() throws(CommandFailure) -> Report {
        let loaded = try context.configured()
        context.facts.snapshot = snapshot.id.text
        context.facts.tag = snapshot.tag
        let isDryRun = context.invocation.flag("dry-run")
        if !isDryRun { try ServerRestoreNote.clear(loaded, context) }
        let decided = try decide(loaded.value)
        let lines = decided.lines
        if isDryRun { return planned(decided.jobs, decided.servers, lines) }
        try Confirmation.require(
            loaded.value.stack,
            plan: ["Snapshot \(snapshot.id) of \(snapshot.startedAt):"] + lines,
            context
        )
        let state = try StateFolder(loaded.value, environment: context.environment)
        let lock = try state.lock(waitSeconds: try context.lockWaitSeconds()) {
            context.console.phase("another run of this stack is at work; waiting for it")
        }
        defer { _ = lock.path }
        PausedServices.letGoOn(state, context)
        try refuseHeld(decided.jobs)
        try putBack(decided.jobs, state)
        // Whoever had the lock, or took his time over the plan, may have left another stack.
        let again = try decide(loaded.value)
        if again.lines != lines { throw .changed("what would be replaced") }
        var jobs = again.jobs
        let servers = again.servers
        try refuseMounts(jobs)
        let safety = try takeSafety(jobs, loaded, state)
        let journal = try RestoreJournal(
            state,
            operation: operation,
            in: jobs.map { Staging.base($0.target) }
        )
        do throws(CommandFailure) {
            for index in jobs.indices { try stage(&jobs[index]) }
            for server in servers { try server.stage(state) }
            for server in servers { try server.takeWayBack(loaded, state, note: safetyNote) }
            try pin(servers.compactMap(\.safety))
            try refuseHeld(jobs)
            try swap(&jobs)
            try put(servers, jobs)
        } catch {
            for server in servers { server.discard() }
            // What could not be put back may lie in a staging folder.
            if error.status != .notReverted {
                for job in jobs { job.staging?.remove() }
                journal.close()
            }
            for warning in RestoreJournal.leftOvers(state) {
                context.console.problem("warning", "\(warning.message) [\(warning.code)]")
            }
            throw error
        }
        for server in servers { server.finish() }
        for job in jobs {
            job.staging?.remove()
            try job.models?.note(snapshot, operation)
        }
        journal.close()
        var report = report(jobs, servers, safety)
        report.warnings += RestoreJournal.leftOvers(state)
        return report
    }

    /// What would be replaced as it is at this moment, and the words for it.
    private func decide(
        _ configuration: Configuration
    ) throws(CommandFailure) -> (jobs: [Job], servers: [ServerReturn], lines: [String]) {
        let sorted = try sort(names, configuration)
        let jobs = try plan(sorted.files)
        let lines = jobs.map { "replace \($0.target.name) at \($0.source.path)" }
        return (jobs, sorted.servers, lines + sorted.servers.flatMap(\.lines))
    }

    /// No safety, no restore: what is about to be replaced is kept as a pinned snapshot first.
    func takeSafety(
        _ jobs: [Job],
        _ loaded: LoadedConfiguration,
        _ state: StateFolder
    ) throws(CommandFailure) -> Snapshot? {
        let present = jobs.map(\.source).filter(\.isPresent)
        if present.isEmpty { return nil }
        let plan = BackupPlan(
            safetyOf: present,
            note: safetyNote,
            tag: try EnvironmentFile.tag(loaded.value.compose)
        )
        let safety = try BackupOperation(plan, loaded, context).captureSafety(state)
        try pin([safety])
        context.facts.safetySnapshot = safety.id.text
        context.facts.tagBefore = safety.tag
        return safety
    }

    /// Keeps safety snapshots, and what is restored, from being pruned.
    func pin(_ safeties: [Snapshot]) throws(CommandFailure) {
        if safeties.isEmpty { return }
        for (kept, why) in safeties.map({ ($0.id, "safety") }) + [(snapshot.id, "restored")] {
            try querying { () throws(RepositoryError) in
                try repository.state(
                    .pin,
                    Fact(subject: kept.text, detail: why, operation: operation)
                )
            }
        }
    }

    var safetyNote: String { "before restore of \(snapshot.id) (\(operation))" }

    func stage(_ job: inout Job) throws(CommandFailure) {
        try fill(&job)
        try prove(&job)
    }

    /// The room that a component needs beside what is there.
    func neededBytes(_ job: Job) throws(CommandFailure) -> UInt64 {
        // Versions that are here already are not made again.
        try job.models?.neededBytes(repository, isKept: job.target.isKept)
            ?? job.component.sizeBytes
    }

    /// Makes a component anew beside its target.
    func fill(_ job: inout Job) throws(CommandFailure) {
        let name = job.target.name
        if let models = job.models {
            context.console.phase("looking at the versions of \(name)")
            job.target.isWanted = try models.wanted(
                repository,
                context,
                isKept: job.target.isKept
            )
        }
        context.console.phase("staging \(name)")
        do throws(RecoveryError) {
            var staging = try Staging(for: job.target, operation: operation)
            job.staging = staging
            job.totals = try staging.fill(
                from: repository,
                job.component,
                cancellation: context.cancellation
            )
            job.staging = staging
        } catch {
            throw unstaged(error, name)
        }
    }

    /// Reads what was made again, and lets SQLite look at its databases.
    func prove(_ job: inout Job) throws(CommandFailure) {
        guard var staging = job.staging else { return }
        context.console.phase("proving \(job.target.name)")
        do throws(RecoveryError) {
            try staging.prove(repository, job.component)
            job.staging = staging
        } catch {
            throw unstaged(error, job.target.name)
        }
        for path in job.staging?.databases ?? [] { try check(path, job) }
    }

    private func unstaged(_ error: RecoveryError, _ name: String) -> CommandFailure {
        CommandFailure(
            error,
            component: name,
            state: "nothing live was touched",
            next: "recover verify \(snapshot.id) --level deep"
        )
    }
}
