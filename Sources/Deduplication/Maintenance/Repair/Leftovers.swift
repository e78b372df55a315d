internal import Files
internal import Storage

/// What processes left behind that are gone.
struct Leftovers {
    /// How long a session of another machine may be silent.
    private static let silentNanoseconds: Int64 = 7 * 86_400 * 1_000_000_000

    /// Sessions whose process is gone, by the id that each would have published, nil where none.
    ///
    /// Of one of this machine that is certain: nobody has its lock. A collection of another machine
    /// stays, however old: it may be asleep before a deletion that nothing can revoke.
    private(set) var sessions: [(object: String, id: SnapshotID?, isCertain: Bool)] = []
    /// Files that nobody will finish; none while anybody may be writing.
    private(set) var drafts: [String] = []

    /// Looks at what is there.
    ///
    /// - Parameters:
    ///   - store: The repository's store.
    ///   - host: This machine: of its own processes it knows by their locks who lives.
    /// - Throws: ``RepositoryError`` where the store cannot be listed.
    init(_ store: any Store, host: String) throws(RepositoryError) {
        var isAnyoneAtWork = false
        for object in try storing({ () throws(StorageError) in try store.list("sessions") }) {
            if try Self.isAlive(object, store, host) {
                isAnyoneAtWork = true
            } else if let session = Self.session(object, store), session.collects != nil {
                if session.host == host { sessions.append((object.name, nil, true)) }
            } else {
                let name = object.lastComponent
                let id = name.hasSuffix(".json") ? SnapshotID(String(name.dropLast(5))) : nil
                let isCertain = Self.session(object, store)?.host == host
                sessions.append((object.name, id, isCertain))
            }
        }
        if isAnyoneAtWork { return }
        for draft in try storing({ () throws(StorageError) in try store.list("tmp") })
        where try !storing({ () throws(StorageError) in try store.isHeld(draft.name) }) {
            drafts.append(draft.name)
        }
    }

    private static func isAlive(
        _ object: StoredObject,
        _ store: any Store,
        _ host: String
    ) throws(RepositoryError) -> Bool {
        if try storing({ () throws(StorageError) in try store.isHeld(object.name) }) { return true }
        guard let session = session(object, store) else { return false }
        if session.host == host { return false }
        guard let started = Moment(rfc3339: session.startedAt) else { return false }
        return Moment.now.seconds(since: started) < Double(silentNanoseconds) / 1e9
    }

    private static func session(_ object: StoredObject, _ store: any Store) -> Session? {
        guard let bytes = try? store.getSmall(object.name, limit: 1 << 20) else { return nil }
        return try? CanonicalJSON.decode(bytes, name: object.name)
    }

    /// Removes what dead processes of this machine left, as far as that goes.
    ///
    /// Their end is certain, so nobody's name is taken. Of another machine's session only its age
    /// says anything: that one is revoked first, which a backup has no time for.
    static func tidy(_ store: any Store, host: String) {
        try? store.removeLeavings(heldIn: "tmp")
        for object in (try? store.list(Session.folder)) ?? [] {
            guard let isHeld = try? store.isHeld(object.name), !isHeld else { continue }
            if let session = session(object, store), session.host != host { continue }
            try? store.delete(object.name)
        }
    }

    /// The sessions of others that may still publish or delete something.
    ///
    /// - Returns: Nil for one that cannot be read; and the lists that some collection may still go
    ///   by, be it taken for dead.
    /// - Throws: ``RepositoryError`` where the store does not answer.
    static func others(
        _ store: any Store,
        host: String,
        than own: SnapshotID? = nil
    ) throws(RepositoryError) -> (living: [Session?], collected: Set<String>) {
        var living: [Session?] = []
        var collected: Set<String> = []
        for object in try storing({ () throws(StorageError) in try store.list(Session.folder) })
        where object.name != own.map(Session.objectName) {
            let session = session(object, store)
            collected.formUnion(session?.collects ?? [])
            if try isAlive(object, store, host) { living.append(session) }
        }
        return (living, collected)
    }

    /// Removes all of it.
    ///
    /// The name of a session's snapshot is taken first, so that a process that was merely asleep
    /// cannot publish what it thinks it has.
    func remove(_ store: any Store) throws(RepositoryError) {
        do throws(StorageError) {
            for session in sessions {
                // A snapshot that was about to be brought back must keep its name.
                let isReturn = try session.id.map { (id) throws(StorageError) in
                    let name = ForgottenSnapshot.objectName(id)
                    return try store.list(ForgottenSnapshot.folder).contains { $0.name == name }
                }
                if let id = session.id, !(session.isCertain && isReturn == true) {
                    do throws(StorageError) {
                        try store.put(id.objectName, Array(Repository.tombstone.utf8))
                    } catch {
                        // It was published: only the end of the session was missing.
                        if error.code != .exists { throw error }
                    }
                    try store.sync()
                }
                try store.delete(session.object)
            }
            for draft in drafts { try store.delete(draft) }
            try store.sync()
        } catch {
            throw RepositoryError(error)
        }
    }
}
