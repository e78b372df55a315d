import Glibc
import Testing

@testable import Databases

struct DatabaseStampTests {
    @Test func showsAWriteInEachOfTheThreeFiles() throws {
        let scratch = try Scratch()
        let path = try scratch.database("a.db", ["CREATE TABLE t (x)"])
        for name in ["a.db", "a.db-wal", "a.db-journal"] {
            let before = try #require(DatabaseStamp(of: path))
            try scratch.write([1], to: scratch.path(name), at: 70)
            let after = try #require(DatabaseStamp(of: path))
            #expect(!before.showsSameFiles(as: after), "\(name)")
            #expect(DatabaseStamp(of: path)?.showsSameFiles(as: after) == true)
        }
    }

    @Test func countsAnEmptyLogAsNone() throws {
        let scratch = try Scratch()
        let path = try scratch.database("a.db", ["CREATE TABLE t (x)"])
        let before = try #require(DatabaseStamp(of: path))
        try scratch.write([], to: scratch.path("a.db-wal"))
        #expect(DatabaseStamp(of: path)?.showsSameFiles(as: before) == true)
    }

    @Test func looksBesideTheTargetOfALink() throws {
        let scratch = try Scratch()
        let path = try scratch.database("a.db", ["CREATE TABLE t (x)"])
        try scratch.write([1], to: scratch.path("a.db-wal"))
        let link = scratch.path("link.db")
        #expect(unsafe link.withCString { unsafe symlink("a.db", $0) } == 0)
        let stamp = try #require(DatabaseStamp(of: link))
        #expect(stamp.log != nil)
        #expect(DatabaseStamp(of: path)?.showsSameFiles(as: stamp) == true)
    }

    @Test func isNilWhereNoFileIs() throws {
        let scratch = try Scratch()
        #expect(DatabaseStamp(of: scratch.path("missing")) == nil)
        #expect(DatabaseStamp(of: scratch.folder) == nil)
    }

    @Test func isTrustedOnlyAfterARest() throws {
        let scratch = try Scratch()
        let path = try scratch.database("a.db", ["CREATE TABLE t (x)"])
        let young = try #require(DatabaseStamp(of: path))
        #expect(!young.isSettled())
        #expect(!young.isSettled(for: 50_000_000))
        usleep(60_000)
        let old = try #require(DatabaseStamp(of: path))
        #expect(old.isSettled(for: 50_000_000))
        #expect(!old.isSettled())
    }

    @Test func unchangedOnesAreSettledKnownAndEqual() throws {
        let scratch = try Scratch()
        let paths = try ["c", "b", "a", "new"].map {
            try scratch.database($0, ["CREATE TABLE t (x)"])
        }
        usleep(40_000)
        var known: [[UInt8]: DatabaseStamp] = [:]
        for path in paths.dropLast() { known[path] = DatabaseStamp(of: path) }
        try scratch.database("b", ["INSERT INTO t VALUES (1)"])
        func compare(_ settling: Int64) -> UnchangedDatabases {
            UnchangedDatabases(among: paths, known: known, settlingNanoseconds: settling)
        }
        let unchanged = compare(30_000_000)
        #expect(unchanged.paths == [scratch.path("a"), scratch.path("c")])
        #expect(unchanged.changed == [scratch.path("b"), scratch.path("new")])
        #expect(unchanged.moved().isEmpty)
        try scratch.database("c", ["INSERT INTO t VALUES (1)"])
        #expect(unchanged.moved() == [scratch.path("c")])
        #expect(compare(DatabaseStamp.settlingNanoseconds).paths.isEmpty)
    }

    /// File systems hold years that 64 bits of nanoseconds do not; a backup must not end there.
    @Test(arguments: [
        (253_402_300_799, Int64.max), (-99_999_999_999, Int64.min),
        (4_102_444_800, 4_102_444_800_000_000_005), (-2, -1_999_999_995),
    ])
    func takesAnyTime(seconds: Int, nanoseconds: Int64) {
        #expect(FileStamp.nanoseconds(timespec(tv_sec: seconds, tv_nsec: 5)) == nanoseconds)
    }
}
