internal import Arguments
internal import Backup
internal import Deduplication
internal import Deployments
internal import Files
internal import Subjects

/// How the collections of one server come back: beside the live ones, proven, and only then by
/// moving aliases, or over a live one whose way back is at hand.
final class ServerReturn {
    let name: String
    let plans: [CollectionPlan]
    /// Points by collection, once they are proven.
    private(set) var points: [String: UInt64] = [:]
    /// The collections as they were before some were replaced.
    private(set) var safety: Snapshot?
    private(set) var warnings: [Report.Warning] = []
    let source: QdrantSource
    private let restore: QdrantRestore
    private let context: Context
    private let operation: String
    private var note: ServerRestoreNote?
    private var wayBack: WayBack?
    private var staged: [CollectionPlan] = []
    private var replaced: [CollectionPlan] = []
    private var movedAliases: [[String: String?]] = []
    /// Told of each change of what is live before it is made, so that it can be taken back after a
    /// kill; what it throws ends the restore.
    var onStep: (ServerStep) throws(CommandFailure) -> Void = { (_) throws(CommandFailure) in }
    /// What is live is neither what it was nor what was wanted: nothing is removed then.
    private var isStuck = false
    /// Something is on the server that the next run has to delete.
    private var hasLeftOver = false
    /// What could not be read before is no whole collection now: the note goes on saying so.
    private var isUnfinished = false

    /// Looks at the server and decides; changes nothing.
    ///
    /// - Parameters:
    ///   - source: The server, as it is configured now.
    ///   - component: What the snapshot holds of it.
    ///   - operation: The restore.
    ///   - repository: Where the snapshot is.
    ///   - context: The run; its options say which collections, and where to.
    ///   - plans: What an earlier run decided; nil decides now.
    /// - Throws: ``CommandFailure``.
    init(
        _ source: QdrantSource,
        _ component: Snapshot.Component,
        operation: String,
        _ repository: Repository,
        _ context: Context,
        plans: [CollectionPlan]? = nil
    ) throws(CommandFailure) {
        name = source.name
        self.source = source
        self.context = context
        self.operation = operation
        let options = RestoreOptions(context.invocation)
        let snapshot = try QdrantSnapshot(component, named: source.name, in: repository)
        do throws(QdrantRestoreError) {
            restore = try QdrantRestore(
                source,
                snapshot,
                operation: operation,
                allowsAnyVersion: plans != nil || options.allowsAnyVersion,
                isPatient: plans != nil,
                cancellation: context.cancellation
            )
            if let plans {
                self.plans = plans
            } else {
                self.plans = try restore.plan(
                    options.collections,
                    as: options.collectionName
                )
            }
        } catch {
            throw CommandFailure(error, component: source.name)
        }
        let console = context.console
        restore.onPhase = { console.phase($0) }
        let progress = UploadProgress(
            context.console,
            totalBytes: self.plans.reduce(0) { $0 + $1.sizeBytes }
        )
        restore.onSent = { progress.take($0) }
        for plan in self.plans {
            warnings += plan.notes.map { .init(code: "alias", component: name, message: $0) }
        }
    }

    /// What is given up, for people.
    var lossLines: [String] {
        plans.compactMap { plan in
            let (then, now) = restore.pointCounts(plan)
            guard let now, "\(now)" != then else { return nil }
            return "\(plan.collection): \(then) points then, \(now) now"
        }
    }

    /// Makes and proves every collection beside what is live.
    ///
    /// - Parameter state: For the note; the lock is held.
    /// - Throws: ``CommandFailure``; nothing live was touched.
    func stage(_ state: StateFolder) throws(CommandFailure) {
        // A move makes a name that no snapshot has.
        let named = plans.filter { $0.way == .create || $0.way == .aside }.map(\.place)
        try RestoredCollections(state).note(operation, of: named, in: name)
        var note = ServerRestoreNote(state, operation: operation, component: name, staged: [])
        for plan in plans {
            // Not before: until then the name may become somebody else's.
            note.content.staged.append(plan.staged)
            self.note = note
            try note.write()
            do throws(QdrantRestoreError) {
                points[plan.collection] = try restore.stage(plan)
                staged.append(plan)
            } catch {
                hasLeftOver = error.isLeftBehind
                discard()
                throw CommandFailure(
                    error,
                    component: name,
                    state: "nothing live was touched",
                    isPreflight: false
                )
            }
        }
    }

