internal import Glibc

/// A folder and what is below it, reached name by name from its descriptor, never through a link.
struct FolderTree {
    private static let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC

    private let root: Int32
    private let folderCountMax: Int
    private var folderCount = 0

    init(root: Int32, folderCountMax: Int) {
        self.root = root
        self.folderCountMax = folderCountMax
    }

    /// Opens a folder, making it and those above it where they are missing.
    ///
    /// - Parameters:
    ///   - names: The way from the root.
    ///   - entry: The member it is for.
    /// - Returns: The open folder.
    /// - Throws: ``ArchiveError`` with code `refused` when a link or file is in the way.
    mutating func folder(
        _ names: ArraySlice<[UInt8]>,
        for entry: ArchiveEntry
    ) throws(ArchiveError) -> OpenFolder {
        var folder = OpenFolder(number: fcntl(root, F_DUPFD_CLOEXEC, 3))
        guard folder.number >= 0 else { throw unpackFailure(entry, errno) }
        for name in names {
            folder = OpenFolder(number: try step(into: name, from: folder.number, entry))
        }
        return folder
    }

    private mutating func step(
        into name: [UInt8],
        from parent: Int32,
        _ entry: ArchiveEntry
    ) throws(ArchiveError) -> Int32 {
        let name = cString(name)
        var number = unsafe openat(parent, name, Self.flags)
        if number < 0, errno == ENOENT {
            folderCount += 1
            guard folderCount <= folderCountMax else {
                throw ArchiveError(
                    .limitExceeded,
                    "more than \(folderCountMax) folders in the archive"
                )
            }
            guard unsafe mkdirat(parent, name, 0o700) == 0 else {
                throw unpackFailure(entry, errno)
            }
            number = unsafe openat(parent, name, Self.flags)
        }
        if number < 0, errno == ELOOP || errno == ENOTDIR {
            throw ArchiveError(
                .refused,
                "the member \(printable(entry.path)) would go through a link or file of the archive"
            )
        }
        guard number >= 0 else { throw unpackFailure(entry, errno) }
        return number
    }
}

/// A descriptor of a folder, closed exactly once.
struct OpenFolder: ~Copyable {
    let number: Int32

    deinit { if number >= 0 { close(number) } }
}

/// A failure of the system while a member is unpacked.
func unpackFailure(_ entry: ArchiveEntry, _ number: Int32) -> ArchiveError {
    guard number != EEXIST else {
        return ArchiveError(.refused, "the member \(printable(entry.path)) comes twice")
    }
    return ArchiveError(
        .inputOutput,
        "cannot unpack \(printable(entry.path))",
        cause: errorText(number)
    )
}
