internal import CLinux
internal import Glibc

/// Further names, symbolic links, and what belongs to a link itself.
extension Directory {
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
}
