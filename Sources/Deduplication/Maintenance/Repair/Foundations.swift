internal import Cryptography
internal import Files
internal import Storage

/// The files that make a folder a repository, and how they should be.
struct Foundations {
    /// A file that is to be written as it should be.
    struct Replacement: Sendable {
        let name: String
        let bytes: [UInt8]
        let why: String
    }

    /// What is to be written, in this order.
    private(set) var replacements: [Replacement] = []
    /// The settings, read or made again.
    let settings: RepositorySettings

    /// Looks at the files.
    ///
    /// - Throws: ``RepositoryError``; `missing` where nothing shows that this is a repository,
    ///   `unsupported` where it is one of a newer version.
    init(_ store: any Store, texts: [String: String]) throws(RepositoryError) {
        let (config, why) = try Self.config(store)
        settings = try CanonicalJSON.decode(config, name: "config.json")
        for (name, text) in texts.sorted(by: { $0.key < $1.key })
        where (try? store.getSmall(name, limit: 1 << 20)) != Array(text.utf8) {
            let bytes = Array(text.utf8)
            replacements.append(
                .init(name: name, bytes: bytes, why: "it is not as this version writes it")
            )
        }
        if let why {
            replacements.append(.init(name: "config.json", bytes: config, why: why))
        }
        let format = Array(RepositorySettings.formatLine.utf8)
        if (try? store.getSmall("FORMAT", limit: 64)) != format {
            replacements.append(
                .init(name: "FORMAT", bytes: format, why: "it is missing or damaged")
            )
        }
    }

    /// The settings' bytes, and why they are to be written where they are not there.
    private static func config(
        _ store: any Store
    ) throws(RepositoryError) -> (bytes: [UInt8], why: String?) {
        let stored = try? store.getSmall("config.json", limit: 65_536)
        if let stored {
            if isOurs(stored) { return (stored, nil) }
            let settings: RepositorySettings? = try? CanonicalJSON.decode(stored, name: "")
            if let digest = settings?.digest, CanonicalJSON.hasDigest(stored, digest) {
                throw RepositoryError(
                    code: .unsupported,
                    message: "\(store.place) needs a newer version of recover"
                )
            }
            if let healed = OneBit.heal(stored), isOurs(healed) {
                return (healed, "one bit of it was flipped")
            }
        }
        guard try hasSnapshot(store) else {
            throw RepositoryError(
                code: .missing,
                message: "there is no repository at \(store.place): no settings and no snapshot"
            )
        }
        // Sizes only guide the writer; that the identity is a new one must be said.
        var settings = RepositorySettings(
            id: Repository.randomID(),
            createdAt: Moment.now.rfc3339
        )
        settings.digest = SHA256.digest(of: try CanonicalJSON.encode(settings)).hex
        let why = "it is missing or damaged; sizes are the usual ones, the identity is a new one"
        return (try CanonicalJSON.encode(settings), why)
    }

    private static func isOurs(_ bytes: [UInt8]) -> Bool {
        guard let settings: RepositorySettings = try? CanonicalJSON.decode(bytes, name: ""),
            let digest = settings.digest, CanonicalJSON.hasDigest(bytes, digest)
        else { return false }
        return settings.schema == RepositorySettings.currentSchema
            && Set(settings.features).isSubset(of: RepositorySettings.knownFeatures)
    }

    /// Whether a document of this version shows what the folder is.
    private static func hasSnapshot(_ store: any Store) throws(RepositoryError) -> Bool {
        try storing { () throws(StorageError) in try store.list("snapshots") }.contains {
            guard let bytes = try? store.getSmall($0.name, limit: 64 << 20) else { return false }
            return (try? Snapshot.decode(bytes, name: $0.name)) != nil
        }
    }
}
