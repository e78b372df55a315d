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
        for object in try storing({ () throws(StorageError) in try store.list("forgotten") }) {
            guard let bytes = try? store.getSmall(object.name, limit: 64 << 20),
                let forgotten: Forgotten = try? CanonicalJSON.decode(bytes, name: object.name),
                let document = try? forgotten.snapshot.encoded()
            else { continue }
            known.insert(SHA256.digest(of: document).hex)
        }
        return snapshots.compactMap { snapshot in
            guard let previous = snapshot.previous, !known.contains(previous) else { return nil }
            return Damage(
                .snapshot,
                snapshot.id.objectName,
                ["the snapshot before it, of which it holds the digest, is gone without a note"]
            )
        }
    }

    private struct Forgotten: Codable {
        var snapshot: Snapshot
    }
}
