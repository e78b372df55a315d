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
    /// What was done to it since its archives were loaded.
    var since = Since()
    /// How many points each of its shards had when they were loaded elsewhere.
    var shardCounts: [Int: UInt64] = [:]

    /// What was done to a collection since its archives were loaded.
    struct Since {
        /// Operations of others.
        var operations: UInt64 = 0
        /// The number of the last operation in each shard, where it is not that of the archive.
        var last: [Int: UInt64] = [:]
    }

    /// Proves it.
    ///
    /// - Returns: What was found.
    /// - Throws: ``QdrantRestoreError`` with code `unproven`; `server` where it does not answer.
    func run() throws(QdrantRestoreError) -> Finding {
        // Counted before all else: only this finds a shard that is not loaded.
        let count = try counted()
        // Before the optimizers are woken, which make other segments.
        let isCounted = try kept.pointCounts.contains(count) ? true : isLoadedWhole(count)
        let isGreen = try waitUntilGreen(count)
        let operations = try provePoints(isCounted ? count : nil)
        try proveConfiguration()
        return Finding(
            points: operations == 0 ? count : try counted(),
            operations: operations,
            isGreen: isGreen
        )
    }

    /// Whether the server has each segment of the archives as the capture saw it.
    ///
    /// Then it has all that was captured, however many points there were before and after: a writer
    /// who takes points away and gives them back makes both counts those of other moments.
    private func isLoadedWhole(_ count: UInt64) throws(QdrantRestoreError) -> Bool {
        guard count >= Self.half(of: kept.pointCounts.lowerBound) else { return false }
        guard let segments = try nodes.manifests(of: name) else { return false }
        return kept.shards.allSatisfy { shard in
            !shard.record.manifests.isEmpty && segments[shard.number] == shard.record.manifests
        }
    }

    /// Proves count and sample.
    ///
    /// - Parameter count: What it may have besides what the capture counted; nil for nothing.
    /// - Returns: How many operations of others came since.
    /// - Throws: ``QdrantRestoreError``.
    private func provePoints(_ count: UInt64?) throws(QdrantRestoreError) -> UInt64 {
        let now = try looked()
        // Asked afterwards: where nothing had come even then, what was looked at was quiet.
        let operations = isLive ? try operationsSince() ?? 0 : 0
        if operations == 0 {
            guard kept.pointCounts.contains(now.countAfter) || now.countAfter == count else {
                throw wrongCount(now.countAfter)
            }
            if let sample = kept.state.sample, now.sample != sample {
                throw unproven("the points that were looked at are not those of the snapshot")
            }
        } else {
            // Somebody writes: it is not what was captured any more, but it cannot be this far.
            if now.countAfter < Self.half(of: kept.pointCounts.lowerBound) {
                throw wrongCount(now.countAfter)
            }
            try proveShards()
        }
        return operations
    }

    /// Proves that each shard has at least half of its points: one that is empty does not show in
    /// the count of all where others are large.
    private func proveShards() throws(QdrantRestoreError) {
        if shardCounts.isEmpty { return }
        let now = try nodes.pointCounts(of: name)
        for (shard, wanted) in shardCounts.sorted(by: { $0.key < $1.key }) {
            let count = now[shard] ?? 0
            guard count >= Self.half(of: wanted) else {
                throw unproven("shard \(shard) has \(count) points, and \(wanted) were loaded")
            }
        }
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
    /// - Parameters:
    ///   - other: What it might be instead.
    ///   - doubtful: The shards in which it might be that; the others are known to be as before.
    /// - Returns: False where that cannot be said.
    func isUnchanged(ratherThan other: KeptCollection, in doubtful: Set<Int>) -> Bool {
        guard let now = try? looked(), kept.state.proof == "exact", let sample = kept.state.sample,
            now.sample == sample, now.countAfter == kept.state.countAfter
        else { return false }
        // Of several shards, the one in question may have none of the points that were looked at.
        if kept.shards.count == 1 {
            let isOther =
                now.sample == other.state.sample && other.pointCounts.contains(now.countAfter)
            if !isOther { return true }
        }
        guard let segments = (try? nodes.manifests(of: name)) ?? nil else { return false }
        return doubtful.allSatisfy { number in
            let old = kept.shards.first { $0.number == number }?.record.manifests ?? [:]
            let new = other.shards.first { $0.number == number }?.record.manifests ?? [:]
            return !old.isEmpty && segments[number] == old && old != new
        }
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
    ///
    /// - Parameter count: Points, as they were counted before.
    /// - Returns: Whether they have come to rest; false also where somebody writes.
    /// - Throws: ``QdrantRestoreError``.
    private func waitUntilGreen(_ count: UInt64) throws(QdrantRestoreError) -> Bool {
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
            if watch.seconds > 1, try isLive ? operationsSince() ?? 0 > 0 : counted() != count {
                return false
            }
            // To count costs the server something, and what takes minutes may take some seconds more.
            guard nodes.pause(seconds: min(0.1 + watch.seconds / 10, 5)) else {
                throw QdrantRestoreError(.cancelled, "stopped on request")
            }
        }
    }

    /// How many operations came since the archives were loaded; nil where nobody can say.
    func operationsSince() throws(QdrantRestoreError) -> UInt64? {
        var total = since.operations
        guard let last = try nodes.lastOperations(of: name) else { return nil }
        for shard in kept.shards {
            guard let before = since.last[shard.number] ?? shard.lastOperation,
                let now = last[shard.number]
            else { return nil }
            total = total.plus(now.beyond(before))
        }
        return total
    }

    /// At least one of one.
    private static func half(of count: UInt64) -> UInt64 { count / 2 + count % 2 }

    private func wrongCount(_ count: UInt64) -> QdrantRestoreError {
        unproven("it has \(count) points, and the snapshot recorded \(kept.countText)")
    }

    private func unproven(_ what: String) -> QdrantRestoreError {
        QdrantRestoreError(.unproven, "\(name): \(what)")
    }
}
