internal import Transfers

/// A shard, and the node that it is taken from.
struct ShardPlace {
    let shard: Int
    let key: JSONValue?
    let peer: UInt64
    /// About how long its vectors are, dense ones alone.
    let vectorBytes: UInt64
    let node: QdrantClient
}

/// Finds for each shard of a collection a node that has it and says that it is whole.
struct ShardLocator {
    /// The first one first.
    let nodes: [QdrantClient]
    let collection: String
    /// How long the vectors of a point are.
    let pointBytes: UInt64
    /// The node that the parent's archive of a shard is of, which alone can give increments on it.
    let lastPeer: (Int) -> UInt64?
    let isStopped: () -> Bool

    /// Finds them, and waits a while where shards are being moved.
    ///
    /// - Returns: The places by number of shard; whether shards are still being moved.
    /// - Throws: ``CaptureError`` where a shard is on none of our nodes.
    func locate() throws(CaptureError) -> (places: [Int: ShardPlace], isMoving: Bool) {
        var places: [Int: ShardPlace] = [:]
        var known: Set<Int> = []
        let first = try settled()
        for (number, node) in nodes.enumerated() {
            let shards = number == 0 ? first.shards : try ask(node)
            known.formUnion(shards.localShards.map(\.shardID) + shards.remoteShards.map(\.shardID))
            for shard in shards.localShards where shard.state == "Active" {
                let isLast = lastPeer(shard.shardID) == shards.peerID
                guard isLast || places[shard.shardID] == nil else { continue }
                places[shard.shardID] = ShardPlace(
                    shard: shard.shardID,
                    key: shard.shardKey,
                    peer: shards.peerID,
                    vectorBytes: shard.pointsCount.multipliedReportingOverflow(by: pointBytes)
                        .partialValue,
                    node: node
                )
            }
        }
        guard let missing = known.subtracting(places.keys).min() else {
            return (places, first.isMoving)
        }
        throw CaptureError(
            code: .source,
            message: "shard \(missing) is active on no node that we were told of; "
                + "name the other nodes under peers"
        )
    }

    /// The shards as the first node sees them, once none is being moved or nobody waits longer.
    private func settled() throws(CaptureError) -> (shards: QdrantShards, isMoving: Bool) {
        let end = ContinuousClock.now + .seconds(nodes[0].address.patienceSeconds)
        while true {
            let shards = try ask(nodes[0])
            let isMoving =
                !shards.shardTransfers.isEmpty || shards.reshardingOperations?.isEmpty == false
            if !isMoving || ContinuousClock.now >= end || isStopped() {
                return (shards, isMoving)
            }
            nodes[0].wait(2)
        }
    }

    private func ask(_ node: QdrantClient) throws(CaptureError) -> QdrantShards {
        do throws(QdrantError) {
            return try node.shards(of: collection)
        } catch {
            throw ShardCapture.error(error)
        }
    }

    /// How long the dense vectors of a point are, as a collection's parameters say.
    static func pointBytes(_ config: JSONValue?) -> UInt64 {
        guard let vectors = config?["params"]?["vectors"] else { return 0 }
        let kinds: [JSONValue] =
            switch vectors {
            case .object(let fields) where fields["size"] == nil: Array(fields.values)
            default: [vectors]
            }
        return kinds.reduce(0) { sum, kind in
            guard case .integer(let size)? = kind["size"], (0...1 << 20).contains(size) else {
                return sum
            }
            return sum + UInt64(size) * 4
        }
    }
}
