internal import Transfers

/// What is kept of a shard beside its archive, for the next capture and for a restore.
struct ShardRecord: Codable, Equatable, Sendable {
    /// Of this layout.
    var version = 1
    /// The number of the shard.
    var shard: Int
    /// Its key under custom sharding.
    var key: JSONValue?
    /// The node that it was taken from.
    var peer: UInt64
    /// The server's version.
    var server: String
    /// How it was taken: `full`, `partial`, or `archive` where the server made one.
    var method: String
    /// How many increments lie between this archive and a full one.
    var generation: Int
    /// The number of the shard's next operation.
    var nextOperation: UInt64?
    /// What its segments consist of, by UUID: the base of the next increment.
    var manifests: [String: QdrantSegment]
    /// The server's digest of its archive; that of a stream nobody states.
    var checksum: String?
    /// Why all of it was taken, where there was a parent.
    var reason: String?

    enum CodingKeys: String, CodingKey {
        case version
        case shard
        case key
        case peer
        case server
        case method
        case generation
        case nextOperation = "next_operation"
        case manifests
        case checksum
        case reason
    }
}

/// What is kept of a collection beside its shards: all that Qdrant's own archives leave out.
struct CollectionRecord: Codable, Equatable, Sendable {
    /// Of this layout.
    var version = 1
    /// Its name; in paths it is escaped.
    var name: String
    /// Its other names.
    var aliases: [String]
    /// Parameters of vectors, index and optimizer.
    var config: JSONValue
    /// Indexed fields and their kinds, without counts.
    var payloadSchema: JSONValue
    /// How many shards it has.
    var shardCount: Int
    /// Shard keys by shard number, under custom sharding.
    var shardKeys: [String: JSONValue]

    enum CodingKeys: String, CodingKey {
        case version
        case name
        case aliases
        case config
        case payloadSchema = "payload_schema"
        case shardCount = "shard_count"
        case shardKeys = "shard_keys"
    }
}

/// What a restore is proven by.
struct StateRecord: Codable, Equatable, Sendable {
    /// Of this layout.
    var version = 1
    /// `exact` where nothing was written meanwhile, else `window`.
    var proof: String
    /// The exact count before the capture.
    var countBefore: UInt64
    /// The exact count after it.
    var countAfter: UInt64
    /// `green` or what else the collection was.
    var status: String?
    /// SHA-256 of some points with payload and vectors; missing where they changed meanwhile.
    var sample: String?
    /// Archives on the server of which it states no checksum: somebody uploaded them, to restore.
    var uploads: [String]?
    /// How many runs lie behind the last full archive of each shard, by its number.
    var runs: [String: Int]?
    /// The restores of ours into it, each of which begins its operations anew.
    var restores: [String]?

    enum CodingKeys: String, CodingKey {
        case version
        case proof
        case countBefore = "count_before"
        case countAfter = "count_after"
        case status
        case sample
        case uploads
        case runs
        case restores
    }
}

/// Who was asked.
struct ServerRecord: Codable, Equatable, Sendable {
    /// Of this layout.
    var version = 1
    /// The server's own words.
    var server: QdrantVersion
    /// The nodes; missing where our key may not know.
    var cluster: JSONValue?
}
