internal import Cryptography

/// A collection as a snapshot holds it.
public struct KeptCollection {
    let record: CollectionRecord
    let state: StateRecord
    let shards: [KeptShard]

    /// Its name at the capture.
    public var name: String { record.name }

    /// The length of its archives together.
    public var sizeBytes: UInt64 { shards.reduce(0) { $0 + $1.sizeBytes } }

    /// How many points it had; a range where it was written to meanwhile.
    var pointCounts: ClosedRange<UInt64> {
        min(state.countBefore, state.countAfter)...max(state.countBefore, state.countAfter)
    }

    /// The same for people.
    var countText: String {
        let counts = pointCounts
        return counts.count == 1
            ? "\(counts.lowerBound)" : "\(counts.lowerBound) to \(counts.upperBound)"
    }
}

/// The archive of a shard, as a snapshot holds it.
struct KeptShard {
    let record: ShardRecord
    /// SHA-256 of the archive.
    let digest: Digest
    let sizeBytes: UInt64
    let open: () throws(CaptureError) -> any KeptContent

    var number: Int { record.shard }

    /// The number of the last operation in it, where its segments say so.
    var lastOperation: UInt64? { record.manifests.values.map(\.segmentVersion).max() }
}
