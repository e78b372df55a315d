/// One member of an archive without its data.
public struct ArchiveEntry: Equatable, Sendable {
    /// What a member is.
    public enum Kind: Equatable, Sendable {
        /// A regular file of so many bytes; a lone `.gz` does not tell how many.
        case file(byteCount: Int64?)
        /// A folder.
        case directory
        /// A symbolic link with its target, as raw bytes.
        case symbolicLink(target: [UInt8])
        /// Another name of an earlier member, given by that member's path.
        case hardLink(target: [UInt8])
        /// A device, fifo or socket: read so that it can be refused by name, never written.
        case special
    }

    /// Path in the archive as raw bytes.
    public var path: [UInt8]
    /// What it is.
    public var kind: Kind
    /// Permission bits, set-id and sticky bits included.
    public var permissions: UInt32
    /// Numeric owner.
    public var ownerID: Int64 = 0
    /// Numeric group.
    public var groupID: Int64 = 0
    /// Name of the owner; empty when not known.
    public var ownerName: [UInt8] = []
    /// Name of the group; empty when not known.
    public var groupName: [UInt8] = []
    /// Time of modification: seconds since 1970.
    public var modifiedSeconds: Int64 = 0
    /// Time of modification: nanoseconds on top of the seconds.
    public var modifiedNanoseconds: Int = 0
    /// Extended attributes: values by name, both raw bytes.
    public var extendedAttributes: [[UInt8]: [UInt8]] = [:]
    /// POSIX.1e access control list as text, one entry a line; empty when there is none.
    ///
    /// A named user or group ends in its number. Lines may come back in another order.
    public var accessList = ""
    /// POSIX.1e default access control list of a folder as text; empty when there is none.
    public var defaultAccessList = ""
    /// Where a sparse file has data, in order; `nil` for a file without holes.
    ///
    /// Holes are written and read as zeros all the same.
    public var dataRanges: [Range<Int64>]?

    /// Makes an entry with the plainest metadata.
    ///
    /// - Parameters:
    ///   - path: Path in the archive as raw bytes.
    ///   - kind: What it is.
    ///   - permissions: Permission bits.
    public init(path: [UInt8], kind: Kind, permissions: UInt32) {
        self.path = path
        self.kind = kind
        self.permissions = permissions
    }

    /// Every byte string that libarchive would translate between character sets.
    var names: [[UInt8]] {
        switch kind {
        case .symbolicLink(let target), .hardLink(let target):
            [path, target, ownerName, groupName]
        case .file, .directory, .special: [path, ownerName, groupName]
        }
    }
}
