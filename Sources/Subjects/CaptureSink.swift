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

    /// All files of the previous snapshot, for a component that has few.
    ///
    /// - Returns: In order of path; none without a previous snapshot.
    /// - Throws: ``CaptureError``.
    func parentFiles() throws(CaptureError) -> [FileEntry]

    /// The content of one of them.
    ///
    /// - Parameter entry: As ``parentFiles()`` gave it.
    /// - Returns: Nil where the parent is not to be relied on.
    /// - Throws: ``CaptureError``.
    func parentContent(_ entry: FileEntry) throws(CaptureError) -> (any KeptContent)?

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

    /// Adds a regular file of which only length and digest are kept, and reads it for them.
    ///
    /// - Parameters:
    ///   - entry: Its metadata.
    ///   - file: The open file.
    /// - Returns: Whether it held still.
    /// - Throws: ``CaptureError``; `source` where this file could not be read: the sink goes on.
    func add(_ entry: FileEntry, digestOf file: borrowing OpenFile) throws(CaptureError)
        -> Steadiness

    /// Adds a database from a finished private copy.
    ///
    /// - Parameters:
    ///   - entry: The metadata of the live file, with the facts in `database`.
    ///   - copy: The copy.
    /// - Throws: ``CaptureError``.
    func add(_ entry: FileEntry, pagesOf copy: borrowing OpenFile) throws(CaptureError)

    /// Adds a regular file whose content flows by.
    ///
    /// - Parameters:
    ///   - entry: Its metadata; length and digest are filled in.
    ///   - body: Gives the content; where it throws, the entry is not added and the sink goes on.
    /// - Throws: ``CaptureError``, also what `body` throws.
    func add(
        _ entry: FileEntry,
        streamed body: (any ContentSink) throws(CaptureError) -> Void
    ) throws(CaptureError)
}

/// Takes the content of one file piece by piece, and keeps it as it is told.
public protocol ContentSink: AnyObject {
    /// Ends the block.
    ///
    /// - Returns: SHA-256 of all that was kept so far, in hexadecimal digits.
    /// - Throws: ``CaptureError``.
    func sha256() throws(CaptureError) -> String

    /// Takes bytes that are few and seldom the same, such as headers: kept beside the metadata.
    ///
    /// - Parameter bytes: The next of the content.
    /// - Throws: ``CaptureError``.
    func keepInline(_ bytes: UnsafeRawBufferPointer) throws(CaptureError)

    /// Takes bytes for the block that is being filled.
    ///
    /// - Parameter bytes: The next of the content.
    /// - Throws: ``CaptureError``.
    func keep(_ bytes: UnsafeRawBufferPointer) throws(CaptureError)

    /// Ends the block; a block that was kept before is not kept again.
    ///
    /// - Throws: ``CaptureError``.
    func endBlock() throws(CaptureError)

    /// Takes bytes of the previous snapshot, which are kept already.
    ///
    /// - Parameters:
    ///   - range: Which bytes.
    ///   - content: Of ``CaptureSink/parentContent(_:)``, of the same sink.
    /// - Throws: ``CaptureError``; `source` where they are damaged: then capture anew.
    func copy(_ range: Range<UInt64>, of content: any KeptContent) throws(CaptureError)
}

extension ContentSink {
    func keepInline(_ bytes: [UInt8]) throws(CaptureError) {
        try unsafe bytes.withUnsafeBufferPointer { (buffer) throws(CaptureError) in
            try unsafe keepInline(UnsafeRawBufferPointer(buffer))
        }
    }

    func keep(_ bytes: [UInt8]) throws(CaptureError) {
        try unsafe bytes.withUnsafeBufferPointer { (buffer) throws(CaptureError) in
            try unsafe keep(UnsafeRawBufferPointer(buffer))
        }
    }
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
