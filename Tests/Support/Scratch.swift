public import Files

/// A private folder that is gone after the test.
public final class Scratch: Sendable {
    /// Where it is.
    public let path: Path

    /// Makes it.
    ///
    /// - Throws: ``FileError``.
    public init() throws {
        let parent = Path("/tmp")
        let name = Path("recover-test-" + String(UInt64.random(in: 0 ... .max), radix: 36))
        try Directory(parent).makeFolder(name)
        path = parent.appending(name)
    }

    deinit { try? Directory(path.parent).removeTree(path.lastComponent) }

    /// The open folder.
    ///
    /// - Returns: A descriptor of its own.
    /// - Throws: ``FileError``.
    public func folder() throws -> Directory {
        try Directory(path)
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