    /// Captures what is about to be replaced: a pinned snapshot, and its archives on local disk.
    ///
    /// - Parameters:
    ///   - loaded: The configuration.
    ///   - state: Of the stack.
    ///   - text: What the snapshot's note says.
    /// - Throws: ``CommandFailure``; nothing live was touched.
    func takeWayBack(
        _ loaded: LoadedConfiguration,
        _ state: StateFolder,
        note text: String
    ) throws(CommandFailure) {
        let replaced = plans.filter { $0.way == .replace }
        guard !replaced.isEmpty, var note else { return }
        let unsaved = replaced.filter(\.isUnreadable).map(\.place)
        let wanted = replaced.filter { !$0.isUnreadable }
        try proveUnreadable(unsaved)
        if !wanted.isEmpty {
            let safety = try capture(wanted, besides: unsaved, note, loaded, state, text)
            note.content.safety = safety.id.text
        }
        try RestoredCollections(state).note(operation, of: replaced.map(\.place), in: name)
        note.content.replaced = wanted.map(\.place)
        if !unsaved.isEmpty { note.content.unsaved = unsaved }
        self.note = note
        try note.write()
    }

    /// Proves that what cannot be kept is still lost: a server that only failed for a while has it.
    private func proveUnreadable(_ names: [String]) throws(CommandFailure) {
        for collection in names {
            let isReadable: Bool
            do throws(QdrantRestoreError) {
                isReadable = try restore.isReadable(collection)
            } catch {
                throw CommandFailure(
                    error,
                    component: name,
                    state: "nothing live was touched",
                    isPreflight: false
                )
            }
            guard isReadable else { continue }
            throw CommandFailure(
                .failed,
                "not-restored",
                "\(collection) could not be read at first, and can be now",
                component: name,
                state: "nothing live was touched",
                next: "run it again: then what is there is kept before it is replaced"
            )
        }
    }

    /// Captures collections, and writes their archives to the disk here.
    private func capture(
        _ wanted: [CollectionPlan],
        besides unsaved: [String],
        _ note: ServerRestoreNote,
        _ loaded: LoadedConfiguration,
        _ state: StateFolder,
        _ text: String
    ) throws(CommandFailure) -> Snapshot {
        var source = self.source
        do throws(QdrantRestoreError) {
            source.collections = try restore.liveCollections().filter { !unsaved.contains($0) }
        } catch {
            throw CommandFailure(
                error,
                component: name,
                state: "nothing live was touched",
                isPreflight: false
            )
        }
        var plan = BackupPlan(
            safetyOf: [],
            servers: [source],
            note: text,
            tag: try EnvironmentFile.tag(loaded.value.compose)
        )
        // Services may be down, and somebody waits.
        plan.looksAtDeployment = false
        let safety = try BackupOperation(plan, loaded, context).captureSafety(state)
        guard let component = safety.components[name] else {
            preconditionFailure("the snapshot was taken of this component alone")
        }
        let wayBack = try WayBack(
            component,
            named: name,
            folders: wanted.map(\.folder),
            in: note.folder,
            // Opened anew: the snapshot is younger than what was open.
            from: try context.repository(),
            context
        )
        self.wayBack = wayBack
        self.safety = safety
        for plan in wanted {
            // The capture leaves out a collection that fails, and goes on with the others.
            do throws(QdrantRestoreError) {
                try wayBack.collections.prove(plan.place)
            } catch {
                throw CommandFailure(
                    .failed,
                    "not-restored",
                    "the safety snapshot \(safety.id) lacks \(plan.place): \(error.message)",
                    component: name,
                    state: "nothing live was touched",
                    next: "see that the server answers and has room, then run it again"
                )
            }
        }
        return safety
    }

