internal import Transfers

/// Puts archives over a live collection: the only step that cannot be prepared beside it.
extension QdrantRestore {
    /// What a collection came to be.
    public struct Replacement: Sendable {
        /// Points, counted.
        public let points: UInt64
        /// Operations of others that came since.
        public let operations: UInt64
        /// Whether its optimizers have come to rest.
        public let isGreen: Bool
    }

    /// How long the optimizers of a live collection are waited for: a writer keeps them busy.
    private static let liveGreenSeconds = 30.0
    /// A server that dies in the middle has no collection then; to be given it again mends that.
    private static let attemptLimit = 2

    /// Replaces a live collection by one that is proven under another name.
    ///
    /// A server that dies in the middle is waited for. Whatever fails in the end, the live
    /// collection is left as it was or put back, and proven.
    ///
    /// - Parameters:
    ///   - plan: Which one; it is staged.
    ///   - wayBack: The live collection as it was captured just before; nil where it could not be
    ///     read, and there is nothing to go back to.
    /// - Returns: What it came to be.
    /// - Throws: ``QdrantRestoreError``; `notReverted` where it could not be put back.
    public func replace(
        _ plan: CollectionPlan,
        wayBack: QdrantSnapshot?
    ) throws(QdrantRestoreError) -> Replacement {
        let kept = try snapshot.collection(named: plan.collection)
        let old = try wayBack?.collection(named: plan.place)
        var reach = Reach()
        do throws(QdrantRestoreError) {
            let counts = shardCounts[plan.collection] ?? [:]
            let finding = try put(kept, over: plan.place, counts, &reach)
            return Replacement(
                points: finding.points,
                operations: finding.operations,
                isGreen: finding.isGreen
            )
        } catch {
            guard let old, !reach.isNowhere else { throw error }
            onPhase("\(plan.place): \(error.message); looking whether it is as it was")
            let before = proof(of: old, at: plan.place)
            if reach.replaced.isEmpty,
                before.isUnchanged(ratherThan: kept, in: reach.doubtful)
            {
                throw error
            }
            try putBack(plan, old, after: error)
            var failure = error
            failure.wasPutBack = true
            throw failure
        }
    }

    /// Puts a replaced collection back.
    ///
    /// - Parameters:
    ///   - plan: Which one.
    ///   - wayBack: As it was captured just before it was replaced.
    /// - Throws: ``QdrantRestoreError`` with code `notReverted`.
    public func putBack(
        _ plan: CollectionPlan,
        wayBack: QdrantSnapshot
    ) throws(QdrantRestoreError) {
        try putBack(plan, try wayBack.collection(named: plan.place), after: nil)
    }

    private func putBack(
        _ plan: CollectionPlan,
        _ old: KeptCollection,
        after failure: QdrantRestoreError?
    ) throws(QdrantRestoreError) {
        onPhase("putting \(plan.place) back as it was")
        var reach = Reach()
        do throws(QdrantRestoreError) {
            _ = try put(old, over: plan.place, [:], &reach)
        } catch {
            let first = failure.map { "\($0.message); then, while it was put back: " } ?? ""
            throw QdrantRestoreError(.notReverted, first + error.message)
        }
    }

    /// Uploads archives over a collection and proves what became of it.
    private func put(
        _ kept: KeptCollection,
        over name: String,
        _ shardCounts: [Int: UInt64],
        _ reach: inout Reach
    ) throws(QdrantRestoreError) -> CollectionProof.Finding {
        var attempt = 1
        while true {
            var delivery = ShardDelivery(steady, to: name, onPhase: onPhase, onSent: onSent)
            do throws(QdrantRestoreError) {
                do throws(QdrantRestoreError) {
                    try delivery.run(kept)
                    reach.add(delivery.reach)
                } catch {
                    reach.add(delivery.reach)
                    throw error
                }
                onPhase("proving \(name)")
                var proof = proof(of: kept, at: name)
                proof.shardCounts = shardCounts
                proof.since = try setIndexes(of: kept, on: name)
                return try proof.run()
            } catch {
                guard attempt < Self.attemptLimit, [.server, .unproven].contains(error.code) else {
                    throw error
                }
                onPhase("\(name): \(error.message); trying once more")
                guard steady.waitForServer() else { throw error }
            }
            attempt += 1
        }
    }

    /// Gives a collection the payload indexes of what was loaded into it.
    ///
    /// A server keeps those that the collection had: it builds them for the shards that it loads,
    /// and does not learn from these of any other.
    ///
    /// - Returns: Which operations are none of what was loaded, without our own.
    private func setIndexes(
        of kept: KeptCollection,
        on name: String
    ) throws(QdrantRestoreError) -> CollectionProof.Since {
        guard case .object(let wanted) = kept.record.payloadSchema else { return .init() }
        var since = CollectionProof.Since()
        let loaded = try steady.lastOperations(of: name)
        let info = try restoring { () throws(QdrantError) in try steady.first.collection(name) }
        guard case .object(let present) = QdrantCapture.schema(info["payload_schema"]) else {
            return since
        }
        let surplus = present.keys.filter { wanted[$0] == nil }.sorted()
        for field in surplus {
            try restoring { () throws(QdrantError) in
                try steady.first.deleteIndex(on: field, of: name)
            }
        }
        try CollectionMaker(node: steady.first, isDistributed: false).makeIndexes(
            of: kept.record,
            in: name
        )
        guard let loaded, let last = try steady.lastOperations(of: name) else { return since }
        // Each takes up to two, and a server may count those that it builds while it loads.
        let built = UInt64(present.filter { wanted[$0.key] != $0.value }.count)
        let ours = UInt64(surplus.count + wanted.count) * 2
        for shard in kept.shards {
            guard let before = shard.lastOperation, let then = loaded[shard.number],
                let now = last[shard.number]
            else { continue }
            since.last[shard.number] = now
            since.operations = since.operations.plus(then.beyond(before, built))
                .plus(now.beyond(then, ours))
        }
        return since
    }

    private func proof(of kept: KeptCollection, at name: String) -> CollectionProof {
        CollectionProof(
            nodes: steady,
            name: name,
            kept: kept,
            greenSeconds: Self.liveGreenSeconds,
            isLive: true
        )
    }
}
