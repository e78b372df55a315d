internal import Glibc

/// Unpacks an archive of unknown origin into a private folder and nowhere else.
///
/// - Only files, folders, symbolic links and hard links to earlier files of the archive appear.
///   Anything else is an error that names the member; nothing is skipped.
/// - Every path is walked from the folder's descriptor without following a link.
/// - Symbolic links keep their target, wherever it points: do not follow them.
/// - Permissions lose their set-id and sticky bits and gain the owner's access; owners, extended
///   attributes and access control lists are not set. The entries tell what the archive says.
public enum ArchiveExtractor {
    /// Unpacks all members.
    ///
    /// After an error the folder holds a part, which the caller removes. Nothing is synced.
    ///
    /// - Parameters:
    ///   - reader: A reader from which nothing has been read.
    ///   - folder: Descriptor of an empty folder that only its owner may enter.
    /// - Returns: The entries in the order of the archive.
    /// - Throws: ``ArchiveError``: those of the reader; `refused` for an unsafe member or folder.
    public static func extract(
        _ reader: inout ArchiveReader,
        into folder: Int32
    ) throws(ArchiveError) -> [ArchiveEntry] {
        try demandEmptyAndPrivate(folder)
        var extraction = Extraction(root: folder, limits: reader.limits)
        while let entry = try reader.next() {
            try extraction.unpack(entry, from: &reader)
        }
        try extraction.finishFolders()
        return extraction.entries
    }

    private static func demandEmptyAndPrivate(_ folder: Int32) throws(ArchiveError) {
        var status = stat()
        guard unsafe fstat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw ArchiveError(.refused, "no folder to unpack into")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw ArchiveError(.refused, "others may enter the folder to unpack into")
        }
        // A descriptor of its own: the stream closes it and moves its offset.
        let listed = unsafe openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard let stream = unsafe fdopendir(listed) else {
            close(listed)
            throw ArchiveError(
                .inputOutput,
                "cannot list the folder to unpack into",
                cause: errorText(errno)
            )
        }
        defer { unsafe closedir(stream) }
        var nameCount = 0
        while unsafe readdir(stream) != nil { nameCount += 1 }
        // `.` and `..` are always there.
        guard nameCount == 2 else {
            throw ArchiveError(.refused, "the folder to unpack into is not empty")
        }
    }
}
