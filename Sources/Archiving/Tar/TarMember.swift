/// One member of a tar, as its header describes it.
public struct TarMember: Sendable, Equatable {
    /// What a member is.
    public enum Kind: Sendable {
        /// A regular file, all of whose bytes are stored.
        case file
        /// A regular file with holes, in the old form of GNU tar.
        case sparse
        /// A folder.
        case folder
    }

    /// The name in the archive it stands in; any bytes but NUL.
    public let path: [UInt8]
    /// What it is.
    public let kind: Kind
    /// The length of the file that it makes, holes included.
    public let sizeBytes: UInt64
    /// Where in that file the stored bytes lie, ascending; what lies between are holes.
    public let segments: [Range<UInt64>]
    /// 0 in the outermost archive, 1 in an archive that is a member of it.
    public let depth: Int
    /// Its name says that it is a tar itself: then its members follow, at the next depth.
    public let isArchive: Bool

    /// How many bytes of the archive are its data: counted once, for there may be a million runs.
    public let storedBytes: UInt64

    /// The name for people.
    public var name: String { printable(path) }

    /// Describes a member.
    ///
    /// - Parameters:
    ///   - path: The name in the archive it stands in.
    ///   - kind: What it is.
    ///   - sizeBytes: The length of the file that it makes.
    ///   - segments: Where in that file the stored bytes lie.
    ///   - depth: 0 in the outermost archive.
    ///   - isArchive: Whether its members follow.
    public init(
        path: [UInt8],
        kind: Kind,
        sizeBytes: UInt64,
        segments: [Range<UInt64>],
        depth: Int,
        isArchive: Bool
    ) {
        self.path = path
        self.kind = kind
        self.sizeBytes = sizeBytes
        self.segments = segments
        storedBytes = segments.reduce(0) { $0 + UInt64($1.count) }
        self.depth = depth
        self.isArchive = isArchive
    }
}
