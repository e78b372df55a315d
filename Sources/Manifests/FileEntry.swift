public import Cryptography
public import Files

/// One file of a captured tree: what a restore needs to make it again.
public struct FileEntry: Sendable, Equatable {
    /// What kind of thing is restored.
    public enum Kind: String, Sendable {
        /// A regular file.
        case file
        /// A folder.
        case folder
        /// A symbolic link.
        case link
    }

    /// One extended attribute.
    public struct Attribute: Sendable, Equatable {
        /// With its namespace, such as `user.comment`.
        public var name: String
        /// Its bytes.
        public var value: [UInt8]

        /// Names a value.
        ///
        /// - Parameters:
        ///   - name: With its namespace.
        ///   - value: Its bytes.
        public init(name: String, value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    /// The path from the component's root; empty for the root itself.
    public var path: Path
    /// What it is.
    public var kind: Kind
    /// The permission bits.
    public var mode: UInt32
    /// The owner's number.
    public var userID: UInt32
    /// The group's number.
    public var groupID: UInt32
    /// The owner's name on the machine of the capture.
    public var user: String?
    /// The group's name on the machine of the capture.
    public var group: String?
    /// Last change of the content, nanoseconds since 1970.
    public var modifiedNanoseconds: Int64
    /// Last change of content or metadata; with inode and device the file cache of the next run.
    public var changedNanoseconds: Int64
    /// The number within its file system at the capture.
    public var inode: UInt64
    /// The file system's device number at the capture.
    public var device: UInt64
    /// The status was too fresh at the capture to prove anything about later changes.
    public var isRacy = false
    /// The length in bytes; 0 but for files.
    public var sizeBytes: UInt64 = 0
    /// Files from this length on, 8 PiB, cannot be stated: JSON tools would round it.
    public static let sizeLimitBytes: UInt64 = 1 << 53
    /// SHA-256 of the whole content; files only.
    public var digest: Digest?
    /// Where a symbolic link points.
    public var target: Path?
    /// Files with one value are names of one file.
    public var hardlink: String?
    /// Extended attributes in order of name, ACLs among them.
    public var attributes: [Attribute] = []
    /// What is known about a database, as a JSON object; nil for other files.
    public var database: [UInt8]?
    /// The page digests of a database.
    public var pages: PageTable?
    /// Where the content lies; files only.
    public var extents: ExtentList = .inline([])
    /// Whether the repository has only its length and digest, and none of its bytes.
    public var isElsewhere: Bool { extents == .elsewhere }

    /// Describes a file from its status.
    ///
    /// - Parameters:
    ///   - path: The path from the component's root.
    ///   - kind: What it is.
    ///   - status: What the kernel said.
    public init(path: Path, kind: Kind, status: FileStatus) {
        self.path = path
        self.kind = kind
        mode = status.mode
        userID = status.userID
        groupID = status.groupID
        modifiedNanoseconds = status.modifiedNanoseconds
        changedNanoseconds = status.changedNanoseconds
        inode = status.inode
        device = status.device
        sizeBytes = kind == .file ? status.sizeBytes : 0
    }

    /// Describes a file that no file system holds: owner, mode, times and numbers are 0.
    ///
    /// - Parameters:
    ///   - path: The path from the component's root.
    ///   - kind: What it is.
    public init(path: Path, kind: Kind) {
        self.path = path
        self.kind = kind
        mode = 0
        userID = 0
        groupID = 0
        modifiedNanoseconds = 0
        changedNanoseconds = 0
        inode = 0
        device = 0
    }

    /// Whether something with this status is still what this entry describes, by stat alone.
    ///
    /// - Parameter status: What the kernel says now.
    /// - Returns: True only where size, times, inode and device agree and were not too fresh.
    public func matches(_ status: FileStatus) -> Bool {
        !isRacy && Self.kind(status) == kind && status.inode == inode && status.device == device
            && (kind != .file || status.sizeBytes == sizeBytes)
            && status.modifiedNanoseconds == modifiedNanoseconds
            && status.changedNanoseconds == changedNanoseconds
            && status.mode == mode && status.userID == userID && status.groupID == groupID
    }

    /// The kind of entry for what the kernel found.
    ///
    /// - Parameter status: What the kernel said.
    /// - Returns: Nil for pipes, sockets and devices, which are not kept.
    public static func kind(_ status: FileStatus) -> Kind? {
        switch status.kind {
        case .file: .file
        case .folder: .folder
        case .link: .link
        case .pipe, .socket, .device: nil
        }
    }
}
