public import Files
public import Manifests

/// What keeps the captured entries of one component; subjects know nothing of how.
///
/// Entries come in ascending order of path.
public protocol CaptureSink: AnyObject {
    /// What the previous snapshot holds at a path. Ask in ascending order.
    ///
    /// - Parameter path: The path from the component's root.
    /// - Returns: Its entry, or nil.
    /// - Throws: ``CaptureError``.
    func parentEntry(at path: Path) throws(CaptureError) -> FileEntry?

    /// Takes over the entry asked for last, without reading the file.
    ///
    /// - Returns: False where its content cannot be relied on: then read the file.
    /// - Throws: ``CaptureError``.
    func reuseParentEntry() throws(CaptureError) -> Bool

    /// Adds a folder or a link.
    ///
    /// - Parameter entry: Not a file.
    /// - Throws: ``CaptureError``.
    func add(_ entry: FileEntry) throws(CaptureError)

    /// Adds a further name of a file that was added already.
    ///
    /// - Parameter entry: With the `hardlink` that the first name had.
    /// - Returns: False where no such name was added: then read the file.
    /// - Throws: ``CaptureError``.
    func addLinked(_ entry: FileEntry) throws(CaptureError) -> Bool

    /// Adds a regular file and reads it.
    ///
    /// - Parameters:
    ///   - entry: Its metadata.
    ///   - file: The open file.
    /// - Returns: Whether it held still.
    /// - Throws: ``CaptureError``; `source` where this file could not be read: the sink goes on.
    func add(_ entry: FileEntry, content file: borrowing OpenFile) throws(CaptureError)
        -> Steadiness

    /// Adds a database from a finished private copy.
    ///
    /// - Parameters:
    ///   - entry: The metadata of the live file, with the facts in `database`.
    ///   - copy: The copy.
    /// - Throws: ``CaptureError``.
    func add(_ entry: FileEntry, pagesOf copy: borrowing OpenFile) throws(CaptureError)
}

/// Whether a file held still while it was read.
public enum Steadiness: Sendable {
    /// It was the same before and after.
    case steady
    /// It changed.
    case changed
    /// It ended early.
    case shrank
}
