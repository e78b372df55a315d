public import Files

/// A private folder that is gone after the test.
public final class Scratch: Sendable {
    /// Where it is.
    public let path: Path

    /// Makes it.
    ///
    /// - Parameter isInMemory: Whether in memory, where the system has such a place: for tests
    ///   that sync thousands of times.
    /// - Throws: ``FileError``.
    public init(isInMemory: Bool = false) throws {
        let memory = Path("/dev/shm")
        let hasMemory = (try? Directory(memory)) != nil
        let parent = isInMemory && hasMemory ? memory : Path("/tmp")
        let name = Path("recover-test-" + String(UInt64.random(in: 0 ... .max), radix: 36))
        try Directory(parent).makeFolder(name)
        path = parent.appending(name)
    }

    deinit { try? Directory(path.parent).removeTree(path.lastComponent) }

    /// The open folder.
    ///
    /// - Returns: A descriptor of its own.
    /// - Throws: ``FileError``.
    public func folder() throws(FileError) -> Directory {
        try Directory(path)
    }

    /// Makes an empty folder in it.
    ///
    /// - Parameter name: One name; what bears it is removed.
    /// - Returns: Its path.
    /// - Throws: ``FileError``.
    public func freshFolder(_ name: Path) throws -> Path {
        do throws(FileError) {
            try folder().removeTree(name)
        } catch {
            if error.code != .notFound { throw error }
        }
        try folder().makeFolder(name)
        return path.appending(name)
    }

    /// Makes a file.
    ///
    /// - Parameters:
    ///   - name: One name.
    ///   - content: Its bytes.
    /// - Returns: Its path.
    /// - Throws: ``FileError``.
    @discardableResult
    public func write(_ name: Path, _ content: [UInt8] = []) throws -> Path {
        try folder().open(name, .append).append(content)
        return path.appending(name)
    }
}
