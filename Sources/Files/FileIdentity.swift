/// What makes two names the same file.
public struct FileIdentity: Hashable, Sendable {
    private let device: UInt64
    private let inode: UInt64

    /// Takes the identity of a file.
    ///
    /// - Parameter status: What the kernel said of it.
    public init(_ status: FileStatus) {
        device = status.device
        inode = status.inode
    }

    /// All files that this process has open, whoever of it opened them.
    ///
    /// - Returns: Nil where `/proc` cannot be read.
    public static func ofOpenFiles() -> Set<FileIdentity>? {
        let folder = Path("/proc/self/fd")
        guard let names = try? Directory(folder).names() else { return nil }
        let found = names.compactMap { try? FileStatus(of: folder.appending($0), following: true) }
        return Set(found.map { FileIdentity($0) })
    }
}
