internal import Glibc

/// One archive on its way into a folder.
struct Extraction {
    private static let bufferByteCount = 1 << 18

    private(set) var entries: [ArchiveEntry] = []
    private var tree: FolderTree
    private var buffer = [UInt8](repeating: 0, count: Self.bufferByteCount)

    init(root: Int32, limits: ArchiveLimits) {
        tree = FolderTree(root: root, folderCountMax: limits.entryCountMax)
    }

    mutating func unpack(
        _ entry: ArchiveEntry,
        from reader: inout ArchiveReader
    ) throws(ArchiveError) {
        let path = try MemberPath(entry.path)
        switch entry.kind {
        case .directory: _ = try tree.folder(path.names[...], for: entry)
        case .special:
            throw ArchiveError(
                .refused,
                "the member \(printable(entry.path)) is a device, fifo or socket"
            )
        case .file, .symbolicLink, .hardLink:
            guard let name = path.names.last else {
                throw ArchiveError(.refused, "the member \(printable(entry.path)) has no name")
            }
            let parent = try tree.folder(path.names.dropLast(), for: entry)
            try make(entry, cString(name), in: parent, from: &reader)
        }
        entries.append(entry)
    }

    /// Gives the folders their times and permissions, once nothing is put into them any more.
    mutating func finishFolders() throws(ArchiveError) {
        for entry in entries where entry.kind == .directory {
            let path = try MemberPath(entry.path)
            if path.names.isEmpty { continue }  // The caller's folder stays as it is.
            let folder = try tree.folder(path.names[...], for: entry)
            try setMetadata(of: folder.number, entry, ownerAccess: 0o700)
        }
    }

    private mutating func make(
        _ entry: ArchiveEntry,
        _ name: [CChar],
        in parent: borrowing OpenFolder,
        from reader: inout ArchiveReader
    ) throws(ArchiveError) {
        switch entry.kind {
        case .symbolicLink(let target):
            guard unsafe symlinkat(cString(target), parent.number, name) == 0 else {
                throw unpackFailure(entry, errno)
            }
            var times = times(of: entry)
            guard unsafe utimensat(parent.number, name, &times, AT_SYMLINK_NOFOLLOW) == 0 else {
                throw unpackFailure(entry, errno)
            }
        case .hardLink(let target): try link(entry, to: target, name, in: parent)
        default: try makeFile(entry, name, in: parent, from: &reader)
        }
    }

    private mutating func makeFile(
        _ entry: ArchiveEntry,
        _ name: [CChar],
        in parent: borrowing OpenFolder,
        from reader: inout ArchiveReader
    ) throws(ArchiveError) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let file = unsafe openat(parent.number, name, flags, 0o600)
        guard file >= 0 else { throw unpackFailure(entry, errno) }
        defer { close(file) }
        var byteCount: off_t = 0
        while case let count = try reader.read(into: &buffer), count > 0 {
            byteCount += count
            // Zeros become a hole: archives keep them small, and so should we.
            if areZeros(buffer, count) {
                lseek(file, byteCount, SEEK_SET)
            } else {
                try write(buffer[..<count], to: file)
            }
        }
        guard ftruncate(file, byteCount) == 0 else { throw unpackFailure(entry, errno) }
        try setMetadata(of: file, entry, ownerAccess: 0o600)
    }

    /// Links to a file that the archive brought before.
    private mutating func link(
        _ entry: ArchiveEntry,
        to target: [UInt8],
        _ name: [CChar],
        in parent: borrowing OpenFolder
    ) throws(ArchiveError) {
        let path = try MemberPath(target)
        let folder = try tree.folder(path.names.dropLast(), for: entry)
        let targetName = cString(path.names.last ?? [])
        var status = stat()
        guard
            unsafe fstatat(folder.number, targetName, &status, AT_SYMLINK_NOFOLLOW) == 0,
            status.st_mode & S_IFMT == S_IFREG
        else {
            throw ArchiveError(
                .refused,
                "the member \(printable(entry.path)) is a hard link to no earlier file: "
                    + printable(target)
            )
        }
        guard unsafe linkat(folder.number, targetName, parent.number, name, 0) == 0 else {
            throw unpackFailure(entry, errno)
        }
    }

    private func setMetadata(
        of file: Int32,
        _ entry: ArchiveEntry,
        ownerAccess: mode_t
    ) throws(ArchiveError) {
        var times = times(of: entry)
        guard
            fchmod(file, mode_t(entry.permissions & 0o777) | ownerAccess) == 0,
            unsafe futimens(file, &times) == 0
        else { throw unpackFailure(entry, errno) }
    }

    /// The time of access is set to that of modification: archives rarely know better.
    private func times(of entry: ArchiveEntry) -> [timespec] {
        let modified = timespec(
            tv_sec: time_t(entry.modifiedSeconds),
            tv_nsec: entry.modifiedNanoseconds
        )
        return [modified, modified]
    }
}

/// Whether the first bytes of a buffer are all zero: each is equal to the one before.
private func areZeros(_ buffer: [UInt8], _ count: Int) -> Bool {
    unsafe buffer.withUnsafeBytes { bytes in
        guard let start = bytes.baseAddress, unsafe bytes.first == 0 else { return false }
        return unsafe memcmp(start, start + 1, count - 1) == 0
    }
}
