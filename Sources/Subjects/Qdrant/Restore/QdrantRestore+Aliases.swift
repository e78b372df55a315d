/// The step that people see: names lead to what was restored.
extension QdrantRestore {
    /// Moves the aliases of a plan to its collection, all at once.
    ///
    /// - Parameter plan: Whose collection is in place.
    /// - Returns: What they led to before, to be given to ``setAliases(_:)``.
    /// - Throws: ``QdrantRestoreError``; then they lead where they led before.
    public func moveAliases(
        _ plan: CollectionPlan
    ) throws(QdrantRestoreError) -> [String: String?] {
        let undo = try aliasesToMove(plan)
        if undo.isEmpty { return [:] }
        onPhase("moving \(plan.aliases.joined(separator: ", ")) to \(plan.place)")
        do throws(QdrantRestoreError) {
            try setAliases(undo.mapValues { _ in plan.place })
        } catch {
            // What was asked for may be done although its answer is lost.
            let first = error
            do throws(QdrantRestoreError) {
                if try lead(Array(undo.keys), to: plan.place) { return undo }
                try setAliases(undo)
            } catch {
                throw QdrantRestoreError(
                    .notReverted,
                    "\(first.message); then, while the aliases were looked at: \(error.message)"
                )
            }
            throw first
        }
        return undo
    }

    /// The aliases of a plan that lead elsewhere now.
    ///
    /// - Parameter plan: Whose aliases.
    /// - Returns: What they lead to, to be given to ``setAliases(_:)`` by whoever takes a move back.
    /// - Throws: ``QdrantRestoreError``.
    public func aliasesToMove(
        _ plan: CollectionPlan
    ) throws(QdrantRestoreError) -> [String: String?] {
        if plan.aliases.isEmpty { return [:] }
        _ = steady.waitForServer()
        let now = try restoring { () throws(QdrantError) in try steady.first.aliases() }
        var found: [String: String?] = [:]
        for alias in plan.aliases {
            let old = now.first { $0.aliasName == alias }?.collectionName
            if old != plan.place { found.updateValue(old, forKey: alias) }
        }
        return found
    }

    /// Whether aliases lead to a collection.
    private func lead(
        _ names: [String],
        to collection: String
    ) throws(QdrantRestoreError) -> Bool {
        _ = steady.waitForServer()
        let now = try restoring { () throws(QdrantError) in try steady.first.aliases() }
        return names.allSatisfy { name in
            now.contains { $0.aliasName == name && $0.collectionName == collection }
        }
    }

    /// Sets aliases and looks whether they are set.
    ///
    /// - Parameter wanted: By alias; nothing for one that is to be gone.
    /// - Throws: ``QdrantRestoreError``.
    public func setAliases(_ wanted: [String: String?]) throws(QdrantRestoreError) {
        _ = steady.waitForServer()
        let now = try restoring { () throws(QdrantError) in
            try steady.first.changeAliases(wanted)
            return try steady.first.aliases()
        }
        for (alias, collection) in wanted {
            let found = now.first { $0.aliasName == alias }?.collectionName
            guard found == collection else {
                throw QdrantRestoreError(
                    .unproven,
                    "the alias \(alias) leads to \(found ?? "nothing") and not to "
                        + (collection ?? "nothing")
                )
            }
        }
    }
}
