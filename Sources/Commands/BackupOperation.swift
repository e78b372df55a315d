internal import Arguments
internal import Backup
internal import Deduplication
internal import Deployments
internal import Files
internal import Glibc
internal import Operations
internal import Processes
internal import Subjects

/// One backup: lock, hooks, capture, result.
struct BackupOperation {
    private let plan: BackupPlan
    private let loaded: LoadedConfiguration
    private let context: Context

    init(_ plan: BackupPlan, _ loaded: LoadedConfiguration, _ context: Context) {
        self.plan = plan
        self.loaded = loaded
        self.context = context
    }

    func run() throws(CommandFailure) -> Report {
        let state = try StateFolder(loaded.value, environment: context.environment)
        let lock = try state.lock(waitSeconds: try context.lockWaitSeconds()) {
            context.console.phase("another run of this stack is at work; waiting for it")
        }
        defer { _ = lock.path }
        PausedServices.letGoOn(state, context)
        // Before the capture: what a killed restore made on a server is nothing to keep.
        let leftOvers = ServerRestoreNote.leftOvers(state, loaded.value, context)
        let attempt = LastBackup(state)
        attempt.begin()
        let repository: Repository
        let outcome: BackupRun.Outcome
        do throws(CommandFailure) {
            // Inside: what the first hook stopped the last ones start again, whatever fails.
            try runHooks(loaded.value.hooks.beforeBackup, "before_backup")
            repository = try context.repository()
            outcome = try capture(state, into: repository)
        } catch {
            try? runHooks(loaded.value.hooks.afterBackup, "after_backup")
            if error.status == .skipped { attempt.end() }
            throw error
        }
        attempt.end()
        var report = report(outcome)
        note(outcome.snapshot)
        report.warnings += shrinkWarnings(outcome.snapshot, repository, state)
        do throws(CommandFailure) {
            try runHooks(loaded.value.hooks.afterBackup, "after_backup")
        } catch {
            report.warnings.append(.init(code: error.code, message: error.message))
        }
        report.warnings += RestoreJournal.leftOvers(state) + leftOvers
        report.warnings += HeldData.reap(state, context)
        if let archives = loaded.value.archives {
            let copies = ArchiveCopies(archives, context).write(outcome.snapshot, state)
            report.lines.insert(
                contentsOf: copies.made.map { "archive \($0)" },
                at: report.lines.count - 1
            )
            report.warnings += copies.warnings
        }
        return report
    }

    /// What the operation's record tells of a snapshot.
    private func note(_ snapshot: Snapshot) {
        context.facts.snapshot = snapshot.id.text
        context.facts.tag = snapshot.tag
        context.facts.reason = snapshot.reason
        context.facts.figures["partial"] = plan.isPartial ? 1 : nil
        context.facts.figures["added_bytes"] = Double(snapshot.addedBytes)
        for (name, component) in snapshot.components {
            context.facts.figures["\(name).size_bytes"] = Double(component.sizeBytes)
            context.facts.figures["\(name).files"] = Double(component.files)
            context.facts.figures["\(name).databases"] = Double(component.databases)
            context.facts.figures["\(name).complete"] = component.complete ? 1 : 0
        }
    }

    /// Captures and publishes; the caller holds the lock.
    func capture(
        _ state: StateFolder,
        into repository: Repository
    ) throws(CommandFailure) -> BackupRun.Outcome {
        let scratch = try state.scratch()
        defer { state.removeScratch() }
        let progress = Progress(context.console)
        let description = SnapshotDraft.Description(
            stack: loaded.value.stack,
            host: Context.hostName,
            tool: RecoverProgram.toolName,
            reason: plan.reason.rawValue,
            tag: plan.tag,
            note: plan.note,
            isPartial: plan.isPartial,
            configuration: loaded.bytes
        )
        let draft = try querying { () throws(RepositoryError) in
            try SnapshotDraft(in: repository, description, processID: Int(getpid()))
        }
        var deployment =
            plan.looksAtDeployment ? DeploymentSource(loaded.value, state, context) : nil
        if plan.reason != .preRollback, let record = deployment?.record {
            warnOfDrift(record)
            for warning in StackImages(loaded.value, state, record, context).pin() {
                context.warn(warning.code, warning.message)
            }
            if loaded.value.images.areSaved {
                deployment?.images = StackImages(loaded.value, state, record, context)
                    .archive(in: scratch)
            }
        }
        let paused = PausedServices(loaded, state, context)
        defer {
            paused.goOn()
            for warning in paused.warnings { context.warn(warning.code, warning.message) }
        }
        let run = BackupRun(
            plan.sources,
            servers: plan.servers.map { RestoredCollections(state).noted(in: $0) },
            deployment: deployment,
            into: draft,
            scratch: scratch,
            notes: state.path,
            rereading: plan.isRereading,
            cancellation: context.cancellation
        ) { event in
            switch event {
            // The trees were looked at; the databases are pinned next.
            case .planned where plan.looksAtDeployment: paused.hold()
            case .captured: paused.goOn()
            default: break
            }
            progress.take(event)
        }
        do throws(CaptureError) {
            return try run.run()
        } catch {
            throw CommandFailure(error)
        }
    }

