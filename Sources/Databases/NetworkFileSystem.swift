internal import CSQLite

/// Whether a path lies where kernels other than ours may write, too: a network file system, a
/// folder shared with a virtual machine's host, or one that a program provides.
///
/// A database in WAL mode needs one kernel's shared memory between all its users.
///
/// - Parameter path: A file or folder.
/// - Returns: False also where the kernel does not say.
public func isNetworkFileSystem(_ path: [UInt8]) -> Bool {
    let magic = unsafe path.withCString { unsafe recover_sqlite_file_system($0) }
    return magic != -1 && networkMagics.contains(UInt32(truncatingIfNeeded: magic))
}

/// The kernel's numbers for such file systems, from statfs(2).
let networkMagics: Set<UInt32> = [
    0x0000_6969,  // NFS
    0xFF53_4D42,  // CIFS
    0xFE53_4D42,  // SMB2 and later
    0x0000_517B,  // SMB of old
    0x0102_1997,  // 9p, which WSL 2 uses for the drives of Windows
    0x6573_5546,  // FUSE and virtiofs, such as sshfs and the shared folders of Docker Desktop
    0x00C3_6400,  // Ceph
    0x5346_414F,  // AFS
    0x0BD0_0BD0,  // Lustre
    0x0116_1970,  // GFS2
    0x7461_636F,  // OCFS2
    0x7863_4635,  // the shared folders of Parallels
    0x786F_4256,  // the shared folders of VirtualBox
    0xBACB_ACBC,  // the shared folders of VMware
]
