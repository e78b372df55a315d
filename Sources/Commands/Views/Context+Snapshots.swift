internal import Deduplication

extension Context {
    /// The snapshot that a person means; a file that should hold it and cannot be read is damage,
    /// not a snapshot that never was.
    ///
    /// - Parameters:
    ///   - text: An id, a unique beginning of one, `latest`, or `latest:TAG`.
    ///   - repository: Where to look.
    /// - Returns: The snapshot.
    /// - Throws: ``CommandFailure``; `damaged` for a file that cannot be read.
    func snapshot(_ text: String, in repository: Repository) throws(CommandFailure) -> Snapshot {
        let stack = try configured().value.stack
        do throws(RepositoryError) {
            let found = try repository.snapshot(text, stack: stack)
            if text.hasPrefix("latest") { try warnOfUnreadable(after: found, in: repository) }
            return found
        } catch {
            if error.code == .notFound, let damage = try unreadable(text, in: repository) {
                throw CommandFailure(damage)
            }
            throw CommandFailure(error)
        }
    }

    /// Says so where the newest snapshot may be one that cannot be read.
    private func warnOfUnreadable(
        after found: Snapshot,
        in repository: Repository
    ) throws(RepositoryError) {
        for case .unreadable(let name, let error) in try repository.listSnapshots()
        where !found.id.isLater(than: name.dropFirst("snapshots/".count)) {
            warn("damage", "a newer snapshot cannot be read: \(error.message)")
        }
        try warnOfDamage(found, in: repository)
    }

    /// Says so where a snapshot that nobody named by its id is known to be damaged.
    func warnOfDamage(
        _ found: Snapshot,
        in repository: Repository
    ) throws(RepositoryError) {
        guard let fact = try repository.facts(.damage).first(where: { $0.subject == found.id.text })
        else { return }
        warn("damage", "snapshot \(found.id) is known to be damaged: \(fact.detail)")
    }

    private func unreadable(
        _ text: String,
        in repository: Repository
    ) throws(CommandFailure) -> RepositoryError? {
        let listed = try querying { () throws(RepositoryError) in try repository.listSnapshots() }
        for case .unreadable(let name, let error) in listed
        where name.hasPrefix("snapshots/\(text)") {
            return error
        }
        return nil
    }
}
