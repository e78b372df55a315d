internal import Transfers

/// Decides how collections come back, by what is on the server now.
///
/// Changes nothing.
struct RestorePlanner {
    let source: QdrantSource
    let snapshot: QdrantSnapshot
    let operation: String
    let live: QdrantVersion
    let collections: Set<String>
    let aliases: [QdrantAlias]
    /// The configuration of a live collection; nil where it cannot be read.
    let config: (String) throws(QdrantRestoreError) -> JSONValue?

    /// Decides for one collection.
    ///
    /// - Parameters:
    ///   - name: Its name, or an alias that it had.
    ///   - other: Another name for it; nil for its own.
    /// - Returns: How it comes back.
    /// - Throws: ``QdrantRestoreError``.
    func plan(_ name: String, as other: String?) throws(QdrantRestoreError) -> CollectionPlan {
        let kept = try snapshot.collection(named: name)
        try inspect(kept)
        if let other { return try aside(kept, other) }
        let own = kept.name
        let targets = Dictionary(
            aliases.map { ($0.aliasName, $0.collectionName) },
            uniquingKeysWith: { first, _ in first }
        )
        for alias in kept.record.aliases where collections.contains(alias) {
            throw QdrantRestoreError(
                .occupied,
                "\(alias) was an alias of \(own), and is the name of a collection now",
                next: "restore it under another name: --collection \(own) --as NEW"
            )
        }
        if let target = targets[own] {
            let names = Set(kept.record.aliases + [own])
            let note = "\(own) is an alias of \(target) now; it is moved, never restored through"
            return move(kept, names, targets, [note])
        }
        let isNamed = source.collections?.contains(own) ?? false
        guard collections.contains(own) else {
            if !isNamed, kept.record.aliases.contains(where: { targets[$0] != nil }) {
                return move(kept, Set(kept.record.aliases), targets, [])
            }
            return CollectionPlan(
                collection: own,
                way: .create,
                staged: own,
                place: own,
                aliases: kept.record.aliases,
                previous: [],
                notes: moved(kept.record.aliases, targets, from: own),
                sizeBytes: kept.sizeBytes
            )
        }
        let now = aliases.filter { $0.collectionName == own }.map(\.aliasName)
        if !isNamed, !kept.record.aliases.isEmpty || !now.isEmpty {
            let added = Set(now).subtracting(kept.record.aliases).sorted()
            let notes = added.map { "\($0) is newer than the snapshot; it is moved, too" }
            return move(kept, Set(kept.record.aliases + now), targets, notes)
        }
        return try replace(kept, targets)
    }

    private func replace(
        _ kept: KeptCollection,
        _ targets: [String: String]
    ) throws(QdrantRestoreError) -> CollectionPlan {
        let live = try config(kept.name)
        // Where nobody can say, the proof compares them afterwards.
        let differences =
            live.map { ConfigurationComparison.differences(kept.record.config, $0) } ?? []
        guard differences.isEmpty else {
            throw QdrantRestoreError(
                .incompatible,
                "\(kept.name) is made for other points now: " + differences.joined(separator: "; "),
                next: "restore it under another name: --collection \(kept.name) --as NEW"
            )
        }
        return CollectionPlan(
            collection: kept.name,
            way: .replace,
            staged: CollectionPlan.stagedName(kept.name, operation),
            place: kept.name,
            aliases: kept.record.aliases,
            previous: [kept.name],
            notes: moved(kept.record.aliases, targets, from: kept.name),
            sizeBytes: kept.sizeBytes,
            isUnreadable: live == nil
        )
    }

    private func move(
        _ kept: KeptCollection,
        _ names: Set<String>,
        _ targets: [String: String],
        _ notes: [String]
    ) -> CollectionPlan {
        let staged = CollectionPlan.stagedName(kept.name, operation)
        let previous = Set(names.compactMap { targets[$0] })
        return CollectionPlan(
            collection: kept.name,
            way: .move,
            staged: staged,
            place: staged,
            aliases: names.sorted(),
            previous: previous.isEmpty ? [kept.name] : previous.sorted(),
            notes: notes,
            sizeBytes: kept.sizeBytes
        )
    }

    private func aside(
        _ kept: KeptCollection,
        _ name: String
    ) throws(QdrantRestoreError) -> CollectionPlan {
        guard !collections.contains(name), !aliases.contains(where: { $0.aliasName == name }) else {
            throw QdrantRestoreError(
                .occupied,
                "the name \(name) is taken",
                next: "name one with --as that no collection and no alias has"
            )
        }
        return CollectionPlan(
            collection: kept.name,
            way: .aside,
            staged: name,
            place: name,
            aliases: [],
            previous: [],
            notes: [],
            sizeBytes: kept.sizeBytes
        )
    }

    private func moved(
        _ names: [String],
        _ targets: [String: String],
        from own: String
    ) -> [String] {
        names.compactMap { alias in
            guard let target = targets[alias], target != own else { return nil }
            return "\(alias) is an alias of \(target) now; it is moved to \(own)"
        }
    }

    /// What a server would take, and lose points by.
    private func inspect(_ kept: KeptCollection) throws(QdrantRestoreError) {
        for shard in kept.shards {
            let content = try fetching { () throws(CaptureError) in try shard.open() }
            let shape: ShardShape
            do throws(CaptureError) {
                shape = try ArchiveInspection.look(at: content)
            } catch {
                throw damaged(kept, shard, error.message)
            }
            if shape.hasRocksDB, !VersionGate.readsRocksDB(live) {
                throw QdrantRestoreError(
                    .incompatible,
                    "\(kept.name) lies in RocksDB, which Qdrant \(live.version) no longer reads",
                    next: "restore it into a Qdrant 1.17, which converts it, and upgrade that"
                )
            }
            guard shape.nextOperation != nil else {
                throw damaged(
                    kept,
                    shard,
                    "its log is empty, and a server that loads it forgets what is written next"
                )
            }
        }
    }

    private func damaged(
        _ kept: KeptCollection,
        _ shard: KeptShard,
        _ what: String
    ) -> QdrantRestoreError {
        QdrantRestoreError(.damaged, "shard \(shard.number) of \(kept.name): \(what)")
    }
}
