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

    /// Takes the identity that a line of `/proc/locks` states.
    ///
    /// - Parameter text: Such as `fe:00:1234567`; nil comes of anything else.
    init?(lock text: Substring) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let major = UInt64(parts[0], radix: 16),
            let minor = UInt64(parts[1], radix: 16), let number = UInt64(parts[2])
        else { return nil }
        // As the C library joins the two numbers.
        device =
            (major & 0xFFFF_F000) << 32 | (major & 0xFFF) << 8 | (minor & 0xFFFF_FF00) << 12
            | minor & 0xFF
        inode = number
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
