internal import CLinux
internal import Glibc

/// An open file or folder; owns its descriptor and closes it exactly once.
///
/// All calls block. Positions are explicit, so several threads may read one file.
public struct OpenFile: ~Copyable, Sendable {
    /// How a file is opened.
    public enum Mode: Sendable {
        /// For reading, by any number of readers.
        case read
        /// For reading and writing what exists.
        case update
        /// A new file for writing, mode 0600; a name that is taken is an error.
        case create
        /// For appending; made with mode 0600 where it is missing.
        case append
        /// For locking: made with mode 0600 where it is missing, content untouched.
        case lock
    }

    let descriptor: Int32
    /// The path it was opened by, for messages.
    public let path: Path

    init(descriptor: Int32, path: Path) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { _ = close(descriptor) }

    /// Opens a path from the working folder; a final symbolic link is followed for reading only.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - mode: What for.
    /// - Throws: ``FileError``.
    public init(_ path: Path, _ mode: Mode) throws(FileError) {
        descriptor = try Self.open(AT_FDCWD, path, Self.flags(mode), shown: path)
        self.path = path
    }

    static func flags(_ mode: Mode) -> Int32 {
        switch mode {
        case .read: O_RDONLY
        case .update: O_RDWR | O_NOFOLLOW
        case .create: O_RDWR | O_CREAT | O_EXCL
        case .append: O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW
        case .lock: O_RDWR | O_CREAT | O_NOFOLLOW
        }
    }

    static func open(
        _ folder: Int32,
        _ name: Path,
        _ flags: Int32,
        shown: Path
    ) throws(FileError) -> Int32 {
        // O_NONBLOCK: a pipe put in a file's place must not hang a backup for ever.
        try SystemCall.check(flags & O_CREAT == 0 ? "open" : "create", shown) {
            unsafe name.withCString {
                unsafe openat(folder, $0, flags | O_CLOEXEC | O_NONBLOCK, 0o600)
            }
        }
    }

    /// The status of the open file itself.
    ///
    /// - Returns: What the kernel says now.
    /// - Throws: ``FileError``.
    public func status() throws(FileError) -> FileStatus {
        try FileStatus.read(descriptor, Path(""), true, path)
    }

