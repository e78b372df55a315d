internal import Cryptography
internal import Storage

/// The chain of snapshot documents: each names the file of the one before it in its stack.
enum SnapshotChain {
    /// The snapshots whose predecessor is neither there nor noted as forgotten.
    ///
    /// A predecessor that is there and unreadable is damage of its own, and may be any.
    static func gaps(
        _ listed: [Repository.Listed],
        _ store: any Store
    ) throws(RepositoryError) -> [Damage] {
        var known: Set<String> = []
        var snapshots: [Snapshot] = []
        for case .snapshot(let snapshot) in listed {
            snapshots.append(snapshot)
            known.insert(SHA256.digest(of: try snapshot.encoded()).hex)
        }
        guard snapshots.count == listed.count else { return [] }
        var ids = Set(snapshots.map(\.id.text))
        for object in try storing({ () throws(StorageError) in try store.list("forgotten") }) {
            guard let snapshot = forgotten(object, store), let document = try? snapshot.encoded()
            else { continue }
            known.insert(SHA256.digest(of: document).hex)
            ids.insert(snapshot.id.text)
        }
        return try vanished(ids, store)
            + snapshots.compactMap { snapshot in
                guard let previous = snapshot.previous, !known.contains(previous) else {
                    return nil
                }
                return Damage(
                    .snapshot,
                    snapshot.id.objectName,
                    ["the snapshot before it, of which it holds the digest, is gone without a note"]
                )
            }
    }

    /// The snapshots that notes about removed ones keep, as far as these can be read.
    static func forgotten(_ store: any Store) throws(RepositoryError) -> [Snapshot] {
        try storing { () throws(StorageError) in try store.list("forgotten") }
            .compactMap { forgotten($0, store) }
    }

    /// The notes about removed snapshots that do not hold one.
    static func unreadableForgotten(_ store: any Store) throws(RepositoryError) -> [String] {
        try storing { () throws(StorageError) in try store.list("forgotten") }
            .filter { forgotten($0, store) == nil }.map(\.name)
    }

    /// The snapshot that a note keeps: unharmed, and of that name.
    private static func forgotten(_ object: StoredObject, _ store: any Store) -> Snapshot? {
        guard let bytes = try? store.getSmall(object.name, limit: 64 << 20),
            let forgotten: Forgotten = try? CanonicalJSON.decode(bytes, name: object.name),
            object.lastComponent == "\(forgotten.snapshot.id).json",
            let document = try? forgotten.snapshot.encoded(),
            let digest = forgotten.snapshot.digest, CanonicalJSON.hasDigest(document, digest)
        else { return nil }
        return forgotten.snapshot
    }

    /// The snapshots of which only what was stated about them is left: no later one names the
    /// newest, but a verification that passed or a pin may.
    private static func vanished(
        _ ids: Set<String>,
        _ store: any Store
    ) throws(RepositoryError) -> [Damage] {
        var names: Set<String> = []
        for kind in [Fact.Kind.receipt, .pin] {
            let folder = "facts/\(kind.rawValue)"
            names.formUnion(
                try storing { () throws(StorageError) in try store.list(folder) }
                    .compactMap { Fact.subject($0) }
            )
        }
        return names.subtracting(ids).sorted().compactMap { SnapshotID($0) }.map { id in
            let why = "it is gone without a note, although something was stated about it"
            var damage = Damage(.snapshot, id.objectName, [why])
            damage.touches = [
                .init(snapshot: id.text, component: nil, path: nil, what: "all of it")
            ]
            return damage
        }
    }

    private struct Forgotten: Codable {
        var snapshot: Snapshot
    }
}
