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

    /// Waits until the server answers.
    ///
    /// - Parameter seconds: How long at most.
    /// - Returns: Whether it does.
    func waitForServer(seconds: Double) -> Bool {
        let watch = Stopwatch()
        while true {
            if (try? first.version()) != nil { return true }
            guard watch.seconds < seconds, cancellation.reason == nil else { return false }
            cancellation.wait(seconds: 0.5)
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
