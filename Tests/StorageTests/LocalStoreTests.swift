import Files
import Storage
import Support
import Testing
import Threads

/// What the local store does beyond what every store must.
@Suite struct LocalStoreTests {
    private let scratch: Scratch
    private let store: LocalStore

    init() throws {
        scratch = try Scratch()
        store = try LocalStore(scratch.path)
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

    @Test func aMissingFolderIsNoStore() throws {
        let missing = scratch.path.appending("missing")
        #expect(failure { _ = try LocalStore(missing) } == .notFound)
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

    @Test func ballastTakesRealRoom() throws {
        try store.put("reserve", [1])
        try store.fill("reserve", byteCount: 3 << 20)
        let status = try OpenFile(scratch.path.appending("reserve"), .read).status()
        #expect(status.sizeBytes == 3 << 20 && status.allocatedBytes >= 3 << 20)
        #expect(try store.get("reserve", at: (3 << 20) - 1, count: 1).count == 1)
    }

    @Test func manyFoldersAreListedInOrder() throws {
        let names = (0..<40).map { "packs/\($0)/one" }
        for name in names { try store.put(name, [1]) }
        #expect(try store.list("packs").map(\.name) == names.sorted())
    }

    @Test func aYoungDraftIsNobodysToRemove() throws {
        try store.put("tmp/young", [3])
        try store.put("tmp/dead", [3])
        try Directory(scratch.path.appending("tmp")).setModified(Path("dead"), nanoseconds: 0)
        let other = try LocalStore(scratch.path)
        #expect(try other.isHeld("tmp/young"))
        #expect(try !other.isHeld("tmp/dead"))
    }

    /// A process that slept between a draft's birth and its lock looks dead to others.
    @Test func aDraftThatWasTakenAwayIsWrittenAgain() throws {
        let drafts = scratch.path.appending("tmp")
        // One theft a round: nobody is that unlucky five times running.
        let theft = Monitor((round: 0, lastRound: -1, count: 0, isOver: false))
        let thief = OwnedThread {
            while !theft.change({ $0.isOver }) {
                for name in (try? Directory(drafts).names()) ?? []
                where theft.change({ $0.lastRound < $0.round }) {
                    guard (try? Directory(drafts).remove(name)) != nil else { continue }
                    theft.change { state in
                        state.lastRound = state.round
                        state.count += 1
                    }
                }
            }
        }
        defer {
            theft.change { $0.isOver = true }
            thief.join()
        }
        var round = 0
        while round < 5000, theft.change({ $0.count }) < 8 {
            theft.change { $0.round = round }
            let name = "facts/\(round)"
            if round % 2 == 0 {
                try store.put(name, Array(repeating: 7, count: 100_000))
                #expect(try store.getSmall(name, limit: 200_000).count == 100_000)
            } else {
                let hold = try store.hold(name, [1])
                #expect(try store.isHeld(name))
                hold.release()
            }
            round += 1
        }
        #expect(theft.change { $0.count } > 0)
    }
}
