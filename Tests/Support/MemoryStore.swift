public import Storage
internal import Threads

/// The reference of what a store does: objects in memory, durable at once.
public final class MemoryStore: Store {
    /// As a lock does, it ends with whoever holds it, released or not.
    private final class Hold: StoreHold {
        let name: String
        let store: MemoryStore

        init(_ name: String, _ store: MemoryStore) {
            self.name = name
            self.store = store
            store.held.change { _ = $0.insert(name) }
        }

        deinit { store.held.change { _ = $0.remove(name) } }

        func release() { try? store.delete(name) }
    }

    private let objects: Monitor<[String: [UInt8]]>
    private let held = Monitor<Set<String>>([])

    /// The store's place, for people.
    public var place: String { "memory" }

    /// Makes a store.
    ///
    /// - Parameter objects: What is in it, by name.
    public init(_ objects: [String: [UInt8]] = [:]) {
        self.objects = Monitor(objects)
    }

    /// All that is in it, by name.
    public var content: [String: [UInt8]] { objects.change { $0 } }

    /// Writes a new object.
    public func put(_ name: String, _ content: UnsafeRawBufferPointer) throws(StorageError) {
        try ObjectName.check(name)
        let bytes = unsafe Array(content)
        let isNew = objects.change { objects in
            // A file system cannot have a file and a folder of one name, nor may we.
            let isFolder = objects.keys.contains { $0.hasPrefix(name + "/") }
            let parents = ObjectName.folders(above: name)
            guard objects[name] == nil, !isFolder, parents.allSatisfy({ objects[$0] == nil }) else {
                return false
            }
            objects[name] = bytes
            return true
        }
        if !isNew { throw StorageError(code: .exists, message: "\(name) is taken") }
    }

    private func bytes(_ name: String) throws(StorageError) -> [UInt8] {
        try ObjectName.check(name)
        guard let bytes = objects.change({ $0[name] }) else {
            throw StorageError(code: .notFound, message: "there is no \(name)")
        }
        return bytes
    }

    /// Reads a range of an object.
    public func get(
        _ name: String,
        at offset: UInt64,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(StorageError) {
        let bytes = try bytes(name)
        let start = Int(clamping: min(offset, UInt64(bytes.count)))
        let end = min(start + buffer.count, bytes.count)
        unsafe buffer.copyBytes(from: bytes[start..<end])
        if end - start < buffer.count {
            throw StorageError(code: .truncated, message: "\(name) ends at byte \(bytes.count)")
        }
    }

    /// Reads a small object whole.
    public func getSmall(_ name: String, limit: Int) throws(StorageError) -> [UInt8] {
        let bytes = try bytes(name)
        guard bytes.count <= limit else {
            throw StorageError(code: .failed, message: "\(name) has more than \(limit) bytes")
        }
        return bytes
    }

    /// The objects below a folder.
    public func list(_ folder: String) throws(StorageError) -> [StoredObject] {
        objects.change { objects in
            objects.filter { $0.key.hasPrefix(folder + "/") }
                .map { StoredObject(name: $0.key, sizeBytes: UInt64($0.value.count)) }
                .sorted { $0.name < $1.name }
        }
    }

    /// Removes an object.
    public func delete(_ name: String) throws(StorageError) {
        try ObjectName.check(name)
        objects.change { _ = $0.removeValue(forKey: name) }
    }

    /// Puts an object in the place of another, or of none.
    public func replace(_ name: String, _ content: UnsafeRawBufferPointer) throws(StorageError) {
        try ObjectName.check(name)
        let bytes = unsafe Array(content)
        objects.change { $0[name] = bytes }
    }

    /// Nothing is left to do.
    public func sync() throws(StorageError) {}

    /// Nothing is left to do.
    public func adopt(_ name: String) {}

    /// Writes an object that is gone when it is released.
    public func hold(_ name: String, _ content: [UInt8]) throws(StorageError) -> any StoreHold {
        try put(name, content)
        return Hold(name, self)
    }
    /// Whether somebody holds an object.
    public func isHeld(_ name: String) throws(StorageError) -> Bool {
        try ObjectName.check(name)
        return objects.change { $0[name] != nil } && held.change { $0.contains(name) }
    }

    /// Removes the objects of a folder that nobody holds.
    public func removeLeavings(heldIn folder: String) throws(StorageError) {
        for object in try list(folder) where try !isHeld(object.name) { try delete(object.name) }
    }
}
