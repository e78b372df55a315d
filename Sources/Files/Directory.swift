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
        let shown = path.appending(relative)
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

    /// Renames without replacing what has the new name.
    ///
    /// - Parameters:
    ///   - name: One name in this folder.
    ///   - target: The folder it moves to.
    ///   - newName: Its name there.
    /// - Throws: ``FileError``; `exists` where the new name is taken.
    public func rename(
        _ name: Path,
        to target: borrowing Directory,
        _ newName: Path
    ) throws(FileError) {
        let shown = target.path.appending(newName)
        do throws(FileError) {
            try SystemCall.check("rename \(path.appending(name)) to", shown) {
                unsafe name.withCString { old in
                    unsafe newName.withCString { new in
                        unsafe recover_rename_new(file.descriptor, old, target.file.descriptor, new)
                    }
                }
            }
        } catch {
            guard error.code == .unsupported else { throw error }
            try renameInTwoSteps(name, to: target, newName)
        }
    }

    /// For file systems without such a rename, NFS among them.
    ///
    /// A file gets its further name before it loses the first. A folder cannot have two, but it may
    /// take the place of an empty one, which is made first and thereby claims the name.
    func renameInTwoSteps(
        _ name: Path,
        to target: borrowing Directory,
        _ newName: Path
    ) throws(FileError) {
        guard try status(name).kind == .folder else {
            try target.link(from: self, name, as: newName)
            do throws(FileError) {
                return try remove(name)
            } catch {
                // Failed means not done: nobody may find it by the new name.
                try? target.remove(newName)
                throw error
            }
        }
        try target.makeFolder(newName)
        do throws(FileError) {
            try SystemCall.check(
                "rename \(path.appending(name)) to",
                target.path.appending(newName)
            ) {
                unsafe name.withCString { old in
                    unsafe newName.withCString { new in
                        unsafe renameat(file.descriptor, old, target.file.descriptor, new)
                    }
                }
            }
        } catch {
            try? target.remove(newName)
            throw error
        }
    }

    /// Renames over whatever has the new name, in one step.
    ///
    /// - Parameters:
    ///   - newName: The name that it takes or takes over.
    ///   - name: One name in this folder.
    /// - Throws: ``FileError``.
    public func replace(_ newName: Path, with name: Path) throws(FileError) {
        try SystemCall.check("rename \(path.appending(name)) to", path.appending(newName)) {
            unsafe name.withCString { old in
                unsafe newName.withCString { new in
                    unsafe renameat(file.descriptor, old, file.descriptor, new)
                }
            }
        }
    }

    /// Renames over whatever has the new name in another folder, in one step.
    ///
    /// - Parameters:
    ///   - name: One name in this folder.
    ///   - other: The folder of the new name, on the same file system.
    ///   - newName: The name that it takes or takes over.
    /// - Throws: ``FileError``.
    public func replace(
        with name: Path,
        in other: borrowing Directory,
        _ newName: Path
    ) throws(FileError) {
        let target = other.file.descriptor
        try SystemCall.check("rename \(path.appending(name)) to", other.path.appending(newName)) {
            unsafe name.withCString { old in
                unsafe newName.withCString { new in
                    unsafe renameat(file.descriptor, old, target, new)
                }
            }
        }
    }

    /// Swaps what two names stand for, in one step: nobody ever sees either of them missing.
    ///
    /// - Parameters:
    ///   - name: One name in this folder.
    ///   - other: The folder of the other name, on the same file system.
    ///   - otherName: The other name.
    /// - Throws: ``FileError``; `unsupported` where the file system cannot do it.
    public func exchange(
        _ name: Path,
        with other: borrowing Directory,
        _ otherName: Path
    ) throws(FileError) {
        try SystemCall.check(
            "exchange \(path.appending(name)) with",
            other.path.appending(otherName)
        ) {
            unsafe name.withCString { one in
                unsafe otherName.withCString { two in
                    unsafe recover_rename_exchange(
                        file.descriptor,
                        one,
                        other.file.descriptor,
                        two
                    )
                }
            }
        }
    }

    /// Gives a file a further name here.
    ///
    /// - Parameters:
    ///   - source: The folder that holds it.
    ///   - name: Its name there.
    ///   - newName: The further name.
    /// - Throws: ``FileError``.
    public func link(
        from source: borrowing Directory,
        _ name: Path,
        as newName: Path
    ) throws(FileError) {
        try SystemCall.check("link", path.appending(newName)) {
            unsafe name.withCString { old in
                unsafe newName.withCString { new in
                    unsafe linkat(source.file.descriptor, old, file.descriptor, new, 0)
                }
            }
        }
    }

    /// Makes a symbolic link.
    ///
    /// - Parameters:
    ///   - name: The link's name.
    ///   - target: What it points at, kept as it is.
    /// - Throws: ``FileError``.
    public func makeLink(_ name: Path, to target: Path) throws(FileError) {
        try SystemCall.check("make link", path.appending(name)) {
            unsafe target.withCString { to in
                unsafe name.withCString { unsafe symlinkat(to, file.descriptor, $0) }
            }
        }
    }

    /// Where a symbolic link points.
    ///
    /// - Parameter name: The link's name.
    /// - Returns: Its target as it is written.
    /// - Throws: ``FileError``.
    public func linkTarget(_ name: Path) throws(FileError) -> Path {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = try SystemCall.check("read link", path.appending(name)) {
            unsafe buffer.withUnsafeMutableBytes { room in
                guard let start = room.baseAddress else { return -1 }
                let text = unsafe start.assumingMemoryBound(to: CChar.self)
                return unsafe name.withCString {
                    unsafe readlinkat(file.descriptor, $0, text, room.count)
                }
            }
        }
        return Path(bytes: Array(buffer[..<count]))
    }

    /// Sets owner and time of a symbolic link itself.
    ///
    /// - Parameters:
    ///   - name: The link's name.
    ///   - userID: The owner's number.
    ///   - groupID: The group's number.
    /// - Throws: ``FileError``.
    public func setLinkOwner(_ name: Path, userID: UInt32, groupID: UInt32) throws(FileError) {
        try SystemCall.check("set the owner of", path.appending(name)) {
            unsafe name.withCString {
                unsafe fchownat(file.descriptor, $0, userID, groupID, AT_SYMLINK_NOFOLLOW)
            }
        }
    }

    /// Sets the time of last change of a name, a symbolic link itself included.
    ///
    /// - Parameters:
    ///   - name: One name.
    ///   - nanoseconds: Since 1970.
    /// - Throws: ``FileError``.
    public func setModified(_ name: Path, nanoseconds: Int64) throws(FileError) {
        try unsafe Self.setTimes("set the time of", path.appending(name), nanoseconds) { times in
            unsafe name.withCString {
                unsafe utimensat(file.descriptor, $0, times, AT_SYMLINK_NOFOLLOW)
            }
        }
    }

    static func setTimes(
        _ action: String,
        _ shown: Path,
        _ nanoseconds: Int64,
        _ call: (UnsafePointer<timespec>) -> Int32
    ) throws(FileError) {
        let billion: Int64 = 1_000_000_000
        // Rounded towards the past: a time before 1970 has its fraction counted forwards too.
        let (seconds, rest) =
            nanoseconds % billion < 0
            ? (nanoseconds / billion - 1, nanoseconds % billion + billion)
            : (nanoseconds / billion, nanoseconds % billion)
        let times = [
            timespec(tv_sec: 0, tv_nsec: recover_time_omit()),
            timespec(tv_sec: Int(seconds), tv_nsec: Int(rest)),
        ]
        try SystemCall.check(action, shown) {
            unsafe times.withUnsafeBufferPointer { buffer in
                guard let base = buffer.baseAddress else { preconditionFailure("never empty") }
                return unsafe call(base)
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
