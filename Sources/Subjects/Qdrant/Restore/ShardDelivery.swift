internal import Cryptography

/// How far the shards of a live collection have been replaced.
struct Reach {
    /// The server said that it has them.
    var replaced: Set<Int> = []
    /// The server was given all of the archive, and did not say what became of it.
    var doubtful: Set<Int> = []

    /// Whether the server was given no archive whole, and so has not begun with any.
    var isNowhere: Bool { replaced.isEmpty && doubtful.isEmpty }

    mutating func add(_ other: Reach) {
        replaced.formUnion(other.replaced)
        doubtful.formUnion(other.doubtful)
    }
}

/// Brings the archives of a collection's shards to the nodes that have the shards.
struct ShardDelivery {
    let nodes: RestoreNodes
    let collection: String
    let onPhase: (String) -> Void
    let onSent: (Int) -> Void
    /// How far it came.
    private(set) var reach = Reach()

    init(
        _ nodes: RestoreNodes,
        to collection: String,
        onPhase: @escaping (String) -> Void,
        onSent: @escaping (Int) -> Void
    ) {
        self.nodes = nodes
        self.collection = collection
        self.onPhase = onPhase
        self.onSent = onSent
    }

    /// Uploads every shard, each streamed out of where it is kept.
    ///
    /// - Parameter kept: What to bring.
    /// - Throws: ``QdrantRestoreError``. Success says nothing about points.
    mutating func run(_ kept: KeptCollection) throws(QdrantRestoreError) {
        let places = try nodes.places(of: collection)
        let numbers = kept.shards.map(\.number)
        guard Set(places.keys) == Set(numbers) else {
            let (now, before) = (Self.text(places.keys.sorted()), Self.text(numbers))
            throw QdrantRestoreError(
                .incompatible,
                "\(collection) has shards \(now) here, and the snapshot has \(before)"
            )
        }
        for shard in kept.shards {
            guard let place = places[shard.number] else { continue }
            guard place.key == shard.record.key else {
                throw QdrantRestoreError(
                    .incompatible,
                    "shard \(shard.number) of \(collection) has another key here"
                )
            }
            onPhase("uploading shard \(shard.number) of \(collection)")
            try upload(shard, to: place.node)
        }
    }

    private mutating func upload(
        _ shard: KeptShard,
        to node: QdrantClient
    ) throws(QdrantRestoreError) {
        let content = try fetching { () throws(CaptureError) in try shard.open() }
        let upload = ArchiveUpload(content, byteCount: shard.sizeBytes, onSent: onSent)
        do throws(QdrantError) {
            try node.upload(
                upload,
                checksum: shard.digest.hex,
                as: "recover-shard-\(shard.number).snapshot",
                to: collection,
                shard: shard.number
            )
            reach.replaced.insert(shard.number)
        } catch {
            // A server that refuses says so before it has touched anything.
            let isRefused = [.forbidden, .refused, .notFound].contains(error.code)
            if upload.isSent, !isRefused { reach.doubtful.insert(shard.number) }
            if let failure = upload.failure { throw QdrantRestoreError(failure) }
            throw QdrantRestoreError(error)
        }
    }

    private static func text(_ numbers: [Int]) -> String {
        numbers.isEmpty ? "none" : numbers.map { "\($0)" }.joined(separator: ", ")
    }
}