    /// By its TAG a snapshot is found when what ran is wanted again.
    private func warnOfDrift(_ record: DeploymentRecord) {
        let ran = record.tagThatRan(TagForm(loaded.value.release))
        guard let tag = plan.tag, let ran, ran != tag else { return }
        context.warn(
            "tag-drift",
            "the snapshot is called TAG \(tag), but \(ran) runs: no rollback to \(tag) leans on it"
        )
    }

    /// Captures what is about to be replaced: without it nothing live may be touched.
    func captureSafety(_ state: StateFolder) throws(CommandFailure) -> Snapshot {
        context.console.phase("taking a safety snapshot of what is there now")
        do throws(CommandFailure) {
            let safety = try capture(state, into: try context.repository()).snapshot
            for component in loaded.value.components
            where component.required.guardsRecovery
                && safety.components[component.name]?.complete == false
            {
                throw CommandFailure(
                    .failed,
                    "required",
                    "the safety snapshot \(safety.id) does not hold \(component.name) whole, and "
                        + "`required:` wants that before anything is replaced",
                    component: component.name,
                    next: "recover show \(safety.id), or take pre-rollback out of its required:"
                )
            }
            return safety
        } catch {
            var failure = error
            failure.state = "there is no safety snapshot to go back to, so nothing live was touched"
            throw failure
        }
    }

    /// A hook that ends with 75 puts the backup off; any other failure ends it.
    private func runHooks(_ hooks: [[String]], _ name: String) throws(CommandFailure) {
        for hook in hooks where !hook.isEmpty {
            context.console.phase("\(name): \(hook[0])")
            let result: CommandResult
            do throws(ProcessError) {
                var command = Processes.Command(
                    hook,
                    environment: Environment(context.environment)
                )
                command.deadlineSeconds = 3600
                result = try command.run()
            } catch {
                throw CommandFailure(.failed, "hook", "\(name): \(error)")
            }
            if result.succeeded { continue }
            if case .exited(status: 75) = result.end {
                throw CommandFailure(
                    .skipped,
                    "hook-skip",
                    "\(name) asked to skip this run: \(hook[0])"
                )
            }
            throw CommandFailure(
                .failed,
                "hook",
                "\(name) failed: \(hook[0]): \(result.errors.text.suffix(400))"
            )
        }
    }

    private func report(_ outcome: BackupRun.Outcome) -> Report {
        let snapshot = outcome.snapshot
        let names = snapshot.components.keys.sorted()
        let parts = names.compactMap { name -> BackupVerb.Result.Part? in
            guard let component = snapshot.components[name] else { return nil }
            return .init(
                name: name,
                outcome: component.outcome,
                complete: component.complete,
                files: component.files,
                databases: component.databases,
                sizeBytes: component.sizeBytes,
                readBytes: outcome.totals[name]?.readBytes ?? 0,
                elsewhere: component.elsewhere,
                consistency: component.consistency,
                problems: component.problems
            )
        }
        let result = BackupVerb.Result(
            snapshot: snapshot.id.text,
            tag: snapshot.tag,
            reason: snapshot.reason,
            complete: snapshot.complete,
            addedBytes: snapshot.addedBytes,
            components: parts
        )
        var report = Report("backup", data: result, lines: parts.map(line))
        report.stack = snapshot.stack
        report.warnings = warnings(outcome)
        if lacks(snapshot) { report.status = .incomplete }
        report.lines.append(summary(snapshot))
        return report
    }

