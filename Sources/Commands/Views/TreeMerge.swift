internal import Deduplication
internal import Files
internal import Manifests

/// Two trees in order of path, entry beside entry; one entry of each is in memory at a time.
struct TreeMerge {
    private var before: TreeReader?
    private var after: TreeReader?
    private var nextBefore: FileEntry?
    private var nextAfter: FileEntry?

    /// Begins at the first entries.
    ///
    /// - Parameters:
    ///   - before: The earlier tree; nil stands for an empty one.
    ///   - after: The later tree; nil stands for an empty one.
    /// - Throws: ``RepositoryError`` where a manifest cannot be read.
    init(_ before: TreeReader?, _ after: TreeReader?) throws(RepositoryError) {
        self.before = before
        self.after = after
        nextBefore = try self.before?.next()
        nextAfter = try self.after?.next()
    }

    /// The entries of the next path.
    ///
    /// - Returns: Nil at the end of both; else one of the two at least is there.
    /// - Throws: ``RepositoryError`` where a manifest cannot be read.
    mutating func next() throws(RepositoryError) -> (before: FileEntry?, after: FileEntry?)? {
        let (left, right) = (nextBefore, nextAfter)
        let takesBefore: Bool
        let takesAfter: Bool
        switch (left, right) {
        case (nil, nil): return nil
        case (let left?, let right?):
            takesBefore = !(right.path < left.path)
            takesAfter = !(left.path < right.path)
        default: (takesBefore, takesAfter) = (left != nil, right != nil)
        }
        if takesBefore { nextBefore = try before?.next() }
        if takesAfter { nextAfter = try after?.next() }
        return (takesBefore ? left : nil, takesAfter ? right : nil)
    }
}
