public import Files
public import Manifests

/// The entries of the previous snapshot of a component, for one walk through the source.
public final class ParentEntries {
    private var cursor: ParentCursor

    init(_ cursor: ParentCursor) {
        self.cursor = cursor
    }

    /// The entry of a path.
    ///
    /// Ask in ascending order.
    ///
    /// - Parameter path: From the component's root.
    /// - Returns: Nil where the parent has none.
    /// - Throws: ``RepositoryError``.
    public func entry(at path: Path) throws(RepositoryError) -> FileEntry? {
        try cursor.entry(at: path)?.0
    }
}
