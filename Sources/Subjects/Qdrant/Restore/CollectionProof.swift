internal import Files
internal import Transfers

/// Proves that a collection on a server is what a snapshot holds.
///
/// By an exact count, the payload schema and points looked at whole. Neither a 200 nor a status proves anything: a server that
/// was killed in the middle says it is ready, and counts nothing.
struct CollectionProof {
    /// What was found.
    struct Finding {
        /// Points, counted.
        let points: UInt64
        /// Operations that came from somebody else since the archives were loaded.
        let operations: UInt64
        /// Whether its optimizers have come to rest.
        let isGreen: Bool
    }

    let nodes: RestoreNodes
    /// The collection, no alias.
    let name: String
    let kept: KeptCollection
    /// How long to wait for the optimizers.
    let greenSeconds: Double
    /// Whether others may write into it.
    let isLive: Bool

    /// Proves it.
    ///
    /// - Returns: What was found.
    /// - Throws: ``QdrantRestoreError`` with code `unproven`; `server` where it does not answer.
    func run() throws(QdrantRestoreError) -> Finding {
        // Counted before all else: only this finds a shard that is not loaded.
        let count = try counted()
        let isGreen = try waitUntilGreen()
        let operations = try provePoints()
        try proveConfiguration()
        return Finding(
            points: operations == 0 ? count : try counted(),
            operations: operations,
            isGreen: isGreen
        )
    }

    /// Proves count and sample, and says how many operations of others came since.
    private func provePoints() throws(QdrantRestoreError) -> UInt64 {
        let now = try looked()
        // Asked afterwards: where nothing had come even then, what was looked at was quiet.
        let operations = isLive ? try operationsSince() ?? 0 : 0
        if operations == 0 {
            guard kept.pointCounts.contains(now.countAfter) else {
                throw wrongCount(now.countAfter)
            }
            if let sample = kept.state.sample, now.sample != sample {
                throw unproven("the points that were looked at are not those of the snapshot")
            }
        } else if now.countAfter < (kept.pointCounts.lowerBound + 1) / 2 {
            // Somebody writes: it is not what was captured any more, but it cannot be this far.
            throw wrongCount(now.countAfter)
        }
        return operations
    }

    private func proveConfiguration() throws(QdrantRestoreError) {
        let info = try restoring { () throws(QdrantError) in try nodes.first.collection(name) }
        guard QdrantCapture.schema(info["payload_schema"]) == kept.record.payloadSchema else {
            throw unproven("its payload indexes are not those of the snapshot")
        }
        let differences = ConfigurationComparison.differences(
            kept.record.config,
            info["config"] ?? .null
        )
        guard differences.isEmpty else { throw unproven(differences.joined(separator: "; ")) }
    }

    /// Whether what is on the server now is what a snapshot holds, and told apart from another.
    ///
    /// - Parameter other: What it might be instead.
    /// - Returns: False where that cannot be said.
    func isUnchanged(ratherThan other: KeptCollection) -> Bool {
        guard let now = try? looked(), kept.state.proof == "exact", let sample = kept.state.sample
        else { return false }
        let isSame = now.sample == sample && now.countAfter == kept.state.countAfter
        let isOther =
            now.sample == other.state.sample && other.pointCounts.contains(now.countAfter)
        return isSame && !isOther
    }

    private func counted() throws(QdrantRestoreError) -> UInt64 {
        do throws(QdrantError) {
            return try nodes.first.count(name)
        } catch {
            throw error.code == .server ? unproven(error.message) : QdrantRestoreError(error)
        }
    }

    private func looked() throws(QdrantRestoreError) -> StateRecord {
        try fetching { () throws(CaptureError) in
            try CollectionProbe(node: nodes.first, collection: name).look()
        }
    }

    /// Waits for the optimizers; one that sleeps since the upload is woken.
    private func waitUntilGreen() throws(QdrantRestoreError) -> Bool {
        let watch = Stopwatch()
        var isWoken = false
        while true {
            let info = try restoring { () throws(QdrantError) in try nodes.first.collection(name) }
            guard case .text(let status)? = info["status"] else {
                throw unproven("the server does not say what state it is in")
            }
            switch status {
            case "green": return true
            case "red": throw unproven("its state is red")
            case "grey" where !isWoken:
                isWoken = true
                try restoring { () throws(QdrantError) in
                    try nodes.first.wakeOptimizers(of: name)
                }
            default: break
            }
            if watch.seconds > greenSeconds { return false }
            // Whoever writes keeps the optimizers at work.
            if isLive, watch.seconds > 1, try operationsSince() ?? 0 > 0 { return false }
            guard nodes.pause(seconds: 0.1) else {
                throw QdrantRestoreError(.cancelled, "stopped on request")
            }
        }
    }

    /// How many operations came since the archives were loaded; nil where nobody can say.
    private func operationsSince() throws(QdrantRestoreError) -> UInt64? {
        var total: UInt64 = 0
        let places = try nodes.places(of: name)
        for shard in kept.shards {
            guard let before = shard.lastOperation, let place = places[shard.number] else {
                return nil
            }
            let manifest: [String: QdrantSegment]
            do throws(QdrantError) {
                manifest = try place.node.manifest(of: name, shard: shard.number)
            } catch {
                guard [.forbidden, .notFound].contains(error.code) else {
                    throw QdrantRestoreError(error)
                }
                return nil
            }
            let now = manifest.values.map(\.segmentVersion).max() ?? 0
            total += now > before ? now - before : 0
        }
        return total
    }

    private func wrongCount(_ count: UInt64) -> QdrantRestoreError {
        unproven("it has \(count) points, and the snapshot recorded \(kept.countText)")
    }

    private func unproven(_ what: String) -> QdrantRestoreError {
        QdrantRestoreError(.unproven, "\(name): \(what)")
    }
}
