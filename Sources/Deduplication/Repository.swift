internal import Cryptography
internal import Files
public import Storage

/// An open repository: chunks, each kept once, and snapshots that say what they make.
///
/// Invariants: nothing that counts is changed in place; a snapshot appears only after all that
/// it refers to is durable; what cannot be read as written is an error that names it.
public final class Repository: Sendable {
    let store: any Store
    let settings: RepositorySettings
    let index: ChunkIndex

    /// The repository's own name, for ever.
    public var id: String { settings.id }
    /// Where it lies, for people.
    public var place: String { store.place }
    /// Index files that could not be read; they are derived, and were made again from the packs.
    public var brokenIndexFiles: [String] { index.brokenSegments }

    /// Makes a repository in an empty store.
    ///
    /// - Parameters:
    ///   - store: Empty but for the files that the caller put there.
    ///   - texts: Files for people, by name, such as `README.txt`.
    /// - Throws: ``RepositoryError``; `occupied` where there is one already.
    public static func create(in store: any Store, texts: [String: String]) throws(RepositoryError)
    {
        var settings = RepositorySettings(id: randomID(), createdAt: Moment.now.rfc3339)
        settings.digest = SHA256.digest(of: try CanonicalJSON.encode(settings)).hex
        let document = try CanonicalJSON.encode(settings)
        do throws(StorageError) {
            for name in texts.keys.sorted() { try putText(store, name, texts[name] ?? "") }
            try putText(store, "config.json", String(decoding: document, as: UTF8.self))
            try store.sync()
            // Last: a repository exists from the moment that its format is stated.
            try store.put("FORMAT", Array(RepositorySettings.formatLine.utf8))
            try store.sync()
        } catch {
            if error.code == .exists {
                throw RepositoryError(
                    code: .occupied,
                    message: "there is a repository at \(store.place) already",
                    cause: error
                )
            }
            throw RepositoryError(error)
        }
    }

    private static func putText(
        _ store: any Store,
        _ name: String,
        _ text: String
    ) throws(StorageError) {
        do throws(StorageError) {
            try store.put(name, Array(text.utf8))
        } catch {
            // Left by an attempt that ended before the format was stated: as good as ours.
            if error.code != .exists { throw error }
        }
    }

    static func randomID() -> String {
        String(
            decoding: SHA256.digest(
                of: (0..<32).map { _ in UInt8.random(in: 0 ... .max) }
            ).hexBytes.prefix(32),
            as: UTF8.self
        )
    }

    /// Opens a repository.
    ///
    /// - Parameter store: Where it lies.
    /// - Throws: ``RepositoryError``; `missing` where there is none, `unsupported` where it
    ///   needs a newer version.
    public init(_ store: any Store) throws(RepositoryError) {
        self.store = store
        let format = try Self.text(store, "FORMAT", limit: 64)
        guard format == RepositorySettings.formatLine else {
            throw RepositoryError(
                code: .unsupported,
                message: "\(store.place) has the format \(format.prefix(40).debugDescription), "
                    + "this version reads \"recover-repository 1\""
            )
        }
        let document = Array(try Self.text(store, "config.json", limit: 65_536).utf8)
        settings = try CanonicalJSON.decode(document, name: "config.json")
        guard settings.schema == RepositorySettings.currentSchema,
            Set(settings.features).isSubset(of: RepositorySettings.knownFeatures)
        else {
            throw RepositoryError(
                code: .unsupported,
                message: "\(store.place) needs a newer version of recover"
            )
        }
        guard let digest = settings.digest, CanonicalJSON.hasDigest(document, digest),
            settings.packBytes >= 8 << 20, settings.packBytes <= 1 << 30,
            settings.metaPackBytes >= 4 << 20, settings.metaPackBytes <= 1 << 30
        else {
            throw RepositoryError(
                code: .damaged,
                message: "config.json of \(store.place) does not have its own digest"
            )
        }
        index = try ChunkIndex(store, excluding: try Self.excludedPacks(store))
    }

    /// Opens a repository whose settings were found out otherwise, for a repair.
    init(_ store: any Store, assuming settings: RepositorySettings) throws(RepositoryError) {
        self.store = store
        self.settings = settings
        index = try ChunkIndex(store, excluding: try Self.excludedPacks(store))
    }

    private static func text(
        _ store: any Store,
        _ name: String,
        limit: Int
    ) throws(RepositoryError) -> String {
        do throws(StorageError) {
            // Root objects are listed by nobody: read up to the limit, shorter is fine.
            return String(decoding: try store.getSmall(name, limit: limit), as: UTF8.self)
        } catch {
            if error.code == .notFound {
                throw RepositoryError(
                    code: .missing,
                    message: "there is no repository at \(store.place)",
                    cause: error
                )
            }
            throw RepositoryError(error)
        }
    }

    /// Packs that a backup must not lean on: those that are condemned or known to be damaged.
    private static func excludedPacks(_ store: any Store) throws(RepositoryError) -> Set<Digest> {
        var found = try damagedPacks(store)
        for stored in try CondemnedList.all(store) {
            for pack in stored.list?.packs ?? [] {
                if let (_, id) = PackFormat.pack(pack.name) { found.insert(id) }
            }
        }
        return found
    }

    /// Packs that are known to be damaged.
    static func damagedPacks(_ store: any Store) throws(RepositoryError) -> Set<Digest> {
        var found: Set<Digest> = []
        let damaged = try storing { () throws(StorageError) in try store.list("facts/damaged") }
        for object in damaged {
            if let id = Digest(hex: String(object.lastComponent.prefix(64))) { found.insert(id) }
        }
        return found
    }

    /// Reads the entries of a component.
    ///
    /// - Parameters:
    ///   - component: From a snapshot of this repository.
    ///   - name: Its name, for messages.
    /// - Returns: A reader at the first entry.
    /// - Throws: ``RepositoryError``.
    public func tree(
        _ component: Snapshot.Component,
        name: String
    ) throws(RepositoryError) -> TreeReader {
        try TreeReader(ChunkReader(store: store, index: index), component, name: name)
    }

    /// A reader for the content of files, with threads of its own.
    ///
    /// - Returns: The reader.
    public func contentReader() -> ContentReader {
        ContentReader(self)
    }
}
