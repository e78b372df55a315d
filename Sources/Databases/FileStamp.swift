internal import Glibc

/// What tells by `stat` alone whether a file was written; the file is never opened for it.
public struct FileStamp: Sendable, Hashable {
    /// The file system's device number.
    public let device: UInt64
    /// The number within its file system.
    public let inode: UInt64
    /// The length in bytes.
    public let sizeBytes: Int64
    /// When the content last changed, in nanoseconds since 1970.
    public let modifiedNanoseconds: Int64
    /// When content or metadata last changed; no program can set it.
    public let changedNanoseconds: Int64

    /// Asks about a path, following symbolic links; nil where no regular file can be seen there.
    ///
    /// - Parameter path: The file.
    public init?(of path: [UInt8]) {
        var status = stat()
        let answer = unsafe path.withCString { unsafe stat($0, &status) }
        guard answer == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        sizeBytes = Int64(status.st_size)
        modifiedNanoseconds = Self.nanoseconds(status.st_mtim)
        changedNanoseconds = Self.nanoseconds(status.st_ctim)
    }

    /// Whether nothing tells of a write between two stamps but perhaps the time of last change,
    /// which also moves when a file gets an owner.
    func showsSameContent(as other: FileStamp) -> Bool {
        device == other.device && inode == other.inode && sizeBytes == other.sizeBytes
            && modifiedNanoseconds == other.modifiedNanoseconds
    }

    /// The nearest that 64 bits hold where somebody gave a file a time beyond 1677 or 2262.
    static func nanoseconds(_ time: timespec) -> Int64 {
        let (whole, isTooFar) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isFurther) = whole.addingReportingOverflow(Int64(time.tv_nsec))
        if isTooFar || isFurther { return time.tv_sec < 0 ? .min : .max }
        return sum
    }
}
