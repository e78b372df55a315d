import Files
import Storage
import Support
import Testing
import Threads

/// What any store must do; the local one is the first.
@Suite struct LocalStoreTests {
    private let scratch: Scratch
    private let store: LocalStore

    init() throws {
        scratch = try Scratch()
        store = try LocalStore(scratch.path)
    }

    private func failure(of work: () throws -> Void) -> StorageError.Code? {
        #expect(throws: StorageError.self, performing: work)?.code
    }

    @Test func whatIsPutIsGotWhole() throws {
        for size in [0, 1, 4095, 4096, 1 << 20, (1 << 20) + 1] {
            let content = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ $0 >> 8) }
            try store.put("packs/ab/\(size)", content)
            #expect(try store.getSmall("packs/ab/\(size)", limit: 2 << 20) == content)
            #expect(try store.get("packs/ab/\(size)", at: 0, count: size) == content)
        }
    }

    @Test func anAlignedBufferGoesPastThePageCacheUnharmed() throws {
        let buffer = AlignedBuffer(byteCount: 2 << 20)
        for index in 0..<(2 << 20) {
            unsafe buffer.bytes[index] = UInt8(truncatingIfNeeded: index >> 6)
        }
        try unsafe store.put("packs/aa/large", buffer.slice(0..<(2 << 20)))
        let found = try store.get("packs/aa/large", at: 0, count: 2 << 20)
        #expect(unsafe found.elementsEqual(buffer.slice(0..<(2 << 20))))
    }

    @Test func anObjectIsWrittenOnce() throws {
        try store.put("facts/one", [1])
        #expect(failure { try store.put("facts/one", [2, 2]) } == .exists)
        #expect(try store.getSmall("facts/one", limit: 10) == [1])
        try store.delete("facts/one")
        try store.put("facts/one", [2, 2])
        #expect(try store.get("facts/one", at: 0, count: 2) == [2, 2])
    }

    @Test(arguments: [(0, 0), (0, 5), (3, 2), (5, 0), (4, 1)])
    func rangesAreExact(offset: Int, count: Int) throws {
        let content: [UInt8] = [10, 11, 12, 13, 14]
        try store.put("ranges", content)
        let range = content[offset..<(offset + count)]
        #expect(try store.get("ranges", at: UInt64(offset), count: count) == Array(range))
    }

    @Test(arguments: [(0, 6), (4, 2), (5, 1), (1 << 40, 1)])
    func aRangeBehindTheEndIsTruncated(offset: Int, count: Int) throws {
        try store.put("short", [10, 11, 12, 13, 14])
        #expect(
            failure { _ = try store.get("short", at: UInt64(offset), count: count) } == .truncated
        )
    }

    @Test func whatIsNotThereIsNotFound() throws {
        #expect(failure { _ = try store.get("packs/none", at: 0, count: 1) } == .notFound)
        #expect(failure { _ = try store.getSmall("none", limit: 1) } == .notFound)
        #expect(throws: Never.self) { try store.delete("no/such/folder") }
        #expect(try store.list("nowhere") == [])
        let missing = scratch.path.appending("missing")
        #expect(failure { _ = try LocalStore(missing) } == .notFound)
    }

    @Test func aSmallObjectHasALimit() throws {
        try store.put("small", [1, 2, 3])
        #expect(try store.getSmall("small", limit: 3) == [1, 2, 3])
        #expect(failure { _ = try store.getSmall("small", limit: 2) } == .failed)
    }

    @Test func aListingShowsWhatIsThereNow() throws {
        try store.put("packs/bb/2", [1, 2])
        try store.put("packs/aa/3", [])
        try store.put("packs/aa/1", [1])
        try store.put("other/1", [1])
        let expected = [("packs/aa/1", 1), ("packs/aa/3", 0), ("packs/bb/2", 2)]
        #expect(
            try store.list("packs")
                == expected.map { StoredObject(name: $0.0, sizeBytes: UInt64($0.1)) }
        )
        try store.delete("packs/aa/1")
        #expect(try store.list("packs/aa").map(\.lastComponent) == ["3"])
        // Another process sees the same.
        #expect(try LocalStore(scratch.path).list("packs").count == 2)
    }

    @Test func aDeletedObjectIsNotReadFromAnOldDescriptor() throws {
        try store.put("packs/aa/x", [1, 1, 1])
        _ = try store.get("packs/aa/x", at: 0, count: 3)
        try store.delete("packs/aa/x")
        #expect(failure { _ = try store.get("packs/aa/x", at: 0, count: 3) } == .notFound)
        try store.put("packs/aa/x", [2, 2, 2])
        #expect(try store.get("packs/aa/x", at: 0, count: 3) == [2, 2, 2])
    }

    @Test func moreObjectsAreReadThanDescriptorsAreKept() throws {
        for number in 0..<200 { try store.put("many/\(number)", [UInt8(number)]) }
        for round in 0..<2 {
            for number in 0..<200 {
                #expect(
                    try store.get("many/\(number)", at: 0, count: 1) == [UInt8(number)],
                    "\(round)"
                )
            }
        }
    }

    @Test(arguments: ["../escape", "/etc/escape", "a/../../escape", "..", "link/escape"])
    func noNameLeadsOutside(name: String) throws {
        try scratch.folder().makeLink(Path("link"), to: Path("/tmp"))
        #expect(throws: StorageError.self) { try store.put(name, [1]) }
        #expect(throws: StorageError.self) { _ = try store.getSmall(name, limit: 9999) }
        #expect((try? FileStatus(of: scratch.path.parent.appending("escape"))) == nil)
    }

    @Test func ofManyWritersOneWins() throws {
        let outcomes = Monitor<[Bool]>([])
        let store = self.store
        let threads = (0..<8).map { writer in
            OwnedThread {
                for number in 0..<20 {
                    let content = [UInt8](repeating: UInt8(writer), count: 1000)
                    let won = (try? store.put("race/\(number)", content)) != nil
                    outcomes.change { $0.append(won) }
                }
            }
        }
        for thread in threads { thread.join() }
        let all = outcomes.change { $0 }
        #expect(all.count == 160)
        #expect(all.filter { $0 }.count == 20)
        for number in 0..<20 {
            let content = try store.getSmall("race/\(number)", limit: 2000)
            #expect(content.count == 1000 && Set(content).count == 1)
        }
        #expect(try store.list("tmp") == [])
    }

    @Test func aRefusedObjectLeavesNothingUnfinished() throws {
        try store.put("one", [1])
        _ = try? store.put("one", [2])
        #expect(try store.list("tmp") == [])
    }

    @Test func everythingIsForItsOwnerAlone() throws {
        try store.put("packs/ab/file", [1])
        try store.put("top", [1])
        for folder in ["packs", "packs/ab", "tmp"] {
            #expect(try FileStatus(of: scratch.path.appending(folder)).mode == 0o700, "\(folder)")
        }
        for file in ["packs/ab/file", "top"] {
            #expect(try FileStatus(of: scratch.path.appending(file)).mode == 0o600, "\(file)")
        }
    }

    @Test func aHoldShowsThatItsProcessLives() throws {
        let hold = try store.hold("sessions/one.json", [1, 2])
        #expect(try store.getSmall("sessions/one.json", limit: 9) == [1, 2])
        let file = scratch.path.appending("sessions/one.json")
        #expect(try !OpenFile(file, .update).tryLock())
        #expect(failure { _ = try store.hold("sessions/one.json", [3]) } == .exists)
        hold.release()
        #expect(try store.list("sessions") == [])
    }

    @Test func durabilityIsAskedForAndGiven() throws {
        try store.put("a/b/c", [1])
        try store.put("top", [1])
        try store.delete("a/b/c")
        #expect(throws: Never.self) { try store.sync() }
        #expect(throws: Never.self) { try store.sync() }
    }

    /// A second store stands for a second process: `flock` tells open files apart.
    @Test func whatTheDeadLeftIsRemovedAndWhatTheLivingHoldIsNot() throws {
        let hold = try store.hold("sessions/living.json", [1])
        try store.put("sessions/dead.json", [2])
        try store.put("tmp/young", [3])
        try store.put("tmp/dead", [3])
        try Directory(scratch.path.appending("tmp")).setModified(Path("dead"), nanoseconds: 0)
        try store.put("facts/one", [4])
        let other = try LocalStore(scratch.path)
        try other.removeLeavings(heldIn: "sessions")
        #expect(try store.list("sessions").map(\.name) == ["sessions/living.json"])
        #expect(try store.list("tmp").map(\.name) == ["tmp/young"])
        #expect(try store.getSmall("facts/one", limit: 10) == [4])
        hold.release()
        #expect(try other.list("sessions").isEmpty)
        try other.removeLeavings(heldIn: "sessions")
    }
}
