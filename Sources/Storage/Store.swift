internal import Files

/// Where a repository's objects live: few verbs, all of which a remote store can offer.
///
/// Objects are written once and never changed. Names follow ``ObjectName``.
/// All calls block and may be made from several threads.
public protocol Store: Sendable {
    /// The store's place, for people.
    var place: String { get }

    /// Writes a new object whole. It is there or not, never in part; it is durable after
    /// the next ``sync()``.
    ///
    /// - Parameters:
    ///   - name: A name that is free.
    ///   - content: All of its bytes.
    /// - Throws: ``StorageError``; `exists` where the name is taken: nothing was changed, and
    ///   what has the name counts as adopted.
    func put(_ name: String, _ content: UnsafeRawBufferPointer) throws(StorageError)

    /// Reads a range of an object.
    ///
    /// - Parameters:
    ///   - name: The object.
    ///   - offset: The first byte.
    ///   - buffer: Where the bytes go.
    /// - Throws: ``StorageError``; `truncated` where the object ends before the buffer is full.
    func get(
        _ name: String,
        at offset: UInt64,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(StorageError)

    /// Reads a small object whole.
    ///
    /// - Parameters:
    ///   - name: The object.
    ///   - limit: More bytes than this are an error.
    /// - Returns: All of its bytes.
    /// - Throws: ``StorageError``.
    func getSmall(_ name: String, limit: Int) throws(StorageError) -> [UInt8]

    /// The objects directly or indirectly below a folder.
    ///
    /// - Parameter folder: A name without a slash at its end; a missing one is empty.
    /// - Returns: Names and sizes in order of name.
    /// - Throws: ``StorageError``.
    func list(_ folder: String) throws(StorageError) -> [StoredObject]

    /// Removes an object; a missing one is no error.
    ///
    /// - Parameter name: The object.
    /// - Throws: ``StorageError``.
    func delete(_ name: String) throws(StorageError)

    /// Puts an object in the place of one that is damaged: at every moment one of the two is
    /// there whole. A name that is free is taken.
    ///
    /// - Parameters:
    ///   - name: The object.
    ///   - content: All of its bytes, as they should always have been.
    /// - Throws: ``StorageError``; then the old one is still there.
    func replace(_ name: String, _ content: UnsafeRawBufferPointer) throws(StorageError)

    /// Puts ballast: an object that takes up room, whatever its bytes. One of that name is replaced.
    ///
    /// - Parameters:
    ///   - name: The object.
    ///   - byteCount: How much room it takes.
    /// - Throws: ``StorageError``; `full` where there is no such room, and then nothing was put.
    func fill(_ name: String, byteCount: Int) throws(StorageError)

    /// Counts an object that an earlier run put as put by this one: it may have died before its
    /// sync, and what a snapshot leans on must be durable before the snapshot is.
    ///
    /// - Parameter name: The object.
    func adopt(_ name: String)

    /// Makes everything put, replaced, adopted or deleted so far durable.
    ///
    /// - Throws: ``StorageError``; then nothing since the last sync may be relied on.
    func sync() throws(StorageError)

    /// Writes an object that shows, as long as the hold lives, that this process lives.
    ///
    /// - Parameters:
    ///   - name: A name that is free.
    ///   - content: All of its bytes.
    /// - Returns: The hold; releasing it deletes the object.
    /// - Throws: ``StorageError``.
    func hold(_ name: String, _ content: [UInt8]) throws(StorageError) -> any StoreHold

    /// Whether a process that lives holds an object that ``hold(_:_:)`` wrote.
    ///
    /// - Parameter name: The object.
    /// - Returns: True also where the store cannot tell.
    /// - Throws: ``StorageError``.
    func isHeld(_ name: String) throws(StorageError) -> Bool

    /// Removes what processes left that died: unfinished objects, and held ones.
    ///
    /// A store that cannot tell whether a process lives removes nothing.
    ///
    /// - Parameter folder: Where the held objects are.
    /// - Throws: ``StorageError``; then some of it is left.
    func removeLeavings(heldIn folder: String) throws(StorageError)
}

extension Store {
    /// Removes nothing.
    public func removeLeavings(heldIn folder: String) throws(StorageError) {}
}

/// An object that shows that a process lives.
public protocol StoreHold: AnyObject, Sendable {
    /// Deletes the object.
    func release()
}

/// An object as a listing shows it.
public struct StoredObject: Hashable, Sendable {
    /// Its name from the store's root.
    public let name: String
    /// Its size in bytes.
    public let sizeBytes: UInt64

