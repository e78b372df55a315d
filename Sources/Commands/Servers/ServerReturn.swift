internal import Arguments
internal import Deduplication
internal import Subjects

/// How the collections of one server come back: beside the live ones, proven, and only then by
/// moving aliases, or over a live one whose way back is at hand.
final class ServerReturn {
    let name: String
    let plans: [CollectionPlan]
    /// Points by collection, once they are proven.
    var points: [String: UInt64] = [:]
    /// The collections as they were before some were replaced.
    var safety: Snapshot?
    var warnings: [Report.Warning] = []
    let source: QdrantSource
    let restore: QdrantRestore
    let context: Context
    let operation: String
    var note: ServerRestoreNote?
    var wayBack: WayBack?
    var staged: [CollectionPlan] = []
    var replaced: [CollectionPlan] = []
    var movedAliases: [[String: String?]] = []
    /// Told of each change of what is live before it is made, so that it can be taken back after a
    /// kill; what it throws ends the restore.
    var onStep: (ServerStep) throws(CommandFailure) -> Void = { (_) throws(CommandFailure) in }
    /// What is live is neither what it was nor what was wanted: nothing is removed then.
    var isStuck = false
    /// Something is on the server that the next run has to delete.
    private var hasLeftOver = false
    /// What could not be read before is no whole collection now: the note goes on saying so.
    var isUnfinished = false

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
                throw untouched(error)
            }
        }
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
}
