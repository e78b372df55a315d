internal import Arguments
internal import Backup
internal import Deduplication
internal import Deployments
internal import Files
internal import Operations
internal import Recovery
internal import Subjects

/// A restore for practice.
///
/// Everything comes back in a folder that nobody uses, is opened and proven, and goes again. Nothing
/// live is touched.
struct Drill {
    let loaded: LoadedConfiguration
    let context: Context
    let state: StateFolder
    let repository: Repository
    let snapshot: Snapshot
    var checks: [DrillReceipt.Check] = []
    private var totals = (files: 0, databases: 0, collections: 0)
    /// Where it is restored.
    let folder: Path
    let operation: String

    init(_ context: Context) throws(CommandFailure) {
        self.context = context
        loaded = try context.configured()
        repository = try context.repository()
        snapshot = try context.snapshot(in: repository)
        state = try StateFolder(loaded.value, environment: context.environment)
        operation = context.operation
        let place = context.invocation.string("in").map { Path($0).absolute } ?? state.path
        folder = place.appending("drill-\(operation)")
        context.facts.snapshot = snapshot.id.text
        context.facts.tag = snapshot.tag
    }

    /// The components that come back as files.
    private var names: [String] {
        snapshot.components.filter { $0.value.outcome == "captured" }.keys.sorted()
    }

    mutating func run() throws(CommandFailure) -> Report {
        try checkRoom()
        let watch = Stopwatch()
        defer { remove() }
        do throws(FileError) {
            try Directory(folder.parent).makeFolder(folder.lastComponent)
        } catch {
            throw CommandFailure(error, doing: "make a folder for the drill")
        }
        let fault = context.invocation.choice("fault", as: DrillFault.self)
        context.facts.stage = "restore"
        let data = folder.appending("data")
        try restore(into: data)
        context.facts.stage = "verify"
        try prove(data)
        if !context.invocation.flag("no-servers") { try loadServers() }
        renderCompose()
        let seconds = watch.seconds
        if let fault {
            context.facts.stage = "fault \(fault.rawValue)"
            checks += try DrillRehearsal(self, data).run(fault)
        }
        return try finish(seconds, fault)
    }

    private func checkRoom() throws(CommandFailure) {
        let needed = snapshot.keptBytes + snapshot.keptBytes / 10
        guard let parent = try? Directory(folder.parent), let file = try? parent.asFile(),
            let room = try? file.room().availableBytes, room < needed
        else { return }
        throw CommandFailure(
            .preflightFailed,
            "no-room",
            "the drill needs \(ByteText.text(needed)) in \(folder.parent) and there are "
                + ByteText.text(room),
            next: "recover drill --in DIR, on a disk with more room"
        )
    }

    private mutating func restore(into data: Path) throws(CommandFailure) {
        let report = try RestoreToFolder(repository, snapshot, names, context).run(data)
        let damaged = report.failures.filter { $0.code == "damage" }
        note(
            "restore",
            damaged.isEmpty,
            damaged.first.map { "\($0.component ?? "")/\($0.message)" }
                ?? "\(names.count) components, every byte against its digest"
        )
    }

    private mutating func prove(_ data: Path) throws(CommandFailure) {
        for name in names {
            guard let component = snapshot.components[name] else { continue }
            context.console.phase("proving \(name)")
            var restored = RestoredFolder(
                name,
                component,
                in: data.appending(name),
                repository,
                context
            )
            let faults = try restored.faults()
            totals.files += restored.files
            totals.databases += restored.databases
            let opened =
                restored.databases > 0
                ? ", integrity_check of \(restored.databases) databases and their rows" : ""
            note(
                component.models == nil ? "files" : "model-hashes",
                faults.isEmpty,
                faults.first.map {
                    "\($0)\(faults.count > 1 ? " and \(faults.count - 1) more" : "")"
                }
                    ?? "SHA-256 of \(restored.files) files\(opened)",
                of: name
            )
        }
    }

    /// Loads every collection under a name of its own into the engine that is configured, proves
    /// it there, and deletes it again.
    private mutating func loadServers() throws(CommandFailure) {
        for configured in loaded.value.components {
            guard let source = BackupPlan.server(configured, context.environment),
                let component = snapshot.components[configured.name],
                component.outcome == "captured"
            else { continue }
            context.facts.stage = "load \(configured.name)"
            do throws(CommandFailure) {
                let count = try load(source, component)
                totals.collections += count.collections
                note(
                    "collections",
                    true,
                    "\(count.collections) collections loaded, \(count.points) points counted",
                    of: configured.name
                )
            } catch {
                if error.status == .interrupted { throw error }
                note("collections", false, error.message, of: configured.name)
            }
        }
    }

