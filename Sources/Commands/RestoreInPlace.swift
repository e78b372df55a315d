internal import Arguments
internal import Backup
internal import Databases
internal import Deduplication
internal import Files
internal import Manifests
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
    let operation = OperationName.make()

    init(_ repository: Repository, _ snapshot: Snapshot, _ names: [String], _ context: Context) {
        self.repository = repository
        self.snapshot = snapshot
        self.names = names
        self.context = context
    }

    func run() throws(CommandFailure) -> Report {
        let loaded = try context.configured()
        let sorted = try sort(names, loaded.value)
        var servers = sorted.servers
        var jobs = try plan(sorted.files)
        var lines = jobs.map { "replace \($0.target.name) at \($0.source.path)" }
        lines += servers.flatMap(\.lines)
        if context.invocation.flag("dry-run") { return planned(jobs, servers, lines) }
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
        let hasLeftOvers = ServerRestoreNote.areThere(state)
        let leftOvers = ServerRestoreNote.leftOvers(state, loaded.value, context)
        // What is cleared away may have been in a plan.
        if hasLeftOvers { servers = try sort(names, loaded.value).servers }
        try refuseHeld(jobs)
        try putBack(jobs, state)
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
        report.warnings += RestoreJournal.leftOvers(state) + leftOvers
        return report
    }

    private func plan(
        _ files: [(Component, FileTreeSource)]
    ) throws(CommandFailure) -> [Job] {
        var jobs: [Job] = []
        for (configured, source) in files {
            guard let component = snapshot.components[source.name] else {
                preconditionFailure("the names were taken from the snapshot")
            }
            if let elsewhere = component.elsewhere, source.models == nil {
                throw CommandFailure(
                    .failed,
                    "elsewhere",
                    "of \(elsewhere.text) snapshot \(snapshot.id) has only the hashes, so it cannot "
                        + "take the place of what is there",
                    component: source.name,
                    next: "name the other components, or restore it with --to DIR, which lists "
                        + "what to fetch"
                )
            }
            let target = target(source, configured)
            var models: ModelReturn?
            if case .versions(let options) = configured.kind {
                models = try ModelReturn(options, component)
            }
            jobs.append(Job(target: target, component: component, source: source, models: models))
        }
        return jobs
    }

    /// What a restore that was killed had moved aside is live again, before it is replaced anew.
    private func putBack(_ jobs: [Job], _ state: StateFolder) throws(CommandFailure) {
        for operation in RestoreJournal.unfinished(state) {
            for job in jobs {
                let back: [Path]
                do throws(RecoveryError) {
                    back = try UnfinishedSwap.putBack(job.target, operation: operation)
                } catch {
                    throw CommandFailure(
                        error,
                        component: job.target.name,
                        state: "the restore \(operation) was killed, and what it had moved aside "
                            + "could not be put back",
                        next: nil
                    )
                }
                guard let first = back.first else { continue }
                let more = back.count > 1 ? " and \(back.count - 1) more" : ""
                context.console.problem(
                    "warning",
                    "put back what the killed restore \(operation) had moved aside: \(first)\(more)"
                )
            }
        }
    }

    private func target(_ source: FileTreeSource, _ configured: Component) -> RestoreTarget {
        var isAppendOnly = false
        if case .path(let options) = configured.kind { isAppendOnly = options.isAppendOnly }
        let (folder, extent) = place(source)
        let keepsSecrets = !source.storesSecrets
        return RestoreTarget(
            name: source.name,
            folder: folder,
            extent: extent,
            isAppendOnly: isAppendOnly
        ) { path in
            source.excludes(path)
                || keepsSecrets && SecretFiles.isSecret(folder, path)
        }
    }

    /// By what is there now; where nothing is, by what the snapshot's source was.
    private func place(_ source: FileTreeSource) -> (Path, RestoreTarget.Extent) {
        if let root = try? source.resolve() {
            switch root.selection {
            // Other versions than those of the snapshot stay.
            case .everything where source.models != nil: return (root.folder.resolved, .children)
            // What a link leads to is replaced, never the link.
            case .everything: return (root.folder.resolved, .folder)
            case .file(let name): return (root.folder, .file(name))
            case .pattern: return (root.folder, .files)
            }
        }
        let path = Path(source.path)
        let component = snapshot.components[source.name]
        if component?.folders == 0, component?.files == 1 {
            return (path.parent, .file(path.lastComponent))
        }
        return (path, .folder)
    }

    /// A database that a process holds open would go on writing to the file that was put aside.
    private func refuseHeld(_ jobs: [Job]) throws(CommandFailure) {
        for job in jobs {
            var paths: [Path] = []
            var tree = try querying { () throws(RepositoryError) in
                try repository.tree(job.component, name: job.target.name)
            }
            while let entry = try querying({ () throws(RepositoryError) in try tree.next() }) {
                guard entry.database != nil else { continue }
                let path = job.target.folder.appending(entry.path)
                paths += [path, path.adding(suffix: "-wal"), path.adding(suffix: "-shm")]
            }
            let holders = FileHolders.find(paths)
            guard let first = holders.first else { continue }
            let names = Set(holders.map { "\($0.name) (process \($0.processID))" }).sorted()
            throw CommandFailure(
                .failed,
                "held",
                "\(names.joined(separator: ", ")) holds \(first.path)",
                component: job.target.name,
                next: "stop it, then run the restore again"
            )
        }
    }

    /// No safety, no restore: what is about to be replaced is kept as a pinned snapshot first.
    private func takeSafety(
        _ jobs: [Job],
        _ loaded: LoadedConfiguration,
        _ state: StateFolder
    ) throws(CommandFailure) -> Snapshot? {
        let present = jobs.map(\.source).filter(\.isPresent)
        if present.isEmpty { return nil }
        context.console.phase("taking a safety snapshot of what is there now")
        let plan = BackupPlan(
            safetyOf: present,
            note: safetyNote,
            tag: try EnvironmentFile.tag(loaded.value.compose)
        )
        let safety: Snapshot
        do throws(CommandFailure) {
            safety = try BackupOperation(plan, loaded, context).capture(state).snapshot
        } catch {
            var failure = error
            failure.state = "no safety snapshot could be taken, so nothing live was touched"
            throw failure
        }
        try pin([safety])
        return safety
    }

    /// Keeps safety snapshots, and what is restored, from being pruned.
    private func pin(_ safeties: [Snapshot]) throws(CommandFailure) {
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

    private var safetyNote: String { "before restore of \(snapshot.id) (\(operation))" }

    private func stage(_ job: inout Job) throws(CommandFailure) {
        let name = job.target.name
        if let models = job.models {
            context.console.phase("looking at the versions of \(name)")
            job.target.isWanted = try models.wanted(
                repository,
                context,
                isKept: job.target.isKept
            )
        }
        context.console.phase("staging and proving \(name)")
        do throws(RecoveryError) {
            var staging = try Staging(for: job.target, operation: operation)
            job.staging = staging
            job.totals = try staging.fill(
                from: repository,
                job.component,
                cancellation: context.cancellation
            )
            try staging.prove(repository, job.component)
            job.staging = staging
        } catch {
            throw CommandFailure(
                error,
                component: name,
                state: "nothing live was touched",
                next: "recover verify \(snapshot.id) --level deep"
            )
        }
        for path in job.staging?.databases ?? [] { try check(path, job) }
    }

    private func check(_ path: Path, _ job: Job) throws(CommandFailure) {
        guard let folder = job.staging?.folder else { return }
        let finding: String?
        do throws(DatabaseError) {
            let database = try Database(finished: folder.appending(path).bytes)
            let report = try database.check(.quick, messageLimit: 1)
            finding = report.outcome == .damaged ? report.messages.first ?? "damaged" : nil
        } catch {
            finding = error.description
        }
        guard let finding, job.component.complete else { return }
        throw CommandFailure(
            .damaged,
            "unproven",
            "the staged database \(path) is not sound: \(finding)",
            component: job.target.name,
            state: "nothing live was touched",
            next: "recover list"
        )
    }

    private func swap(_ jobs: inout [Job]) throws(CommandFailure) {
        for index in jobs.indices {
            guard let staging = jobs[index].staging else { continue }
            try foldLogs(of: jobs[index].target, jobs[index].component)
            let swap = Swap(jobs[index].target, staged: staging.folder, operation: operation)
            do throws(RecoveryError) {
                try swap.run()
                jobs[index].swap = swap
            } catch {
                for done in jobs.reversed() { done.swap?.undo() }
                throw failure(error, of: swap, jobs, jobs[index].target.name)
            }
        }
    }

    private func failure(
        _ error: RecoveryError,
        of swap: Swap,
        _ jobs: [Job],
        _ name: String
    ) -> CommandFailure {
        let swaps = [swap] + jobs.compactMap(\.swap)
        if swaps.allSatisfy(\.isUndone) {
            return CommandFailure(
                error,
                component: name,
                state: "everything is as it was before",
                next: nil
            )
        }
        let folders = jobs.compactMap { $0.staging?.folder.parent.description }
        return CommandFailure(
            .notReverted,
            "not-reverted",
            error.message,
            component: name,
            state: "not everything could be put back; nothing was removed",
            next: "look into the folders .recover-prev-\(operation)-* and "
                + ".recover-stage-\(operation)-* in \(Set(folders).sorted().joined(separator: ", "))"
        )
    }

    private func planned(
        _ jobs: [Job],
        _ servers: [ServerReturn],
        _ lines: [String]
    ) -> Report {
        var parts = jobs.map { Result.Part(name: $0.target.name, target: $0.source.path) }
        parts += servers.map {
            Result.Part(name: $0.name, target: $0.place, collections: $0.parts)
        }
        let result = Result(
            snapshot: snapshot.id.text,
            tag: snapshot.tag,
            components: parts,
            isDryRun: true
        )
        return Report(
            "restore",
            data: result,
            lines: lines.map { "would " + $0 } + ["Nothing was done: this was a dry run."]
        )
    }

    /// Versions that nobody could put back.
    private func tell(_ leftOut: [String], _ report: inout Report) {
        let state = "what the repository holds is back; no link leads to these versions"
        let next =
            "recover manifest \(snapshot.id) --elsewhere, which lists what to fetch, then: "
            + "recover models publish"
        report.status = .incomplete
        report.lines += ["State now: \(state).", "Next: \(next)"]
        report.failures = leftOut.map {
            .init(code: "elsewhere", message: $0, state: state, next: next)
        }
    }

    private func report(
        _ jobs: [Job],
        _ servers: [ServerReturn],
        _ safety: Snapshot?
    ) -> Report {
        var parts = jobs.map { job in
            Result.Part(
                name: job.target.name,
                target: job.source.path,
                previous: job.swap?.previous.description
            )
        }
        var lines = parts.map { part in
            "\(part.name) is back at \(part.target); what was there: \(part.previous ?? "nothing")"
        }
        parts += servers.map {
            Result.Part(name: $0.name, target: $0.place, collections: $0.parts)
        }
        let result = Result(
            snapshot: snapshot.id.text,
            tag: snapshot.tag,
            safetySnapshot: (safety ?? servers.compactMap(\.safety).first)?.id.text,
            components: parts,
            isDryRun: false
        )
        lines += servers.flatMap(\.doneLines)
        if let safety {
            let names = jobs.map(\.target.name).joined(separator: " ")
            lines.append("undo: recover restore --snapshot \(safety.id) --data-only \(names)")
        }
        lines += servers.compactMap(\.undoLine)
        let leftOut = jobs.flatMap { job in
            (job.models?.leftOut ?? [:]).sorted { $0.key < $1.key }.map {
                "\($0.key) of \(job.target.name) was not put back: \($0.value.text) are not in "
                    + "the repository, only their hashes"
            }
        }
        lines += leftOut
        lines.append(
            "\(leftOut.isEmpty ? "OK" : "INCOMPLETE") restored \(names.joined(separator: ", ")) of "
                + "\(snapshot.id), staged and proven"
        )
        var report = Report("restore", data: result, lines: lines)
        if !leftOut.isEmpty { tell(leftOut, &report) }
        report.operation = operation
        report.stack = snapshot.stack
        report.warnings = servers.flatMap(\.warnings)
        for job in jobs {
            for link in job.models?.linksLeft ?? [] {
                report.warnings.append(
                    .init(
                        code: "link",
                        component: job.target.name,
                        message: "the link \(link) stays as it is: what it led to in the snapshot "
                            + "is not there"
                    )
                )
            }
            guard let first = job.totals.firstWithoutMetadata else { continue }
            report.warnings.append(
                .init(
                    code: "metadata",
                    component: job.target.name,
                    message: "\(job.totals.withoutMetadata) owners, modes or attributes could not "
                        + "be set, first \(first)"
                )
            )
        }
        for safety in [safety] + servers.map(\.safety) {
            guard let safety, !safety.complete else { continue }
            report.warnings += [
                .init(
                    code: "safety-incomplete",
                    message:
                        "the safety snapshot \(safety.id) is incomplete: recover show \(safety.id)"
                )
            ]
        }
        return report
    }
}

/// The name of one run of a changing command.
enum OperationName {
    static func make() -> String {
        let suffix = String(UInt32.random(in: 0 ... .max), radix: 36)
        return Moment.now.compactUTC.lowercased() + "-" + suffix
    }
}
