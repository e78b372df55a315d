internal import Files
internal import Storage

extension OpenSession {
    /// Opens that of a collection: until its end no other collection removes a list or a pack.
    ///
    /// - Throws: ``RepositoryError``; `full` where not even a part of the index made room for it.
    static func collecting(
        in repository: Repository,
        _ settings: RepositoryCollection.Settings
    ) throws(RepositoryError) -> OpenSession {
        do throws(RepositoryError) {
            return try open(in: repository.store, settings)
        } catch {
            // On a full disk the index goes first: it is derived.
            let segments = repository.index.segmentContents
            let least = segments.min { $0.entryCount < $1.entryCount }
            guard error.code == .full, let least else { throw error }
            try storing { () throws(StorageError) in try repository.store.delete(least.name) }
            return try open(in: repository.store, settings)
        }
    }

    private static func open(
        in store: any Store,
        _ settings: RepositoryCollection.Settings
    ) throws(RepositoryError) -> OpenSession {
        let now = Moment.now
        return try OpenSession(
            try SnapshotDraft.freeID(at: now, in: store),
            in: store,
            host: settings.host,
            processID: settings.processID,
            startedAt: now,
            isCollecting: true
        )
    }
}