    /// Lets the restored collections take the place of the live ones.
    ///
    /// - Throws: ``CommandFailure``; all is as it was, unless the failure says so.
    func put() throws(CommandFailure) {
        for plan in plans where plan.way == .replace {
            guard plan.isUnreadable || wayBack != nil else {
                preconditionFailure("the way back is taken first")
            }
            try note(.replace(plan.collection), plan)
            do throws(QdrantRestoreError) {
                let now = try restore.replace(
                    plan,
                    wayBack: plan.isUnreadable ? nil : wayBack?.collections
                )
                replaced.append(plan)
                points[plan.collection] = now.points
                if now.operations > 0 { warnBusy(plan, now) }
            } catch {
                // Neither what it was nor what was wanted: whoever takes all back tries again.
                if error.code == .notReverted { replaced.append(plan) }
                throw failure(error, plan)
            }
        }
        for plan in plans {
            let leading: [String: String?]
            do throws(QdrantRestoreError) {
                leading = try restore.aliasesToMove(plan)
            } catch {
                throw failure(error, plan)
            }
            if leading.isEmpty { continue }
            try note(.aliases(leading), plan)
            do throws(QdrantRestoreError) {
                movedAliases.append(try restore.moveAliases(plan))
            } catch {
                if error.code == .notReverted { movedAliases.append(leading) }
                throw failure(error, plan)
            }
        }
    }

    /// A step that cannot be noted is not made, and what was done before it is undone.
    private func note(_ step: ServerStep, _ plan: CollectionPlan) throws(CommandFailure) {
        do throws(CommandFailure) {
            try onStep(step)
        } catch {
            throw failure(QdrantRestoreError(.occupied, error.message), plan)
        }
    }

    /// Takes up what a run that was killed may have changed, for ``undo()`` and ``discard()``.
    ///
    /// - Parameters:
    ///   - steps: What its journal tells.
    ///   - state: Of the stack; its lock is held.
    /// - Throws: ``CommandFailure`` where the way back cannot be read.
    func resume(_ steps: [ServerStep], _ state: StateFolder) throws(CommandFailure) {
        let note = ServerRestoreNote(
            state,
            operation: operation,
            component: name,
            staged: plans.map(\.staged)
        )
        let found = note.reread()
        self.note = found ?? note
        // What it had not come to may be somebody else's by now.
        let begun = found?.content.staged ?? []
        staged = plans.filter { begun.contains($0.staged) }
        for step in steps {
            switch step {
            case .aliases(let leading): movedAliases.append(leading)
            case .replace(let collection):
                replaced += plans.filter { $0.collection == collection }
            }
        }
        // Of what could not be read there is no way back, and nobody can say what it is now.
        isUnfinished = replaced.contains { $0.isUnreadable }
        guard let found, let id = found.content.safety else { return }
        let repository = try context.repository()
        let safety = try context.snapshot(id, in: repository)
        guard let component = safety.components[name] else {
            throw CommandFailure(
                .notReverted,
                "not-reverted",
                "the safety snapshot \(id) holds nothing of it",
                component: name,
                state: "the replaced collections are as the run left them"
            )
        }
        self.safety = safety
        wayBack = try WayBack(
            component,
            named: name,
            folders: plans.filter { $0.way == .replace && !$0.isUnreadable }.map(\.folder),
            at: found.folder,
            of: repository
        )
    }

    /// Undoes what ``put()`` did.
    ///
    /// - Returns: Whether all is as it was.
    func undo() -> Bool {
        var isUndone = true
        let open = replaced.filter { !$0.isUnreadable }
        if movedAliases.allSatisfy(\.isEmpty), open.isEmpty {
            isStuck = false
            return true
        }
        // Until all is back nothing of the way back may go.
        isStuck = true
        guard restore.isReachable() else { return false }
        do throws(QdrantRestoreError) {
            for aliases in movedAliases.reversed() where !aliases.isEmpty {
                try restore.setAliases(aliases)
            }
            movedAliases = []
        } catch {
            isUndone = false
        }
        for plan in open {
            guard let wayBack else {
                isUndone = false
                continue
            }
            do throws(QdrantRestoreError) {
                try restore.putBack(plan, wayBack: wayBack.collections)
                replaced.removeAll { $0.place == plan.place }
            } catch {
                isUndone = false
            }
        }
        isStuck = !isUndone
        return isUndone
    }

