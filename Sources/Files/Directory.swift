internal import CLinux
internal import Glibc

/// An open folder; names are looked up in it and not from the root, so that nobody can swap a
/// parent between a check and its use.
///
/// No call follows a symbolic link.
public struct Directory: ~Copyable, Sendable {
    let file: OpenFile

    /// The path it was opened by, for messages.
    public var path: Path { file.path }

    /// Opens a folder.
    ///
    /// - Parameter path: The folder; a symbolic link to one is followed.
    /// - Throws: ``FileError``.
    public init(_ path: Path) throws(FileError) {
        let flags = O_RDONLY | O_DIRECTORY
        file = OpenFile(
            descriptor: try OpenFile.open(AT_FDCWD, path, flags, shown: path),
            path: path
        )
    }

    private init(file: consuming OpenFile) {
        self.file = file
    }

    /// The names inside, in byte order, without `.` and `..`.
    ///
    /// - Returns: One entry for each name.
    /// - Throws: ``FileError``.
    public func names() throws(FileError) -> [Path] {
        // A descriptor of its own: the position of a listing is shared by duplicates.
        let own = try OpenFile.open(file.descriptor, Path("."), O_RDONLY | O_DIRECTORY, shown: path)
        guard let stream = unsafe fdopendir(own) else {
            let number = errno
            _ = close(own)
            throw FileError(number, "list", path)
        }
        defer { unsafe closedir(stream) }
        var found: [Path] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else { break }
            let name = unsafe Self.name(entry)
            if name != [.dot] && name != [.dot, .dot] { found.append(Path(bytes: name)) }
        }
        if errno != 0 { throw FileError(errno, "list", path) }
        return found.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    }

    private static func name(_ entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
        unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
            let start = unsafe UnsafeRawPointer(field).assumingMemoryBound(to: UInt8.self)
            let length = unsafe strnlen(
                UnsafeRawPointer(field).assumingMemoryBound(to: CChar.self),
                255
            )
            return unsafe Array(UnsafeBufferPointer(start: start, count: length))
        }
    }

    /// Asks about a name or relative path; a final link is not followed.
    ///
    /// - Parameter name: A path from this folder; empty for the folder itself.
    /// - Returns: Its status.
    /// - Throws: ``FileError``.
    public func status(_ name: Path) throws(FileError) -> FileStatus {
        try FileStatus.read(file.descriptor, name, false, path.appending(name))
    }

    /// Opens a file in this folder; a symbolic link is an error.
    ///
    /// - Parameters:
    ///   - name: One name, without slashes.
    ///   - mode: What for.
    /// - Returns: The open file.
    /// - Throws: ``FileError``.
    public func open(_ name: Path, _ mode: OpenFile.Mode) throws(FileError) -> OpenFile {
        let shown = path.appending(name)
        let flags = OpenFile.flags(mode) | O_NOFOLLOW
        return OpenFile(
            descriptor: try OpenFile.open(file.descriptor, name, flags, shown: shown),
            path: shown
        )
    }

    /// Opens a folder inside this one, never through a symbolic link and never outside.
    ///
    /// - Parameter relative: A path from this folder.
    /// - Returns: The open folder.
    /// - Throws: ``FileError``.
    public func folder(_ relative: Path) throws(FileError) -> Directory {
        let shown = relative == Path(".") ? path : path.appending(relative)
        let found = try SystemCall.check("open", shown) {
            unsafe relative.withCString {
                unsafe recover_open_beneath(
                    file.descriptor,
                    $0,
                    O_RDONLY | O_DIRECTORY | O_CLOEXEC,
                    0
                )
            }
        }
        return Directory(file: OpenFile(descriptor: found, path: shown))
    }

    /// Whether a path ends at something inside this folder, links followed and the folder never
    /// left on the way.
    ///
    /// - Parameter relative: A path from this folder.
    /// - Returns: False also where it leads to nothing, or where nobody may look.
    public func holdsEnd(of relative: Path) -> Bool {
        let found = unsafe relative.withCString {
            unsafe recover_find_beneath(file.descriptor, $0)
        }
        if found >= 0 { _ = close(found) }
        return found >= 0
    }

    /// Makes a folder.
    ///
    /// - Parameters:
    ///   - name: One name.
    ///   - mode: Its permission bits.
    /// - Throws: ``FileError``; `exists` where the name is taken.
    public func makeFolder(_ name: Path, mode: UInt32 = 0o700) throws(FileError) {
        try SystemCall.check("make folder", path.appending(name)) {
            unsafe name.withCString { unsafe mkdirat(file.descriptor, $0, mode) }
        }
    }

    /// Sets the permission bits of a name; a link is not followed.
    ///
    /// - Parameters:
    ///   - name: One name.
    ///   - mode: With set-uid, set-gid and sticky.
    /// - Throws: ``FileError``; `unsupported` for a symbolic link.
    public func setMode(_ name: Path, _ mode: UInt32) throws(FileError) {
        try SystemCall.check("set the mode of", path.appending(name)) {
            unsafe name.withCString {
                unsafe fchmodat(file.descriptor, $0, mode, AT_SYMLINK_NOFOLLOW)
            }
        }
    }

    /// Removes a name: a file, a link, or an empty folder.
    ///
    /// - Parameter name: One name.
    /// - Throws: ``FileError``; `exists` for a folder that is not empty.
    public func remove(_ name: Path) throws(FileError) {
        let isFolder = try status(name).kind == .folder
        try SystemCall.check("remove", path.appending(name)) {
            unsafe name.withCString {
                unsafe unlinkat(file.descriptor, $0, isFolder ? AT_REMOVEDIR : 0)
            }
        }
    }

    /// The folder as an open file: for its attributes, owner, mode, time and room.
    ///
    /// - Returns: A second descriptor of the same folder.
    /// - Throws: ``FileError``.
    public func asFile() throws(FileError) -> OpenFile {
        OpenFile(
            descriptor: try OpenFile.open(
                file.descriptor,
                Path("."),
                O_RDONLY | O_DIRECTORY,
                shown: path
            ),
            path: path
        )
    }

    /// Makes the names in this folder durable.
    ///
    /// - Throws: ``FileError``.
    public func sync() throws(FileError) {
        try file.sync()
    }

    /// The kernel's number for the kind of file system below.
    public var fileSystemMagic: Int64 { recover_file_system_magic(file.descriptor) }
}
