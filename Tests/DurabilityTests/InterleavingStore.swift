import Storage
import Threads

/// A store that does something else first before one of its operations, as if the process that
/// asks had been stopped there for as long as that takes.
final class InterleavingStore: Store {
    private let base: any Store
    private let number: Int
    /// Whether its sessions look like those of another machine that has been silent for long.
    private let isFromAfar: Bool
    /// Whether only the ends of packs count, each right behind the last look before it.
    private let countsDeletions: Bool
    private let body: @Sendable () -> Void
    private let count = Monitor(0)

    init(
        _ base: any Store,
        before number: Int,
        isFromAfar: Bool,
        countsDeletions: Bool = false,
        _ body: @escaping @Sendable () -> Void
    ) {
        self.base = base
        self.isFromAfar = isFromAfar
        self.countsDeletions = countsDeletions
        self.number = number
        self.body = body
    }

    var place: String { base.place }

    /// Whether there were so many operations.
    var wasReached: Bool { count.change { $0 >= number } }

    private func step(isDeletion: Bool = false) {
        if countsDeletions, !isDeletion { return }
        let isNow = count.change { count in
            count += 1
            return count == number
        }
        if isNow { body() }
    }

    func put(_ name: String, _ content: UnsafeRawBufferPointer) throws(StorageError) {
        step()
        try unsafe base.put(name, content)
    }

    func get(
        _ name: String,
        at offset: UInt64,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(StorageError) {
        step()
        try unsafe base.get(name, at: offset, into: buffer)
    }

    func getSmall(_ name: String, limit: Int) throws(StorageError) -> [UInt8] {
        step()
        return try base.getSmall(name, limit: limit)
    }

    func list(_ folder: String) throws(StorageError) -> [StoredObject] {
        step()
        return try base.list(folder)
    }

    func delete(_ name: String) throws(StorageError) {
        step(isDeletion: name.hasPrefix("packs/") || name.hasPrefix("meta/"))
        try base.delete(name)
    }

    func replace(_ name: String, _ content: UnsafeRawBufferPointer) throws(StorageError) {
        step()
        try unsafe base.replace(name, content)
    }

    func adopt(_ name: String) { base.adopt(name) }

    func sync() throws(StorageError) {
        step()
        try base.sync()
    }

    func hold(_ name: String, _ content: [UInt8]) throws(StorageError) -> any StoreHold {
        step()
        guard isFromAfar else { return try base.hold(name, content) }
        let text = String(decoding: content, as: UTF8.self)
            .replacing("\"host\":\"here\"", with: "\"host\":\"afar\"")
            .replacing("\"started_at\":\"20", with: "\"started_at\":\"19")
        return try base.hold(name, Array(text.utf8))
    }

    func isHeld(_ name: String) throws(StorageError) -> Bool { try base.isHeld(name) }

    func removeLeavings(heldIn folder: String) throws(StorageError) {
        try base.removeLeavings(heldIn: folder)
    }
}

/// A store on which no lock tells who lives, as a network mount may be.
final class LocklessStore: Store {
    private let base: any Store

    init(_ base: any Store) { self.base = base }

    var place: String { base.place }

    func put(_ name: String, _ content: UnsafeRawBufferPointer) throws(StorageError) {
        try unsafe base.put(name, content)
    }

    func get(
        _ name: String,
        at offset: UInt64,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(StorageError) {
        try unsafe base.get(name, at: offset, into: buffer)
    }

    func getSmall(_ name: String, limit: Int) throws(StorageError) -> [UInt8] {
        try base.getSmall(name, limit: limit)
    }

    func list(_ folder: String) throws(StorageError) -> [StoredObject] { try base.list(folder) }
    func delete(_ name: String) throws(StorageError) { try base.delete(name) }

    func replace(_ name: String, _ content: UnsafeRawBufferPointer) throws(StorageError) {
        try unsafe base.replace(name, content)
    }

    func adopt(_ name: String) { base.adopt(name) }
    func sync() throws(StorageError) { try base.sync() }

    func hold(_ name: String, _ content: [UInt8]) throws(StorageError) -> any StoreHold {
        try base.hold(name, content)
    }

    func isHeld(_ name: String) throws(StorageError) -> Bool { false }
}