    /// Names somebody who knows whether the server is down and stays so: then it is not waited for.
    func giveUp(when isStopped: @escaping () -> Bool) { restore.giveUp(when: isStopped) }

    /// Waits for a server that was started just now.
    func waitAgain() { _ = restore.isReachable(isNew: true) }

    /// Looks whether what came back is there, as others see it.
    ///
    /// - Returns: What is wrong with which of them; nil where nothing is.
    func fault() -> String? {
        let found = restore.faults(of: plans)
        return found.isEmpty ? nil : found.joined(separator: "; ")
    }

    /// Deletes what was made and is not used, after a failure.
    func discard() {
        if isStuck { return }
        for plan in staged where !restore.discard(plan) {
            hasLeftOver = true
            context.console.problem("warning", "\(plan.staged) is still on the server [left]")
        }
        staged = []
        // What could not be deleted is the next run's to delete: the note goes on naming it.
        if isUnfinished { return }
        if !hasLeftOver {
            note?.close()
        } else if note?.content.replaced.isEmpty == false {
            // What is live is as it was.
            note?.content.replaced = []
            try? note?.write()
        }
    }

    /// Ends a restore that did its work.
    func finish() {
        var left: [String] = []
        for plan in plans where plan.way == .replace {
            if restore.discard(plan) { continue }
            left.append(plan.staged)
            warnings.append(
                .init(
                    code: "left",
                    component: name,
                    message: "\(plan.staged) could not be deleted; the next run will try again"
                )
            )
        }
        note?.settleOthers(plans.map(\.place))
        note?.content.staged = left
        note?.content.replaced = []
        note?.content.unsaved = nil
        if left.isEmpty { note?.close() } else { try? note?.write() }
    }

    private func warnBusy(_ plan: CollectionPlan, _ now: QdrantRestore.Replacement) {
        warnings.append(
            .init(
                code: "busy",
                component: name,
                message: "\(plan.place) was written to while it came back: \(now.operations) "
                    + "operations since, \(now.points) points now"
            )
        )
    }

    /// A failure after which everything that was done before it is undone.
    private func failure(
        _ error: QdrantRestoreError,
        _ plan: CollectionPlan
    ) -> CommandFailure {
        let isUndone = undo()
        let live = plan.previous.isEmpty ? plan.place : plan.previous.joined(separator: ", ")
        guard isUndone else {
            isStuck = true
            return CommandFailure(
                .notReverted,
                "not-reverted",
                error.message,
                component: name,
                state: "\(live) is neither what was wanted nor what it was; its archives as "
                    + "they were are in \(wayBack?.folder.description ?? "no folder") and in "
                    + "snapshot \(safety?.id.text ?? "none")",
                next: undoLine.map { String($0.dropFirst("undo: ".count)) }
                    ?? "look where the aliases lead, then run it again"
            )
        }
        if plan.isUnreadable, !replaced.contains(where: { $0.place == plan.place }) {
            isUnfinished = true
            return CommandFailure(
                .failed,
                "not-restored",
                error.message,
                component: name,
                state: "\(plan.place) could not be read before, and is not what was wanted",
                next: "see that the server answers and has room, then run it again"
            )
        }
        let state =
            error.wasPutBack || error.code == .notReverted
            ? "\(live) was replaced and put back as it was, which is proven"
            : "\(live) is as it was"
        return CommandFailure(
            .failed,
            "not-restored",
            error.message,
            component: name,
            state: state,
            next: "see that the server answers and has room, then run it again"
        )
    }
}
