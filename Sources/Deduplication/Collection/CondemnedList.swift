internal import Cryptography
internal import Files
internal import Storage

/// Packs that a collection found unneeded: `condemned/<time>-<xxxx>.json`.
///
/// They stay in place until their time is up. Made once; a list that has to change is replaced by
/// another of a new name, so that nobody who saw the old one takes the new for it.
struct CondemnedList: Codable, Sendable {
    static let folder = "condemned"
    static let currentSchema = "recover-condemned/1"

    struct Pack: Codable, Sendable, Hashable {
        /// The name of the object.
        var name: String
        var bytes: UInt64
    }

    /// A list as it lies there.
    struct Stored: Sendable {
        let name: String
        /// Nil where it is damaged: then nothing is ever deleted for it.
        let list: CondemnedList?
    }

    var schema = currentSchema
    /// When its packs were condemned.
    var at: String
    var host: String
    var operation: String
    var packs: [Pack]
    var digest: String?

    /// The lists that are there.
    static func names(_ store: any Store) throws(RepositoryError) -> Set<String> {
        let objects = try storing { () throws(StorageError) in try store.list(folder) }
        return Set(objects.map(\.name))
    }

    /// Reads all lists.
    ///
    /// - Throws: ``RepositoryError`` where the store does not answer.
    static func all(_ store: any Store) throws(RepositoryError) -> [Stored] {
        var found: [Stored] = []
        for name in try names(store).sorted() {
            // Half of it may have come: only what is damaged twice is damaged.
            var list = try read(name, store)
            if list == nil { list = try read(name, store) }
            found.append(Stored(name: name, list: list))
        }
        return found
    }

    private static func read(
        _ name: String,
        _ store: any Store
    ) throws(RepositoryError) -> CondemnedList? {
        let bytes: [UInt8]
        do throws(StorageError) {
            bytes = try store.steadily { () throws(StorageError) in
                try store.getSmall(name, limit: 64 << 20)
            }
        } catch {
            try store.expectAnswer(after: error)
            return nil
        }
        guard let list: CondemnedList = try? CanonicalJSON.decode(bytes, name: name),
            list.schema == currentSchema, let digest = list.digest,
            CanonicalJSON.hasDigest(bytes, digest)
        else { return nil }
        return list
    }

    /// Writes a list and makes it durable.
    ///
    /// - Returns: Its name.
    @discardableResult
    static func write(
        _ packs: [Pack],
        at: String,
        host: String,
        operation: String,
        in store: any Store
    ) throws(RepositoryError) -> String {
        var list = CondemnedList(at: at, host: host, operation: operation, packs: packs)
        list.digest = SHA256.digest(of: try CanonicalJSON.encode(list)).hex
        let bytes = try CanonicalJSON.encode(list)
        let mark = SHA256.digest(of: bytes).hex.prefix(8)
        let name = "\(folder)/\(Moment.now.compactUTC)-\(mark).json"
        try storing { () throws(StorageError) in
            do throws(StorageError) {
                try store.put(name, bytes)
            } catch {
                if error.code != .exists { throw error }
            }
            try store.sync()
        }
        return name
    }
}
