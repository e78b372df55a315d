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
    ///   - wayBack: The live collection as it was captured just before.
    /// - Returns: What it came to be.
    /// - Throws: ``QdrantRestoreError``; `notReverted` where it could not be put back.
    public func replace(
        _ plan: CollectionPlan,
        wayBack: QdrantSnapshot
    ) throws(QdrantRestoreError) -> Replacement {
        let kept = try snapshot.collection(named: plan.collection)
        let old = try wayBack.collection(named: plan.place)
        var hasTouched = false
        do throws(QdrantRestoreError) {
            let finding = try put(kept, over: plan.place, &hasTouched)
            return Replacement(
                points: finding.points,
                operations: finding.operations,
                isGreen: finding.isGreen
            )
        } catch {
            onPhase("\(plan.place): \(error.message); looking whether it is as it was")
            let before = proof(of: old, at: plan.place)
            let isAsBefore =
                hasTouched ? before.isUnchanged(ratherThan: kept) : (try? before.run()) != nil
            if isAsBefore { throw error }
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
        var hasTouched = false
        do throws(QdrantRestoreError) {
            _ = try put(old, over: plan.place, &hasTouched)
        } catch {
            let first = failure.map { "\($0.message); then, while it was put back: " } ?? ""
            throw QdrantRestoreError(.notReverted, first + error.message)
        }
    }

    /// Uploads archives over a collection and proves what became of it.
    private func put(
        _ kept: KeptCollection,
        over name: String,
        _ hasTouched: inout Bool
    ) throws(QdrantRestoreError) -> CollectionProof.Finding {
        var attempt = 1
        while true {
            var delivery = ShardDelivery(steady, to: name, onPhase: onPhase, onSent: onSent)
            do throws(QdrantRestoreError) {
                try delivery.run(kept)
                hasTouched = true
                onPhase("proving \(name)")
                return try proof(of: kept, at: name).run()
            } catch {
                hasTouched = hasTouched || delivery.hasTouched
                guard attempt < Self.attemptLimit, [.server, .unproven].contains(error.code) else {
                    throw error
                }
                onPhase("\(name): \(error.message); trying once more")
                guard steady.waitForServer(seconds: Self.absenceSeconds) else { throw error }
            }
            attempt += 1
        }
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