    private func load(
        _ source: QdrantSource,
        _ component: Snapshot.Component
    ) throws(CommandFailure) -> (collections: Int, points: UInt64) {
        // A run that finds what is made here must know that it is at work.
        let lock = try state.lock(waitSeconds: try context.lockWaitSeconds()) {
            context.console.phase("another run of this stack is at work; waiting for it")
        }
        defer { _ = lock.path }
        let kept = try QdrantSnapshot(component, named: source.name, in: repository)
        let names = kept.collections.map(\.name)
        func other(_ name: String) -> String { "\(name)--recover-\(operation)" }
        let note = ServerRestoreNote(
            state,
            operation: operation,
            component: source.name,
            staged: names.map(other)
        )
        var points: UInt64 = 0
        do throws(QdrantRestoreError) {
            if let (name, why) = kept.faults.first {
                throw QdrantRestoreError(
                    .damaged,
                    "the snapshot holds only part of \(name): \(why)"
                )
            }
            let restore = try QdrantRestore(
                source,
                kept,
                operation: operation,
                allowsAnyVersion: false,
                cancellation: context.cancellation
            )
            let console = context.console
            restore.onPhase = { console.phase($0) }
            for name in names {
                let plans = try restore.plan([name], as: other(name))
                try? note.write()
                for plan in plans {
                    defer { _ = restore.discard(plan) }
                    points += try restore.stage(plan)
                }
            }
        } catch {
            throw CommandFailure(error, component: source.name)
        }
        note.close()
        return (names.count, points)
    }

    /// Whether compose still understands its files.
    private mutating func renderCompose() {
        guard let compose = loaded.value.compose, let settings = DeploymentSettings(compose) else {
            return
        }
        context.facts.stage = "compose"
        do throws(DeploymentError) {
            let driver = try ComposeDriver(settings, context.environment)
            try driver.validate()
            note("compose", true, "the files render with \(compose.files.count) of them")
        } catch {
            // Without the program nothing is known, and nothing is wrong.
            guard error.code != .noProgram else {
                context.warn("no-compose", "the compose files were not rendered: \(error.message)")
                return
            }
            note("compose", false, error.message)
        }
    }

    private mutating func note(
        _ name: String,
        _ passed: Bool,
        _ detail: String,
        of component: String? = nil
    ) {
        checks.append(.init(name: name, component: component, passed: passed, detail: detail))
    }

    private func remove() {
        if context.invocation.flag("keep") { return }
        try? Directory(folder.parent).removeTree(folder.lastComponent)
    }

    private func finish(_ seconds: Double, _ fault: DrillFault?) throws(CommandFailure) -> Report {
        let rounded = (seconds * 1000).rounded() / 1000
        let failed = checks.filter { !$0.passed }
        let receipt = DrillReceipt(
            operation: operation,
            snapshot: snapshot.id.text,
            stack: snapshot.stack,
            at: Moment.now.rfc3339,
            fault: fault?.rawValue,
            passed: failed.isEmpty,
            recoverySeconds: rounded,
            restoredBytes: snapshot.keptBytes,
            files: totals.files,
            databases: totals.databases,
            collections: totals.collections,
            checks: checks
        )
        context.facts.figures["rto_seconds"] = rounded
        context.facts.figures["restored_bytes"] = Double(snapshot.keptBytes)
        context.facts.figures["databases"] = Double(totals.databases)
        context.facts.figures["collections"] = Double(totals.collections)
        context.facts.failingCheck = failed.first?.name
        var lines = checks.map { check in
            let place = check.component.map { "\($0): " } ?? ""
            return "\(check.passed ? "OK  " : "FAIL")  \(check.name)  \(place)\(check.detail)"
        }
        do throws(FileError) {
            lines.append("receipt: \(try receipt.write(state))")
        } catch {
            throw CommandFailure(error, doing: "keep the receipt of the drill")
        }
        if context.invocation.flag("keep") { lines.append("restored in \(folder)") }
        let tenths = Int((seconds * 10).rounded())
        let time = "\(tenths / 10).\(tenths % 10) s"
        lines.append(
            failed.isEmpty
                ? "OK drill of \(snapshot.id): \(ByteText.text(snapshot.keptBytes)) back and proven in \(time)"
                : "FAIL drill of \(snapshot.id): \(failed.count) of \(checks.count) checks"
        )
        var report = Report("drill", data: receipt, lines: lines)
        report.stack = snapshot.stack
        if !failed.isEmpty {
            report.status = .damaged
            report.lines += [
                "State now: nothing live was touched; the snapshots are as they were.",
                "Next: recover verify \(snapshot.id) --level deep",
            ]
        }
        report.failures = failed.map {
            .init(
                code: "drill-\($0.name)",
                component: $0.component,
                message: $0.detail,
                state: "nothing live was touched; the snapshots are as they were",
                next: "recover verify \(snapshot.id) --level deep"
            )
        }
        return report
    }
}
