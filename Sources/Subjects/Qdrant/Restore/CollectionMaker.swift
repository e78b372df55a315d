internal import Transfers

/// Makes an empty collection as one was that a snapshot holds.
struct CollectionMaker {
    private static let parameters = [
        "vectors", "sparse_vectors", "shard_number", "sharding_method", "write_consistency_factor",
        "on_disk_payload", "payload",
    ]

    let node: QdrantClient
    /// Whether it is one of several nodes: then each shard gets one replica at first.
    let isDistributed: Bool

    /// Makes the collection with its shard keys and payload indexes.
    ///
    /// - Parameters:
    ///   - name: A free name.
    ///   - record: What it shall be like.
    ///   - onMade: Told as soon as it may be there, so that it must be deleted after a failure.
    /// - Throws: ``QdrantRestoreError``.
    func make(
        _ name: String,
        like record: CollectionRecord,
        onMade: () -> Void
    ) throws(QdrantRestoreError) {
        do throws(QdrantError) {
            try node.createCollection(name, request(record.config))
        } catch {
            if [.unreachable, .timedOut, .notQdrant].contains(error.code)
                || error.status ?? 0 >= 500
            {
                onMade()
            }
            throw QdrantRestoreError(error)
        }
        onMade()
        try makeKeys(of: record, in: name)
        try makeIndexes(of: record, in: name)
    }

    /// Makes the payload indexes of a collection; one that is there as it was stays.
    ///
    /// - Parameters:
    ///   - record: What they shall be like.
    ///   - name: The collection.
    /// - Throws: ``QdrantRestoreError``.
    func makeIndexes(
        of record: CollectionRecord,
        in name: String
    ) throws(QdrantRestoreError) {
        guard case .object(let fields) = record.payloadSchema else { return }
        for (field, index) in fields.sorted(by: { $0.key < $1.key }) {
            guard let schema = Self.schema(index) else {
                throw QdrantRestoreError(.damaged, "the index on \(field) is of no known kind")
            }
            try restoring { () throws(QdrantError) in
                try node.createIndex(on: field, schema, of: name)
            }
        }
    }

    /// Shard keys in the order of their shards, so that each shard gets its number again.
    private func makeKeys(
        of record: CollectionRecord,
        in name: String
    ) throws(QdrantRestoreError) {
        let isCustom = record.config["params"]?["sharding_method"] == .text("custom")
        guard isCustom else { return }
        var keys: [(key: JSONValue, count: Int)] = []
        let numbered = record.shardKeys.compactMap { number, key in Int(number).map { ($0, key) } }
        for (_, key) in numbered.sorted(by: { $0.0 < $1.0 }) {
            if let place = keys.firstIndex(where: { $0.key == key }) {
                keys[place].count += 1
            } else {
                keys.append((key, 1))
            }
        }
        guard numbered.count == record.shardCount, !keys.isEmpty else {
            throw QdrantRestoreError(
                .damaged,
                "\(record.name) has custom sharding, and the snapshot has no keys of its shards"
            )
        }
        for (key, count) in keys {
            do throws(QdrantError) {
                try node.createShardKey(key, shardCount: count, of: name)
            } catch {
                let code: QdrantRestoreError.Code = error.code == .refused ? .incompatible : .server
                throw QdrantRestoreError(
                    code,
                    "\(record.name) has custom sharding, and its keys cannot be made here: "
                        + error.message
                )
            }
        }
    }

    /// What the server wants to be told for a collection of that configuration.
    private func request(_ config: JSONValue) -> JSONValue {
        var fields: [String: JSONValue] = [:]
        for name in Self.parameters { fields[name] = config["params"]?[name] }
        if !isDistributed { fields["replication_factor"] = config["params"]?["replication_factor"] }
        fields["hnsw_config"] = config["hnsw_config"]
        fields["optimizers_config"] = config["optimizer_config"]
        fields["wal_config"] = config["wal_config"]
        fields["quantization_config"] = config["quantization_config"]
        fields["strict_mode_config"] = config["strict_mode_config"]
        fields["metadata"] = config["metadata"]
        return .object(fields.filter { $0.value != .null })
    }

    /// How an index is asked for: by its parameters, or by its kind alone.
    private static func schema(_ index: JSONValue) -> JSONValue? {
        if let parameters = index["params"], parameters != .null { return parameters }
        guard case .text? = index["data_type"] else { return nil }
        return index["data_type"]
    }
}
