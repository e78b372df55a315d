public import Files

/// Where a component is put back in place.
public struct RestoreTarget: Sendable {
    /// What of the folder the component is.
    public enum Extent: Sendable {
        /// The folder with all that it holds.
        case folder
        /// One file of it, with its sidecars if it is a database.
        case file(Path)
        /// Some files of it; the others stay.
        case files
        /// Some of its direct children, each as a whole; the others stay.
        case children
    }

    /// The component's name.
    public let name: String
    /// The folder from which paths count.
    public let folder: Path
    /// What of it is put back.
    public let extent: Extent
    /// Whether files that grew since the snapshot keep what they have.
    public let isAppendOnly: Bool
    /// Whether a live entry was never captured and therefore stays: excluded, or a secret.
    public let isKept: @Sendable (Path) -> Bool
    /// What of the snapshot is put back; all of it unless this is set.
    public var isWanted: @Sendable (Path) -> Bool = { _ in true }

    /// Names a target.
    ///
    /// - Parameters:
    ///   - name: The component's name.
    ///   - folder: The folder from which paths count.
    ///   - extent: What of it is put back.
    ///   - isAppendOnly: Whether files that grew keep what they have.
    ///   - isKept: Whether a live entry was never captured.
    public init(
        name: String,
        folder: Path,
        extent: Extent,
        isAppendOnly: Bool,
        isKept: @escaping @Sendable (Path) -> Bool
    ) {
        self.name = name
        self.folder = folder
        self.extent = extent
        self.isAppendOnly = isAppendOnly
        self.isKept = isKept
    }
}
