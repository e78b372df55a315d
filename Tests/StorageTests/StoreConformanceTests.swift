import Files
import Storage
import Support
import Testing

/// What every store must do, whatever it stores into.
@Suite struct StoreConformanceTests {
    @Test(arguments: StoreKind.allCases) func whatIsPutIsGotWhole(kind: StoreKind) throws {
        let (store, scratch) = try kind.make()
        defer { _ = scratch }
        for size in [0, 1, 511, 512, 4095, 4096, 1 << 20, (1 << 20) + 1, 40 << 20] {
            let content = pattern(size)
            try store.put("packs/ab/\(size)", content)
            #expect(try store.getSmall("packs/ab/\(size)", limit: size) == content)
            #expect(try store.get("packs/ab/\(size)", at: 0, count: size) == content)
        }
    }

    private func pattern(_ size: Int) -> [UInt8] {
        let period = (0..<65_521).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ $0 >> 8) }
        var bytes: [UInt8] = []
        while bytes.count < size { bytes += period.prefix(size - bytes.count) }
        return bytes
    }

    @Test(arguments: StoreKind.allCases) func anObjectIsWrittenOnce(kind: StoreKind) throws {
        let (store, scratch) = try kind.make()
        defer { _ = scratch }
        try store.put("facts/one", [1])
        #expect(
            failure { try store.put("facts/one", [2, 2]) } == .exists
        )
        #expect(try store.getSmall("facts/one", limit: 10) == [1])
        try store.delete("facts/one")
        try store.put("facts/one", [2, 2])
        #expect(try store.get("facts/one", at: 0, count: 2) == [2, 2])
    }

    @Test(arguments: StoreKind.allCases, [(0, 0), (0, 5), (3, 2), (5, 0), (4, 1)])
    func rangesAreExact(kind: StoreKind, range: (offset: Int, count: Int)) throws {
        let (store, scratch) = try kind.make()
        defer { _ = scratch }
        let content: [UInt8] = [10, 11, 12, 13, 14]
        try store.put("ranges", content)
        let found = try store.get("ranges", at: UInt64(range.offset), count: range.count)
        #expect(found == Array(content[range.offset..<(range.offset + range.count)]))
    }

    @Test(arguments: StoreKind.allCases, [(0, 6), (4, 2), (5, 1), (6, 1), (1 << 40, 1)])
    func aRangeBehindTheEndIsTruncated(kind: StoreKind, range: (offset: Int, count: Int)) throws {
        let (store, scratch) = try kind.make()
        defer { _ = scratch }
        try store.put("short", [10, 11, 12, 13, 14])
        let code = failure {
            _ = try store.get("short", at: UInt64(range.offset), count: range.count)
        }
        #expect(code == .truncated)
    }

    @Test(arguments: StoreKind.allCases) func whatIsNotThereIsNotFound(kind: StoreKind) throws {
        let (store, scratch) = try kind.make()
        defer { _ = scratch }
        for name in ["none", "packs/none", "packs/aa/none"] {
            let got = failure {
                _ = try store.get(name, at: 0, count: 1)
            }
            #expect(got == .notFound)
            let small = failure {
                _ = try store.getSmall(name, limit: 1)
            }
            #expect(small == .notFound)
            #expect(throws: Never.self) { try store.delete(name) }
            #expect(try store.list(name) == [])
            try store.put("packs/aa/other", [])
            try store.delete("packs/aa/other")
        }
    }

    @Test(arguments: StoreKind.allCases) func aSmallObjectHasALimit(kind: StoreKind) throws {
        let (store, scratch) = try kind.make()
        defer { _ = scratch }
        try store.put("small", [1, 2, 3])
        #expect(try store.getSmall("small", limit: 3) == [1, 2, 3])
        let code = failure { _ = try store.getSmall("small", limit: 2) }
        #expect(code == .failed)
    }

    @Test(arguments: StoreKind.allCases)
    func aListingShowsWhatIsThereNowInOrder(kind: StoreKind) throws {
        let (store, scratch) = try kind.make()
        defer { _ = scratch }
        let names = ["a/b", "a/b-c", "a/b-c/d", "a/b.d", "a/b/e", "a/bb/1", "a/B"]
        // A name cannot be an object and a folder at once.
        let made = names.filter { $0 != "a/b" && $0 != "a/b-c" }
        for name in made.shuffled() { try store.put(name, Array(name.utf8)) }
        try store.put("ab", [1])
        try store.put("other/1", [1])
        #expect(try store.list("a").map(\.name) == made.sorted())
        #expect(try store.list("a").map(\.sizeBytes) == made.sorted().map { UInt64($0.utf8.count) })
        try store.delete("a/b/e")
        #expect(try store.list("a/b") == [])
        try store.put("a/b/f", [])
        #expect(try store.list("a/b") == [StoredObject(name: "a/b/f", sizeBytes: 0)])
    }

    @Test(
        arguments: StoreKind.allCases,
        [
            "", "/", "/etc/escape", "../escape", "a/../../escape", "..", ".", "a/.", "a//b", "a/",
            "with space", "new\nline", "nul\0", "백업", "a\\b", "a:b",
            String(repeating: "x", count: 256), String(repeating: "a/", count: 600) + "b",
        ]
    )
    func aNameAgainstTheRuleIsRefused(kind: StoreKind, name: String) throws {
        let (store, scratch) = try kind.make()
        defer { _ = scratch }
        let put = failure { try store.put(name, [1]) }
        let hold = failure { _ = try store.hold(name, [1]) }
        let delete = failure { try store.delete(name) }
        #expect([put, hold, delete] == [.failed, .failed, .failed])
        #expect(throws: StorageError.self) { _ = try store.getSmall(name, limit: 9999) }
        #expect(throws: StorageError.self) { _ = try store.get(name, at: 0, count: 1) }
        #expect(try scratch.folder().names() == [])
    }

    @Test(arguments: StoreKind.allCases) func aHoldIsAnObjectUntilItsRelease(kind: StoreKind) throws
    {
        let (store, scratch) = try kind.make()
        defer { _ = scratch }
        let hold = try store.hold("sessions/one.json", [1, 2])
        #expect(try store.getSmall("sessions/one.json", limit: 9) == [1, 2])
        let second = failure {
            _ = try store.hold("sessions/one.json", [3])
        }
        #expect(second == .exists)
        hold.release()
        hold.release()
        #expect(try store.list("sessions") == [])
        try store.hold("sessions/one.json", [3]).release()
    }

    @Test(arguments: StoreKind.allCases) func durabilityIsAskedForAndGiven(kind: StoreKind) throws {
        let (store, scratch) = try kind.make()
        defer { _ = scratch }
        #expect(throws: Never.self) { try store.sync() }
        try store.put("a/b/c", [1])
        try store.put("top", [1])
        store.adopt("a/b/c")
        #expect(throws: Never.self) { try store.sync() }
        try store.delete("a/b/c")
        try store.delete("a/b/c")
        #expect(throws: Never.self) { try store.sync() }
        #expect(throws: Never.self) { try store.sync() }
    }
    @Test(arguments: StoreKind.allCases)
    func aReplacedObjectIsAnotherAndAFreeNameIsTaken(kind: StoreKind) throws {
        let (store, scratch) = try kind.make()
        defer { _ = scratch }
        try store.put("packs/ab/one", [1, 2, 3])
        #expect(try store.get("packs/ab/one", at: 0, count: 3) == [1, 2, 3])
        try store.replace("packs/ab/one", [4, 5])
        // Also for whoever had read the old one.
        #expect(try store.get("packs/ab/one", at: 0, count: 2) == [4, 5])
        #expect(failure { _ = try store.get("packs/ab/one", at: 0, count: 3) } == .truncated)
        try store.replace("free/name", [6])
        #expect(try store.getSmall("free/name", limit: 1) == [6])
        #expect(failure { try store.replace("../escape", [1]) } == .failed)
        let names = ["free", "packs", "tmp"].flatMap { (try? store.list($0)) ?? [] }.map(\.name)
        #expect(names == ["free/name", "packs/ab/one"])
        #expect(throws: Never.self) { try store.sync() }
    }

    @Test(arguments: StoreKind.allCases)
    func whatNobodyHoldsIsALeaving(kind: StoreKind) throws {
        let (store, scratch) = try kind.make()
        defer { _ = scratch }
        let living = try store.hold("sessions/living", [1])
        var dying: (any StoreHold)? = try store.hold("sessions/dying", [2])
        try store.put("sessions/dead", [3])
        try store.put("facts/one", [4])
        #expect(try store.isHeld("sessions/living") && store.isHeld("sessions/dying"))
        #expect(try !store.isHeld("sessions/dead") && !store.isHeld("sessions/none"))
        withExtendedLifetime(dying) {}
        dying = nil
        #expect(try !store.isHeld("sessions/dying"))
        try store.removeLeavings(heldIn: "sessions")
        #expect(try store.list("sessions").map(\.name) == ["sessions/living"])
        #expect(try store.getSmall("facts/one", limit: 1) == [4])
        living.release()
        #expect(try !store.isHeld("sessions/living"))
    }
}
