/// What a restore into a server costs.
extension QdrantRestore {
    /// The points of a collection, then and now.
    ///
    /// - Parameter plan: Which one.
    /// - Returns: How many the snapshot has, as text, and how many the live one has now; nil where
    ///   there is none.
    public func pointCounts(_ plan: CollectionPlan) -> (then: String, now: UInt64?) {
        let then = (try? snapshot.collection(named: plan.collection))?.countText ?? "unknown"
        guard let live = plan.previous.first else { return (then, nil) }
        return (then, try? nodes.first.count(live))
    }
}