    /// Reads until the buffer is full or the file ends.
    ///
    /// - Parameters:
    ///   - buffer: Where the bytes go.
    ///   - offset: The position in the file, in bytes.
    /// - Returns: How many bytes were read; fewer than asked only at the end of the file.
    /// - Throws: ``FileError``.
    public func read(
        into buffer: UnsafeMutableRawBufferPointer,
        at offset: UInt64
    ) throws(FileError) -> Int {
        var done = 0
        while done < buffer.count {
            let count = try SystemCall.check("read", path) {
                unsafe pread(
                    descriptor,
                    buffer.baseAddress?.advanced(by: done),
                    buffer.count - done,
                    off_t(offset) + off_t(done)
                )
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Reads a whole small file.
    ///
    /// - Parameter limitBytes: More than this is an error, so that no file can exhaust memory.
    /// - Returns: The bytes.
    /// - Throws: ``FileError``.
    public func readAll(limitBytes: Int = 64 << 20) throws(FileError) -> [UInt8] {
        let size = Int(try status().sizeBytes)
        var bytes = [UInt8](repeating: 0, count: min(max(size, 4095), limitBytes) + 1)
        var done = 0
        while true {
            let offset = done
            let count = try unsafe Self.fill(&bytes, from: offset) {
                (buffer) throws(FileError) in try unsafe read(into: buffer, at: UInt64(offset))
            }
            done += count
            if done < bytes.count { break }
            guard done <= limitBytes else {
                throw FileError(code: .other, message: "\(path) is larger than \(limitBytes) bytes")
            }
            bytes.append(contentsOf: [UInt8](repeating: 0, count: bytes.count))
        }
        bytes.removeLast(bytes.count - done)
        return bytes
    }

    private static func fill(
        _ bytes: inout [UInt8],
        from offset: Int,
        _ body: (UnsafeMutableRawBufferPointer) throws(FileError) -> Int
    ) throws(FileError) -> Int {
        var outcome: Result<Int, FileError> = .success(0)
        unsafe bytes.withUnsafeMutableBytes { buffer in
            do throws(FileError) {
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[offset...])
                outcome = .success(try unsafe body(rest))
            } catch {
                outcome = .failure(error)
            }
        }
        return try outcome.get()
    }

    /// Writes all bytes of a buffer at a position.
    ///
    /// - Parameters:
    ///   - buffer: What to write.
    ///   - offset: The position in the file, in bytes.
    /// - Throws: ``FileError``; part of the bytes may have been written.
    public func write(_ buffer: UnsafeRawBufferPointer, at offset: UInt64) throws(FileError) {
        var done = 0
        while done < buffer.count {
            done += try SystemCall.check("write", path) {
                unsafe pwrite(
                    descriptor,
                    buffer.baseAddress?.advanced(by: done),
                    buffer.count - done,
                    off_t(offset) + off_t(done)
                )
            }
        }
    }

    /// Appends bytes where the descriptor stands; for journals opened with `append`.
    ///
    /// - Parameter bytes: What to write.
    /// - Throws: ``FileError``; part of the bytes may have been written.
    public func append(_ bytes: [UInt8]) throws(FileError) {
        var done = 0
        while done < bytes.count {
            done += try SystemCall.check("append to", path) {
                unsafe bytes.withUnsafeBytes {
                    unsafe Glibc.write(
                        descriptor,
                        $0.baseAddress?.advanced(by: done),
                        $0.count - done
                    )
                }
            }
        }
    }

    /// Makes content and metadata durable; a failure is final, the file must be written anew.
    ///
    /// - Throws: ``FileError``.
    public func sync() throws(FileError) {
        try SystemCall.check("sync", path) { fsync(descriptor) }
    }

    /// Sets the length.
    ///
    /// - Parameter sizeBytes: The new length; what is new reads as zeros and takes no space.
    /// - Throws: ``FileError``.
    public func truncate(to sizeBytes: UInt64) throws(FileError) {
        try SystemCall.check("set the length of", path) { ftruncate(descriptor, off_t(sizeBytes)) }
    }

    /// Takes room on the disk without writing it; what is reserved reads as zeros.
    ///
    /// - Parameter sizeBytes: The new length.
    /// - Returns: Whether the file system can do that.
    /// - Throws: ``FileError``; `full` where there is no such room.
    public func reserve(sizeBytes: UInt64) throws(FileError) -> Bool {
        do throws(FileError) {
            try SystemCall.check("reserve room for", path) {
                recover_reserve(descriptor, Int64(sizeBytes))
            }
        } catch {
            guard error.code == .unsupported else { throw error }
            return false
        }
        try truncate(to: sizeBytes)
        return true
    }

    /// The next range that holds data, as far as the file system knows of holes.
    ///
    /// - Parameters:
    ///   - offset: Where to search from, in bytes.
    ///   - sizeBytes: The file's length, taken as the end of the last range.
    /// - Returns: The range, or nil where only a hole follows.
    public func nextData(from offset: UInt64, sizeBytes: UInt64) -> Range<UInt64>? {
        let start = recover_seek_data(descriptor, Int64(offset))
        if start < 0 { return errno == ENXIO ? nil : offset..<sizeBytes }
        let end = recover_seek_hole(descriptor, start)
        let stop = end < 0 ? sizeBytes : min(UInt64(end), sizeBytes)
        return UInt64(start) < stop ? UInt64(start)..<stop : nil
    }

    /// Tells the kernel that a file will be read once from start to end.
    public func adviseSequential() {
        _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
    }

    /// Tells the kernel that the pages of a range are not needed again, so that reading a
    /// large file does not push the services' own data out of memory.
    ///
    /// - Parameters:
    ///   - offset: The start in bytes.
    ///   - length: The length in bytes.
    public func adviseDone(offset: UInt64, length: UInt64) {
        _ = posix_fadvise(descriptor, off_t(offset), off_t(length), POSIX_FADV_DONTNEED)
    }

    /// Switches reads and writes past the page cache on or off.
    ///
    /// - Parameter on: Whether from now on.
    /// - Returns: Whether the file system agreed; tmpfs and some network mounts do not.
    public func setDirect(_ on: Bool) -> Bool {
        recover_set_direct(descriptor, on ? 1 : 0) == 0
    }

    /// Makes this file share all blocks of another, so that no byte is moved.
    ///
    /// - Parameter source: On the same file system, open for reading.
    /// - Returns: Whether the file system could do it; if not, nothing changed.
    public func clone(_ source: borrowing OpenFile) -> Bool {
        recover_share_blocks(descriptor, source.descriptor) == 0
    }

    /// Takes an advisory lock (`flock`) without waiting; the kernel frees it when we end.
    ///
    /// - Returns: Whether it was free.
    /// - Throws: ``FileError`` where the file system has no locks.
    public func tryLock() throws(FileError) -> Bool {
        do throws(FileError) {
            try SystemCall.check("lock", path) { flock(descriptor, LOCK_EX | LOCK_NB) }
            return true
        } catch {
            if error.code == .busy { return false }
            throw error
        }
    }

    /// Sets the permission bits.
    ///
    /// - Parameter mode: With set-uid, set-gid and sticky.
    /// - Throws: ``FileError``.
    public func setMode(_ mode: UInt32) throws(FileError) {
        try SystemCall.check("set the mode of", path) { fchmod(descriptor, mode) }
    }

    /// Sets owner and group.
    ///
    /// - Parameters:
    ///   - userID: The owner's number.
    ///   - groupID: The group's number.
    /// - Throws: ``FileError``; `permission` when we are not root.
    public func setOwner(userID: UInt32, groupID: UInt32) throws(FileError) {
        try SystemCall.check("set the owner of", path) { fchown(descriptor, userID, groupID) }
    }

    /// Sets the time of last change of the content; the access time is left alone.
    ///
    /// - Parameter nanoseconds: Since 1970.
    /// - Throws: ``FileError``.
    public func setModified(nanoseconds: Int64) throws(FileError) {
        try unsafe Directory.setTimes("set the time of", path, nanoseconds) { times in
            unsafe futimens(descriptor, times)
        }
    }

    /// How much room the file system has.
    ///
    /// - Returns: The bytes we may still write, and the whole size.
    /// - Throws: ``FileError``.
    public func room() throws(FileError) -> (availableBytes: UInt64, totalBytes: UInt64) {
        var available: UInt64 = 0
        var total: UInt64 = 0
        try SystemCall.check("ask for the room at", path) {
            unsafe recover_free_bytes(descriptor, &available, &total)
        }
        return (available, total)
    }
}

extension OpenFile {
    /// Copies the bytes from a position to the end into another file at the same position.
    ///
    /// - Parameters:
    ///   - target: Open for writing.
    ///   - start: The position, in bytes.
    /// - Throws: ``FileError``; part of the bytes may have been written.
    public func copyTail(to target: borrowing OpenFile, from start: UInt64) throws(FileError) {
        let buffer = AlignedBuffer(byteCount: 1 << 20)
        var position = start
        while true {
            let count = try unsafe read(into: buffer.bytes, at: position)
            if count == 0 { return }
            try unsafe target.write(buffer.slice(0..<count), at: position)
            position += UInt64(count)
        }
    }
}

extension Directory {
    /// Makes everything on the file system of this folder durable, in one go.
    ///
    /// - Throws: ``FileError``.
    public func syncFileSystem() throws(FileError) {
        try SystemCall.check("sync the file system of", path) {
            recover_sync_file_system(file.descriptor)
        }
    }
}
