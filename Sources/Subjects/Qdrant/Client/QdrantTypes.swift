public import Transfers

/// Which server answers.
public struct QdrantVersion: Codable, Equatable, Sendable {
    /// Such as `1.18.3`.
    public var version: String
    /// What it was built from, where it says so.
    public var commit: String?
    /// What it calls itself.
    public var title: String

    /// The first two numbers, by which versions are compatible or not.
    public var release: (major: Int, minor: Int)? {
        let parts = version.split(separator: ".").prefix(2).map { Int($0) }
        guard parts.count == 2, let major = parts[0], let minor = parts[1] else { return nil }
        return (major, minor)
    }

    /// Whether it is a version or a later one.
    ///
    /// - Parameters:
    ///   - major: The first number.
    ///   - minor: The second.
    ///   - patch: The third; what stands behind it, such as `-dev`, does not count.
    /// - Returns: False also where the version is none.
    public func isAtLeast(_ major: Int, _ minor: Int, _ patch: Int = 0) -> Bool {
        guard let release else { return false }
        let parts = version.split(separator: ".", maxSplits: 2)
        let last = parts.count > 2 ? Int(parts[2].prefix { $0.isNumber }) ?? 0 : 0
        return (release.major, release.minor, last) >= (major, minor, patch)
    }
}

/// Another name of a collection.
public struct QdrantAlias: Codable, Equatable, Sendable {
    /// The other name.
    public var aliasName: String
    /// The collection.
    public var collectionName: String

    enum CodingKeys: String, CodingKey {
        case aliasName = "alias_name"
        case collectionName = "collection_name"
    }
}

/// An archive that the server made and keeps.
public struct QdrantArchive: Codable, Equatable, Sendable {
    /// Its file name.
    public var name: String
    /// When it was made, UTC without a zone; not every file system knows.
    public var creationTime: String?
    /// Its length.
    public var size: UInt64
    /// SHA-256 in hexadecimal digits; not from servers before 1.8, nor from S3.
    public var checksum: String?

    enum CodingKeys: String, CodingKey {
        case name
        case creationTime = "creation_time"
        case size
        case checksum
    }
}

/// Where the shards of a collection are, as one node sees it.
public struct QdrantShards: Decodable, Equatable, Sendable {
    /// A shard on the node that answers.
    public struct Local: Decodable, Equatable, Sendable {
        /// Its number.
        public var shardID: Int
        /// Its key under custom sharding: a text or a number.
        public var shardKey: JSONValue?
        /// Points, about.
        public var pointsCount: UInt64
        /// `Active` where it can be read.
        public var state: String

        enum CodingKeys: String, CodingKey {
            case shardID = "shard_id"
            case shardKey = "shard_key"
            case pointsCount = "points_count"
            case state
        }
    }

    /// A shard on another node.
    public struct Remote: Decodable, Equatable, Sendable {
        /// Its number.
        public var shardID: Int
        /// Its key under custom sharding.
        public var shardKey: JSONValue?
        /// The node.
        public var peerID: UInt64
        /// `Active` where it can be read.
        public var state: String

        enum CodingKeys: String, CodingKey {
            case shardID = "shard_id"
            case shardKey = "shard_key"
            case peerID = "peer_id"
            case state
        }
    }

    /// The node that answers.
    public var peerID: UInt64
    /// How many shards there are.
    public var shardCount: Int
    /// Those here.
    public var localShards: [Local]
    /// Those elsewhere.
    public var remoteShards: [Remote]
    /// Shards that are being moved or copied.
    public var shardTransfers: [JSONValue]
    /// Resharding that is under way.
    public var reshardingOperations: [JSONValue]?

    enum CodingKeys: String, CodingKey {
        case peerID = "peer_id"
        case shardCount = "shard_count"
        case localShards = "local_shards"
        case remoteShards = "remote_shards"
        case shardTransfers = "shard_transfers"
        case reshardingOperations = "resharding_operations"
    }
}

/// What a segment of a shard consists of, and since which operation.
public struct QdrantSegment: Codable, Equatable, Sendable {
    /// Its UUID.
    public var segmentID: String
    /// The number of the last operation in it.
    public var segmentVersion: UInt64
    /// The same for each file; nil where it is that of the segment.
    public var fileVersions: [String: UInt64?]

    enum CodingKeys: String, CodingKey {
        case segmentID = "segment_id"
        case segmentVersion = "segment_version"
        case fileVersions = "file_versions"
    }

    /// Whether some file is older than it was.
    func isBehind(_ before: QdrantSegment) -> Bool {
        fileVersions.contains { file, version in
            guard let old = before.fileVersions[file] else { return false }
            return version ?? segmentVersion < old ?? before.segmentVersion
        }
    }

    /// The names that must be there as files: others begin with two colons.
    public var files: [String] { fileVersions.keys.filter { !$0.hasPrefix("::") }.sorted() }
}

/// One page of the points of a collection.
public struct QdrantPoints: Decodable, Equatable, Sendable {
    /// Each with `id`, and with `payload` and `vector` where asked for.
    public var points: [JSONValue]
    /// Where the next page begins; nil after the last.
    public var nextPageOffset: JSONValue?

    enum CodingKeys: String, CodingKey {
        case points
        case nextPageOffset = "next_page_offset"
    }
}
