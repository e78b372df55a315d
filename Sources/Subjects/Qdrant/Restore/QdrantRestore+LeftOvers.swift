public import Threads

/// What a killed restore leaves on a server.
extension QdrantRestore {
    /// Deletes what a restore that was killed made beside live collections.
    ///
    /// - Parameters:
    ///   - names: What it made, or was about to make.
    ///   - operation: The restore. Only names that it gave are deleted, and collections under
    ///     their own names, which were free then, as long as there is not one point in them.
    ///   - source: The server.
    ///   - cancellation: Ends waiting.
    /// - Returns: Those of the names that are there and that nobody can say of whether they are
    ///   whole; what an alias leads to is in use, and therefore whole.
    /// - Throws: ``QdrantRestoreError``.
    public static func removeStaged(
        _ names: [String],
        by operation: String,
        at source: QdrantSource,
        cancellation: Cancellation
    ) throws(QdrantRestoreError) -> [String] {
        if let fault = source.fault { throw QdrantRestoreError(.forbidden, fault) }
        let node = try RestoreNodes(source, cancellation).first
        return try restoring { () throws(QdrantError) in
            let present = try node.collections()
            let used = Set(try node.aliases().map(\.collectionName))
            var left: [String] = []
            for name in names where present.contains(name) && !used.contains(name) {
                let isOurs = CollectionPlan.isStaged(name, by: operation)
                if try isOurs ? true : isEmpty(name, node) {
                    try node.deleteCollection(name)
                } else {
                    left.append(name)
                }
            }
            return left
        }
    }

    /// Whether there is nothing in a collection that anybody could miss.
    private static func isEmpty(_ name: String, _ node: QdrantClient) throws(QdrantError) -> Bool {
        do throws(QdrantError) {
            return try node.count(name) == 0
        } catch {
            // A shard that was being loaded when its server died, beside others that may be full;
            // or a server that is too busy to count.
            guard error.code == .server else { throw error }
            return false
        }
    }
}
