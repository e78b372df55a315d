public import Transfers

/// What changes a server: collections, shard keys, payload indexes, aliases.
extension QdrantClient {
    /// Makes a collection.
    ///
    /// Sent once: where the answer is lost it may be there.
    ///
    /// - Parameters:
    ///   - name: The collection; neither one nor an alias of that name may be there.
    ///   - parameters: As the server takes them.
    /// - Throws: ``QdrantError``; `refused` where the name is taken.
    public func createCollection(
        _ name: String,
        _ parameters: JSONValue
    ) throws(QdrantError) {
        var call = Call("PUT", path(name), json: parameters)
        call.isRepeatable = false
        call.patienceSeconds = address.creationSeconds
        _ = try result(call, as: Bool.self)
    }

    /// Deletes a collection; one that is gone is deleted.
    ///
    /// - Parameter name: The collection, no alias.
    /// - Throws: ``QdrantError``.
    public func deleteCollection(_ name: String) throws(QdrantError) {
        var call = Call("DELETE", path(name))
        call.patienceSeconds = address.creationSeconds
        _ = try result(call, as: Bool.self)
    }

    private struct IndexCreation: Encodable {
        var fieldName: String
        var fieldSchema: JSONValue

        enum CodingKeys: String, CodingKey {
            case fieldName = "field_name"
            case fieldSchema = "field_schema"
        }
    }

    /// Indexes a payload field.
    ///
    /// - Parameters:
    ///   - field: The field.
    ///   - schema: Its kind, or its parameters.
    ///   - collection: The collection.
    /// - Throws: ``QdrantError``.
    public func createIndex(
        on field: String,
        _ schema: JSONValue,
        of collection: String
    ) throws(QdrantError) {
        let body = IndexCreation(fieldName: field, fieldSchema: schema)
        var call = Call("PUT", path(collection) + "/index?wait=true", json: body)
        call.patienceSeconds = address.creationSeconds
        _ = try result(call, as: JSONValue.self)
    }

    /// Removes the index of a payload field; one that is gone is removed.
    ///
    /// - Parameters:
    ///   - field: The field.
    ///   - collection: The collection.
    /// - Throws: ``QdrantError``.
    public func deleteIndex(on field: String, of collection: String) throws(QdrantError) {
        let place = path(collection) + "/index/" + Self.escaped(field)
        _ = try result(Call("DELETE", place + "?wait=true"), as: JSONValue.self)
    }

    private struct KeyCreation: Encodable {
        var shardKey: JSONValue
        var shardsNumber: Int
        var replicationFactor = 1

        enum CodingKeys: String, CodingKey {
            case shardKey = "shard_key"
            case shardsNumber = "shards_number"
            case replicationFactor = "replication_factor"
        }
    }

    /// Makes the shards of a key; only a cluster does.
    ///
    /// Sent once: a second one would be refused.
    ///
    /// - Parameters:
    ///   - key: A text or a number.
    ///   - shardCount: How many shards it has.
    ///   - collection: A collection with custom sharding.
    /// - Throws: ``QdrantError``.
    public func createShardKey(
        _ key: JSONValue,
        shardCount: Int,
        of collection: String
    ) throws(QdrantError) {
        let body = KeyCreation(shardKey: key, shardsNumber: shardCount)
        var call = Call("PUT", path(collection) + "/shards", json: body)
        call.isRepeatable = false
        call.patienceSeconds = address.creationSeconds
        _ = try result(call, as: Bool.self)
    }

    /// Wakes the optimizers of a collection, which sleep after an upload (`grey`).
    ///
    /// - Parameter name: The collection.
    /// - Throws: ``QdrantError``.
    public func wakeOptimizers(of name: String) throws(QdrantError) {
        let body = JSONValue.object(["optimizers_config": .object([:])])
        _ = try result(Call("PATCH", path(name), json: body), as: Bool.self)
    }

    /// Changes aliases, all at once or none.
    ///
    /// - Parameter changes: By alias; to a collection, which also moves the alias, or to nothing.
    /// - Throws: ``QdrantError``.
    public func changeAliases(_ changes: [String: String?]) throws(QdrantError) {
        let actions = changes.sorted { $0.key < $1.key }.map { (alias, collection) -> JSONValue in
            guard let collection else {
                return JSONValue.object(["delete_alias": .object(["alias_name": .text(alias)])])
            }
            return .object([
                "create_alias": .object([
                    "alias_name": .text(alias), "collection_name": .text(collection),
                ])
            ])
        }
        let body = JSONValue.object(["actions": .array(actions)])
        _ = try result(Call("POST", "/collections/aliases", json: body), as: Bool.self)
    }
}