    /// Describes an object.
    ///
    /// - Parameters:
    ///   - name: Its name from the store's root.
    ///   - sizeBytes: Its size in bytes.
    public init(name: String, sizeBytes: UInt64) {
        self.name = name
        self.sizeBytes = sizeBytes
    }

    /// The name after the last slash.
    public var lastComponent: String {
        String(name.split(separator: "/").last ?? "")
    }
}

extension Store {
    /// For a store that has no better way: removes the object and writes it anew.
    ///
    /// - Parameters:
    ///   - name: The object.
    ///   - content: All of its bytes.
    /// - Throws: ``StorageError``.
    public func replace(
        _ name: String,
        _ content: UnsafeRawBufferPointer
    ) throws(StorageError) {
        try delete(name)
        try unsafe put(name, content)
    }

    /// For a store that has no better way: puts bytes that no file system makes smaller.
    ///
    /// - Parameters:
    ///   - name: The object.
    ///   - byteCount: How much room it takes.
    /// - Throws: ``StorageError``.
    public func fill(_ name: String, byteCount: Int) throws(StorageError) {
        let buffer = Ballast(byteCount: byteCount).buffer
        try unsafe replace(name, buffer.slice(0..<byteCount))
    }

    /// For a store that cannot tell.
    ///
    /// - Parameter name: The object.
    /// - Returns: True.
    /// - Throws: Nothing.
    public func isHeld(_ name: String) throws(StorageError) -> Bool { true }

    /// Puts an array in the place of a damaged object.
    ///
    /// - Parameters:
    ///   - name: The object.
    ///   - bytes: All of its bytes.
    /// - Throws: ``StorageError``.
    public func replace(_ name: String, _ bytes: [UInt8]) throws(StorageError) {
        var outcome: Result<Void, StorageError> = .success(())
        unsafe bytes.withUnsafeBytes { content in
            do throws(StorageError) {
                try unsafe replace(name, content)
            } catch {
                outcome = .failure(error)
            }
        }
        try outcome.get()
    }

    /// Writes a new object from an array.
    ///
    /// - Parameters:
    ///   - name: A name that is free.
    ///   - bytes: All of its bytes.
    /// - Throws: ``StorageError``.
    public func put(_ name: String, _ bytes: [UInt8]) throws(StorageError) {
        var outcome: Result<Void, StorageError> = .success(())
        unsafe bytes.withUnsafeBytes { content in
            do throws(StorageError) {
                try unsafe put(name, content)
            } catch {
                outcome = .failure(error)
            }
        }
        try outcome.get()
    }

    /// Reads a range of an object into an array.
    ///
    /// - Parameters:
    ///   - name: The object.
    ///   - offset: The first byte.
    ///   - count: How many bytes.
    /// - Returns: The bytes.
    /// - Throws: ``StorageError``.
    public func get(_ name: String, at offset: UInt64, count: Int) throws(StorageError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var outcome: Result<Void, StorageError> = .success(())
        unsafe bytes.withUnsafeMutableBytes { buffer in
            do throws(StorageError) {
                try unsafe get(name, at: offset, into: buffer)
            } catch {
                outcome = .failure(error)
            }
        }
        try outcome.get()
        return bytes
    }
}
