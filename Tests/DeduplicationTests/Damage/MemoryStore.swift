import Storage
import Threads

/// A repository's objects in memory: thousands of damaged copies a minute cost no disk.
final class MemoryStore: Store {
    private let state: Monitor<[String: [UInt8]]>

    init(_ objects: [String: [UInt8]]) {
        state = Monitor(objects)
    }

    /// Everything that is there now.
    var objects: [String: [UInt8]] { state.change { $0 } }

    var place: String { "memory" }

    func put(_ name: String, _ content: UnsafeRawBufferPointer) throws(StorageError) {
        let bytes = unsafe Array(content)
        let isFree = state.change { objects in
            if objects[name] != nil { return false }
            objects[name] = bytes
            return true
        }
        if !isFree { throw StorageError(code: .exists, message: "write \(name): it exists") }
    }

    func replace(_ name: String, _ content: UnsafeRawBufferPointer) throws(StorageError) {
        let bytes = unsafe Array(content)
        state.change { $0[name] = bytes }
    }

    func get(
        _ name: String,
        at offset: UInt64,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(StorageError) {
        let bytes = try whole(name)
        let end = offset + UInt64(buffer.count)
        guard end <= UInt64(bytes.count) else {
            throw StorageError(code: .truncated, message: "\(name) ends at byte \(bytes.count)")
        }
        unsafe buffer.copyBytes(from: bytes[Int(offset)..<Int(end)])
    }

    func getSmall(_ name: String, limit: Int) throws(StorageError) -> [UInt8] {
        let bytes = try whole(name)
        guard bytes.count <= limit else {
            throw StorageError(code: .failed, message: "\(name) has \(bytes.count) bytes")
        }
        return bytes
    }

    private func whole(_ name: String) throws(StorageError) -> [UInt8] {
        guard let bytes = state.change({ $0[name] }) else {
            throw StorageError(code: .notFound, message: "read \(name): there is none")
        }
        return bytes
    }

    func list(_ folder: String) throws(StorageError) -> [StoredObject] {
        state.change { objects in
            objects.filter { $0.key.hasPrefix(folder + "/") }
                .map { StoredObject(name: $0.key, sizeBytes: UInt64($0.value.count)) }
                .sorted { $0.name < $1.name }
        }
    }

    func delete(_ name: String) throws(StorageError) {
        state.change { $0[name] = nil }
    }

    func sync() throws(StorageError) {}

    func adopt(_ name: String) {}

    func hold(_ name: String, _ content: [UInt8]) throws(StorageError) -> any StoreHold {
        try put(name, content)
        return Hold(self, name)
    }

    func isHeld(_ name: String) throws(StorageError) -> Bool { false }

    private final class Hold: StoreHold {
        let store: MemoryStore
        let name: String

        init(_ store: MemoryStore, _ name: String) {
            self.store = store
            self.name = name
        }

        func release() { try? store.delete(name) }
    }
}