    /// Whether it lacks what a snapshot for its reason must hold.
    private func lacks(_ snapshot: Snapshot) -> Bool {
        !snapshot.complete
            || loaded.value.components.contains { component in
                plan.unsupported.contains(component.name)
                    && component.required.holds(for: plan.reason)
            }
    }

    private func line(_ part: BackupVerb.Result.Part) -> String {
        let word = part.complete ? "OK" : part.outcome == "failed" ? "FAIL" : "INCOMPLETE"
        let databases =
            part.databases > 0 ? ", \(part.databases) databases (\(part.consistency))" : ""
        return "\(word)  \(part.name): \(part.files) files\(databases), "
            + "\(ByteText.text(part.sizeBytes)), read \(ByteText.text(part.readBytes))"
            + (part.elsewhere.map { ", \($0.text) as hashes only" } ?? "")
    }

    private func summary(_ snapshot: Snapshot) -> String {
        let tag = snapshot.tag.map { " tag=\($0)" } ?? ""
        return
            "\(snapshot.complete ? "OK" : "INCOMPLETE") backup \(snapshot.stack) \(snapshot.id)\(tag), "
            + "\(ByteText.text(snapshot.addedBytes)) added"
    }

    private func warnings(_ outcome: BackupRun.Outcome) -> [Report.Warning] {
        var warnings: [Report.Warning] = plan.unsupported.map {
            .init(
                code: "unsupported",
                component: $0,
                message: "this version cannot capture its kind; it is not protected"
            )
        }
        warnings += outcome.unreadable.map {
            .init(code: "damage", message: "a snapshot cannot be read and is not leaned on: \($0)")
        }
        for (name, why) in outcome.parentFaults.sorted(by: { $0.key < $1.key }) {
            let text = "the manifest of the snapshot before is damaged, so files were read anew: "
            warnings.append(.init(code: "damage", component: name, message: text + why))
        }
        for name in outcome.reports.keys.sorted() {
            guard let report = outcome.reports[name] else { continue }
            for problem in report.problems.prefix(20) {
                let place = problem.path.isEmpty ? "" : "\(problem.path): "
                warnings.append(
                    .init(code: problem.code, component: name, message: place + problem.message)
                )
            }
            if report.problemCount > 20 {
                warnings.append(
                    .init(
                        code: "more",
                        component: name,
                        message: "and \(report.problemCount - 20) more; recover show lists them"
                    )
                )
            }
            warnings += sizeWarnings(name, outcome)
        }
        for name in loaded.unprotected {
            warnings.append(.init(code: "unprotected", message: name))
        }
        return warnings
    }

    /// What lost more than half is said, and the last snapshot that still holds it is pinned.
    private func shrinkWarnings(
        _ snapshot: Snapshot,
        _ repository: Repository,
        _ state: StateFolder
    ) -> [Report.Warning] {
        guard let all = try? repository.snapshots(of: snapshot.stack) else { return [] }
        let check = ShrinkCheck(repository, state)
        let findings = check.findings(of: snapshot, among: all)
        var warnings: [Report.Warning] = []
        do throws(RepositoryError) {
            try check.pin(findings, operation: context.operation)
        } catch {
            warnings.append(.init(code: "unpinned", message: "nothing is pinned: \(error.message)"))
        }
        for finding in findings where (snapshot.components[finding.component]?.files ?? 0) > 0 {
            warnings.append(
                .init(code: "shrunk", component: finding.component, message: finding.message)
            )
        }
        return warnings
    }

    /// An empty source, or one with fewer databases, is never quiet.
    private func sizeWarnings(_ name: String, _ outcome: BackupRun.Outcome) -> [Report.Warning] {
        guard let component = outcome.snapshot.components[name], component.outcome == "captured"
        else {
            return []
        }
        // A record is as long as what there is to say.
        if name == DeploymentRecord.componentName { return [] }
        if component.files == 0 {
            return [.init(code: "empty", component: name, message: "it holds no file")]
        }
        guard let before = outcome.previous[name] else { return [] }
        var warnings: [Report.Warning] = []
        if component.databases < before.databases {
            warnings.append(
                .init(
                    code: "databases-fewer",
                    component: name,
                    message: "it held \(before.databases) databases in the last snapshot and holds "
                        + "\(component.databases) now"
                )
            )
        }
        return warnings
    }
}
