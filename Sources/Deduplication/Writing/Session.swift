internal import Files
internal import Storage

/// A writer or a collection at work, as others see it: `sessions/<snapshot>.json`.
struct Session: Codable, Sendable {
    static let folder = "sessions"

    var id: SnapshotID
    var host: String
    var pid: Int
    var startedAt: String
    /// The lists of condemned packs that were there before it began.
    ///
    /// From these it copies what it needs. All later ones must wait for its end, and all do where it says nothing.
    var condemned: [String]?
    /// Of a collection, the lists whose packs it may delete; nil for anybody else.
    var collects: [String]?

    enum CodingKeys: String, CodingKey {
        case id, host, pid, condemned, collects
        case startedAt = "started_at"
    }

    static func objectName(_ id: SnapshotID) -> String { "\(folder)/\(id).json" }
}

/// A session of this process, alive until it is released.
final class OpenSession: Sendable {
    let id: SnapshotID
    /// The lists of condemned packs that it saw.
    let seen: Set<String>
    private let hold: any StoreHold

    /// Opens a session and makes it durable.
    ///
    /// No list can come up between what it saw and its own appearance: it looks before and after,
    /// and begins anew until both are the same.
    ///
    /// That of a collection knows none of the lists: all wait for its end.
    init(
        _ id: SnapshotID,
        in store: any Store,
        host: String,
        processID: Int,
        startedAt: Moment,
        isCollecting: Bool = false
    ) throws(RepositoryError) {
        while true {
            let before = try CondemnedList.names(store)
            let session = Session(
                id: id,
                host: host,
                pid: processID,
                startedAt: startedAt.rfc3339,
                condemned: isCollecting ? [] : before.sorted(),
                collects: isCollecting ? before.sorted() : nil
            )
            let document = try CanonicalJSON.encode(session)
            let hold = try storing { () throws(StorageError) in
                try store.hold(Session.objectName(id), document)
            }
            do throws(RepositoryError) {
                try storing { () throws(StorageError) in try store.sync() }
                if try CondemnedList.names(store).isSubset(of: before) {
                    (self.hold, self.id, seen) = (hold, id, before)
                    return
                }
            } catch {
                hold.release()
                throw error
            }
            hold.release()
        }
    }

    /// Ends it.
    func release() { hold.release() }
}
