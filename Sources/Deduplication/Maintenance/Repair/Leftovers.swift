internal import Files
internal import Storage

/// What processes left behind that are gone.
struct Leftovers {
    /// How long a session of another machine may be silent.
    private static let silentNanoseconds: Int64 = 7 * 86_400 * 1_000_000_000

    /// Sessions whose process is gone, by the id that each would have published.
    private(set) var sessions: [(object: String, id: SnapshotID?)] = []
    /// Files that nobody will finish; none while anybody may be writing.
    private(set) var drafts: [String] = []

    private struct Session: Decodable {
        var id: SnapshotID
        var host: String
        var startedAt: String?

        enum CodingKeys: String, CodingKey {
            case id, host
            case startedAt = "started_at"
        }
    }

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
            } else {
                let name = object.lastComponent
                let id = name.hasSuffix(".json") ? SnapshotID(String(name.dropLast(5))) : nil
                sessions.append((object.name, id))
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
        guard let bytes = try? store.getSmall(object.name, limit: 1 << 20),
            let session: Session = try? CanonicalJSON.decode(bytes, name: object.name)
        else { return false }
        if session.host == host { return false }
        guard let started = session.startedAt.flatMap({ Moment(rfc3339: $0) }) else { return false }
        return Moment.now.nanoseconds - started.nanoseconds < silentNanoseconds
    }

    /// Removes all of it.
    ///
    /// The name of a session's snapshot is taken first, so that a process that was merely asleep
    /// cannot publish what it thinks it has.
    func remove(_ store: any Store) throws(RepositoryError) {
        do throws(StorageError) {
            for session in sessions {
                if let id = session.id {
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
