internal import Deduplication
internal import Deployments
internal import Subjects

/// The way back: taken before anything is replaced, gone after a failure or by a later run.
extension ServerReturn {
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
                throw untouched(error)
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
            throw untouched(error)
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
}
