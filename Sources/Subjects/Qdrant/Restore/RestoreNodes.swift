internal import Files
internal import Threads
internal import Transfers

/// The nodes of a server that is restored into.
struct RestoreNodes {
    /// Where a shard is.
    struct Place {
        /// Its key under custom sharding.
        let key: JSONValue?
        let node: QdrantClient
    }

    private let nodes: [QdrantClient]
    private let cancellation: Cancellation
    /// Shared by all that wait for the server.
    let absence: ServerAbsence

    /// Prepares clients without asking anything.
    ///
    /// - Parameters:
    ///   - source: Which nodes, and as whom.
    ///   - cancellation: Ends waiting and transfers; one that nobody raises where a step must not
    ///     be left half done.
    /// - Throws: ``QdrantRestoreError`` where libcurl cannot start.
    init(_ source: QdrantSource, _ cancellation: Cancellation) throws(QdrantRestoreError) {
        var nodes: [QdrantClient] = []
        for address in source.nodes {
            let node = try restoring { () throws(QdrantError) in
                try QdrantClient(address, cancellation: cancellation)
            }
            nodes.append(node)
        }
        self.nodes = nodes
        self.cancellation = cancellation
        absence = ServerAbsence(limitSeconds: source.nodes[0].absenceSeconds)
    }

    /// The one that is asked about collections.
    var first: QdrantClient { nodes[0] }

    /// The shards of a collection, each with a node that has it.
    ///
    /// - Parameter collection: The collection, no alias.
    /// - Returns: By number.
    /// - Throws: ``QdrantRestoreError`` where a shard is on no node that we know.
    func places(of collection: String) throws(QdrantRestoreError) -> [Int: Place] {
        var places: [Int: Place] = [:]
        var known: Set<Int> = []
        for (number, node) in nodes.enumerated() {
            if number > 0, known.isSubset(of: Set(places.keys)) { break }
            let shards = try restoring { () throws(QdrantError) in try node.shards(of: collection) }
            known.formUnion(shards.localShards.map(\.shardID) + shards.remoteShards.map(\.shardID))
            for shard in shards.localShards where places[shard.shardID] == nil {
                places[shard.shardID] = Place(key: shard.shardKey, node: node)
            }
        }
        guard let missing = known.subtracting(places.keys).min() else { return places }
        throw QdrantRestoreError(
            .server,
            "shard \(missing) of \(collection) is on no node that we were told of; "
                + "name the other nodes under peers"
        )
    }

    /// How many points each shard of a collection has, about.
    ///
    /// - Parameter collection: The collection, no alias.
    /// - Returns: By number.
    /// - Throws: ``QdrantRestoreError``.
    func pointCounts(of collection: String) throws(QdrantRestoreError) -> [Int: UInt64] {
        var counts: [Int: UInt64] = [:]
        for node in nodes {
            let shards = try restoring { () throws(QdrantError) in try node.shards(of: collection) }
            for shard in shards.localShards { counts[shard.shardID] = shard.pointsCount }
            if shards.remoteShards.allSatisfy({ counts[$0.shardID] != nil }) { break }
        }
        return counts
    }

    /// The number of the last operation in each shard of a collection.
    ///
    /// - Parameter collection: The collection, no alias.
    /// - Returns: By number; nil where the server does not say.
    /// - Throws: ``QdrantRestoreError``.
    func lastOperations(of collection: String) throws(QdrantRestoreError) -> [Int: UInt64]? {
        try manifests(of: collection)?.mapValues { segments in
            segments.values.map(\.segmentVersion).max() ?? 0
        }
    }

    /// What each shard of a collection consists of.
    ///
    /// - Parameter collection: The collection, no alias.
    /// - Returns: By number; nil where the server does not say.
    /// - Throws: ``QdrantRestoreError``.
    func manifests(
        of collection: String
    ) throws(QdrantRestoreError) -> [Int: [String: QdrantSegment]]? {
        var found: [Int: [String: QdrantSegment]] = [:]
        for (number, place) in try places(of: collection) {
            do throws(QdrantError) {
                found[number] = try place.node.manifest(of: collection, shard: number)
            } catch {
                guard [.forbidden, .notFound].contains(error.code) else {
                    throw QdrantRestoreError(error)
                }
                return nil
            }
        }
        return found
    }

    /// Waits until the server answers, as long as ``absence`` allows.
    ///
    /// - Returns: Whether it does.
    func waitForServer() -> Bool {
        while true {
            let watch = Stopwatch()
            if first.isAnswering {
                absence.refill()
                return true
            }
            guard absence.isWorthWaiting, cancellation.reason == nil else { return false }
            cancellation.wait(seconds: 0.5)
            absence.take(watch.seconds)
        }
    }

    /// Waits a moment.
    ///
    /// - Returns: False where we were asked to stop.
    func pause(seconds: Double) -> Bool {
        cancellation.wait(seconds: seconds)
        return cancellation.reason == nil
    }
}
