internal import Glibc
public import Storage
internal import Threads

/// A store of which one operation goes wrong, the N-th of all that it is asked for.
///
/// What the fault leaves behind is in the store below, as whoever comes next finds it.
public final class FaultyStore: Store {
    /// The ways to go wrong.
    public enum Fault: String, Sendable, CaseIterable {
        /// Nothing was done: an input/output error.
        case refused
        /// Nothing was done: no space is left.
        case full
        /// Nothing was done, and the answer took its time.
        case timedOut
        /// Half of what was to be read came, and the store says so.
        case cutShort
        /// Half of what was to be read came, and the store says nothing.
        case halved
        /// It was done, and the answer got lost.
        case replyLost
        /// It was done twice, as by somebody who got no answer the first time.
        case twice
        /// It took its time.
        case slow
        /// Nothing was done, and from now on nothing ever will be.
        case gone
        /// It was done, the answer got lost, and from now on nothing ever will be done.
        case goneAfter
    }

    private struct State {
        var count = 0
        var isGone = false
        var victim: String?
        var asked: [String] = []
    }

    private final class Hold: StoreHold {
        let base: any StoreHold
        let store: FaultyStore

        init(_ base: any StoreHold, _ store: FaultyStore) {
            self.base = base
            self.store = store
        }

        func release() {
            try? store.perform("release") { () throws(StorageError) in base.release() }
        }
    }

    private let base: any Store
    private let number: Int
    private let fault: Fault
    private let state = Monitor(State())

    /// Wraps a store.
    ///
    /// - Parameters:
    ///   - base: Where it is really done.
    ///   - number: The operation that goes wrong, from 1.
    ///   - fault: In which way.
    public init(_ base: any Store, operation number: Int, _ fault: Fault) {
        self.base = base
        self.number = number
        self.fault = fault
    }

    /// The store's place, for people.
    public var place: String { base.place }

    /// How many operations it was asked for.
    public var count: Int { state.change { $0.count } }

    /// The operation that went wrong, or nil where there were not so many.
    public var victim: String? { state.change { $0.victim } }

    /// All that it was asked for, each a verb and a name.
    public var asked: [String] { state.change { $0.asked } }

    private enum Turn {
        case sound
        case dead
        case faulty
    }

    private func turn(_ what: String) -> Turn {
        state.change { state in
            state.count += 1
            state.asked.append(what)
            if state.isGone { return .dead }
            guard state.count == number else { return .sound }
            state.victim = what
            state.isGone = fault == .gone || fault == .goneAfter
            return .faulty
        }
    }

    private func perform<Result>(
        _ what: String,
        _ body: () throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        func failure(_ why: String) -> StorageError {
            StorageError(code: fault == .full ? .full : .failed, message: "\(what): \(why)")
        }
        switch turn(what) {
        case .sound: return try body()
        case .dead: throw failure("the store is gone")
        case .faulty: break
        }
        switch fault {
        case .refused, .cutShort, .halved: throw failure("input/output error")
        case .full: throw failure("no space left")
        case .timedOut:
            usleep(2000)
            throw failure("no answer in time")
        case .gone: throw failure("the store is gone")
        case .replyLost, .goneAfter:
            _ = try body()
            throw failure("the answer got lost")
        case .twice:
            _ = try body()
            return try body()
        case .slow:
            usleep(2000)
            return try body()
        }
    }

    /// Writes a new object whole.
    public func put(_ name: String, _ content: UnsafeRawBufferPointer) throws(StorageError) {
        try perform("put \(name)") { () throws(StorageError) in
            try unsafe base.put(name, content)
        }
    }

    /// Puts an object in the place of a damaged one.
    public func replace(_ name: String, _ content: UnsafeRawBufferPointer) throws(StorageError) {
        try perform("replace \(name)") { () throws(StorageError) in
            try unsafe base.replace(name, content)
        }
    }

    /// Reads a range of an object.
    public func get(
        _ name: String,
        at offset: UInt64,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(StorageError) {
        guard fault == .cutShort || fault == .halved else {
            return try perform("get \(name)") { () throws(StorageError) in
                try unsafe base.get(name, at: offset, into: buffer)
            }
        }
        let turn = turn("get \(name)")
        try unsafe base.get(name, at: offset, into: buffer)
        guard case .faulty = turn else { return }
        let lost = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[(buffer.count / 2)...])
        unsafe lost.initializeMemory(as: UInt8.self, repeating: 0)
        if fault == .cutShort {
            throw StorageError(code: .truncated, message: "get \(name): cut short")
        }
    }

    /// Reads a small object whole.
    public func getSmall(_ name: String, limit: Int) throws(StorageError) -> [UInt8] {
        guard fault == .cutShort || fault == .halved else {
            return try perform("getSmall \(name)") { () throws(StorageError) in
                try base.getSmall(name, limit: limit)
            }
        }
        let turn = turn("getSmall \(name)")
        let bytes = try base.getSmall(name, limit: limit)
        guard case .faulty = turn else { return bytes }
        if fault == .cutShort {
            throw StorageError(code: .truncated, message: "getSmall \(name): cut short")
        }
        return Array(bytes[..<(bytes.count / 2)])
    }

    /// The objects below a folder.
    public func list(_ folder: String) throws(StorageError) -> [StoredObject] {
        try perform("list \(folder)") { () throws(StorageError) in try base.list(folder) }
    }

    /// Removes an object.
    public func delete(_ name: String) throws(StorageError) {
        try perform("delete \(name)") { () throws(StorageError) in try base.delete(name) }
    }

    /// Makes everything durable.
    public func sync() throws(StorageError) {
        try perform("sync") { () throws(StorageError) in try base.sync() }
    }

    /// Passes it on: no answer is awaited, so none can be lost.
    public func adopt(_ name: String) {
        base.adopt(name)
    }

    /// Writes an object and holds it.
    public func hold(_ name: String, _ content: [UInt8]) throws(StorageError) -> any StoreHold {
        let hold = try perform("hold \(name)") { () throws(StorageError) in
            try base.hold(name, content)
        }
        return Hold(hold, self)
    }
    /// Whether a process that lives holds an object.
    public func isHeld(_ name: String) throws(StorageError) -> Bool {
        try perform("isHeld \(name)") { () throws(StorageError) in try base.isHeld(name) }
    }

    /// Removes what the dead left.
    public func removeLeavings(heldIn folder: String) throws(StorageError) {
        try perform("removeLeavings \(folder)") { () throws(StorageError) in
            try base.removeLeavings(heldIn: folder)
        }
    }
}
