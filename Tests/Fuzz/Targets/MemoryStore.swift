import Storage

/// A store of objects given by hand; nothing can be put into it.
final class MemoryStore: Store {
    let place = "memory"
    private let objects: [String: [UInt8]]

    init(_ objects: [String: [UInt8]]) {
        self.objects = objects
    }

    func put(_ name: String, _ content: UnsafeRawBufferPointer) throws(StorageError) {
        throw StorageError(code: .failed, message: "write \(name): read only")
    }

    private func object(_ name: String) throws(StorageError) -> [UInt8] {
        guard let bytes = objects[name] else {
            throw StorageError(code: .notFound, message: "read \(name): no such object")
        }
        return bytes
    }

    func get(
        _ name: String,
        at offset: UInt64,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(StorageError) {
        let bytes = try object(name)
        guard offset <= UInt64(bytes.count), buffer.count <= bytes.count - Int(offset) else {
            throw StorageError(code: .truncated, message: "\(name) ends before that")
        }
        unsafe buffer.copyBytes(from: bytes[Int(offset)..<(Int(offset) + buffer.count)])
    }

    func getSmall(_ name: String, limit: Int) throws(StorageError) -> [UInt8] {
        let bytes = try object(name)
        guard bytes.count <= limit else {
            throw StorageError(code: .failed, message: "\(name) is larger than \(limit) bytes")
        }
        return bytes
    }

    func list(_ folder: String) throws(StorageError) -> [StoredObject] {
        objects.filter { $0.key.hasPrefix(folder + "/") }
            .map { StoredObject(name: $0.key, sizeBytes: UInt64($0.value.count)) }
            .sorted { $0.name < $1.name }
    }

    func delete(_ name: String) throws(StorageError) {
        throw StorageError(code: .failed, message: "delete \(name): read only")
    }

    func sync() throws(StorageError) {}

    func adopt(_ name: String) {}

    func hold(_ name: String, _ content: [UInt8]) throws(StorageError) -> any StoreHold {
        throw StorageError(code: .failed, message: "write \(name): read only")
    }
}
