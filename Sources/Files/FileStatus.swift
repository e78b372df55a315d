internal import CLinux
internal import Glibc

/// What the kernel says about a file; times are nanoseconds since 1970.
public struct FileStatus: Sendable, Equatable {
    /// What a name stands for.
    public enum Kind: Sendable {
        /// A regular file.
        case file
        /// A folder.
        case folder
        /// A symbolic link.
        case link
        /// A named pipe.
        case pipe
        /// A socket.
        case socket
        /// A character or block device.
        case device
    }

    /// What it is.
    public let kind: Kind
    /// The permission bits, with set-uid, set-gid and sticky.
    public let mode: UInt32
    /// The owner's number.
    public let userID: UInt32
    /// The group's number.
    public let groupID: UInt32
    /// How many names the file has.
    public let linkCount: UInt32
    /// The length in bytes.
    public let sizeBytes: UInt64
    /// What it takes on disk.
    public let allocatedBytes: UInt64
    /// The number within its file system.
    public let inode: UInt64
    /// The file system's device number.
    public let device: UInt64
    /// The mount it was reached through.
    public let mountID: UInt64
    /// Whether the name is the root of a mount.
    public let isMountRoot: Bool
    /// When the content last changed.
    public let modifiedNanoseconds: Int64
    /// When content or metadata last changed.
    ///
    /// No call sets it, but it is only as true as the host's clock, and root can write to an XFS
    /// file by its handle so that it stays.
    public let changedNanoseconds: Int64

    init(_ raw: recover_status) {
        kind =
            switch raw.mode & UInt32(S_IFMT) {
            case UInt32(S_IFREG): .file
            case UInt32(S_IFDIR): .folder
            case UInt32(S_IFLNK): .link
            case UInt32(S_IFIFO): .pipe
            case UInt32(S_IFSOCK): .socket
            default: .device
            }
        mode = raw.mode & 0o7777
        userID = raw.uid
        groupID = raw.gid
        linkCount = raw.link_count
        sizeBytes = raw.size
        allocatedBytes = raw.blocks * 512
        inode = raw.inode
        device = raw.device
        mountID = raw.mount_id
        isMountRoot = raw.is_mount_root != 0
        modifiedNanoseconds = raw.modified_ns
        changedNanoseconds = raw.changed_ns
    }

    /// Asks about a path.
    ///
    /// - Parameters:
    ///   - path: An absolute path, or one from the working folder.
    ///   - following: Whether a final symbolic link is followed.
    /// - Throws: ``FileError``; `notFound` where nothing has that name.
    public init(of path: Path, following: Bool = false) throws(FileError) {
        self = try Self.read(AT_FDCWD, path, following, path)
    }

    static func read(
        _ folder: Int32,
        _ name: Path,
        _ following: Bool,
        _ shown: Path
    ) throws(FileError) -> FileStatus {
        var raw = recover_status()
        try SystemCall.check("read the status of", shown) {
            unsafe name.withCString { unsafe recover_statx(folder, $0, following ? 1 : 0, &raw) }
        }
        return FileStatus(raw)
    }
}
