import Glibc
import Testing

@testable import Databases

struct DatabaseCopyTests {
    private func filled(_ scratch: Scratch, _ name: String, _ settings: [String] = []) throws
        -> [UInt8]
    {
        try scratch.database(
            name,
            settings + [
                "CREATE TABLE t (id INTEGER PRIMARY KEY, x)",
                """
                INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
                LIMIT 3000) SELECT i, randomblob(200) FROM n
                """, "CREATE INDEX i ON t (x)", "PRAGMA user_version = 5",
            ]
        )
    }

    private func pin(_ path: [UInt8]) throws -> PinnedDatabase {
        let result = WriteBarrier().pin([path])
        if let failure = result.failures.first { throw failure.error }
        return try #require(result.databases.first)
    }

    @Test(arguments: [
        ["PRAGMA journal_mode = WAL"], [], ["PRAGMA page_size = 512"],
        ["PRAGMA page_size = 65536", "PRAGMA auto_vacuum = full", "PRAGMA journal_mode = WAL"],
    ])
    func isTheSameButForTheChangeCounter(_ settings: [String]) throws {
        let scratch = try Scratch()
        let path = try filled(scratch, "a.db", settings)
        let copy = try pin(path).copy(to: scratch.path("copy"))
        var (one, two) = (try scratch.read(path), try scratch.read(copy.path))
        for offset in [24, 25, 26, 27, 92, 93, 94, 95] { (one[offset], two[offset]) = (0, 0) }
        #expect(one == two)
        #expect(
            copy.pageCount
                == DatabaseHeader(try scratch.read(path)).map { one.count / $0.pageSizeBytes }
        )
        #expect(DatabaseHeader(try scratch.read(copy.path))?.pageCount == UInt32(copy.pageCount))
        #expect(try scratch.names("copy") == ["copy"])
        #expect(try Database(finished: copy.path).check(.full).outcome == .sound)
        #expect(try scratch.names("copy") == ["copy"])
        var status = stat()
        _ = unsafe copy.path.withCString { unsafe stat($0, &status) }
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test func readsWhatIsStillInTheLog() throws {
        let scratch = try Scratch()
        let path = try scratch.database("a.db", ["PRAGMA journal_mode = WAL"])
        let writer = try Database(live: path, busyMilliseconds: 0)
        try writer.execute("CREATE TABLE t (x)", "write")
        try writer.execute("INSERT INTO t VALUES (4)", "write")
        let copy = try pin(path).copy(to: scratch.path("copy"))
        #expect(try Database(finished: copy.path).number("SELECT x FROM t", "read") == 4)
        #expect(Database.schemaVersion(try scratch.read(copy.path)) == 1)
    }

    /// What is pinned stays in the main file although the application writes and checkpoints.
    @Test func keepsAnEmptyLogsStateThroughLaterCommits() throws {
        let scratch = try Scratch()
        let path = try filled(scratch, "a.db", ["PRAGMA journal_mode = WAL"])
        let before = try scratch.read(path)
        let pinned = try pin(path)
        let writer = try Database(live: path, busyMilliseconds: 0)
        try writer.execute("UPDATE t SET x = randomblob(200)", "write")
        try writer.execute("PRAGMA wal_checkpoint(PASSIVE)", "write")
        let copy = try pinned.copy(to: scratch.path("copy"))
        #expect(try scratch.read(copy.path) == before)
        pinned.release()
        try writer.execute("PRAGMA wal_checkpoint(TRUNCATE)", "write")
        #expect(try scratch.read(path) != before)
    }

    /// A log that somebody removed under its application has no bytes, but its commits count: a
    /// copy of the main file alone would be an older state that passes for the present one.
    @Test func takesNoOlderStateForALogThatWasRemoved() throws {
        let scratch = try Scratch()
        let path = try filled(scratch, "a.db", ["PRAGMA journal_mode = WAL"])
        let writer = try Database(live: path, busyMilliseconds: 0)
        try writer.execute("UPDATE t SET x = 1", "write")
        _ = unsafe path.adding(suffix: "-wal").withCString { unsafe unlink($0) }
        let result = WriteBarrier().pin([path])
        for pinned in result.databases {
            let error = #expect(throws: DatabaseError.self) {
                try pinned.copy(to: scratch.path("copy"))
            }
            #expect(error != nil)
        }
        #expect(try scratch.names("copy").isEmpty)
    }

    @Test func tellsProgressAndStops() throws {
        let scratch = try Scratch()
        let pinned = try pin(try filled(scratch, "a.db"))
        var seen: [Int] = []
        let copy = try pinned.copy(to: scratch.path("one"), pagesPerStep: 50) { copied, total in
            #expect(copied <= total)
            seen.append(copied)
            return true
        }
        #expect(seen == seen.sorted())
        #expect(seen.count == copy.pageCount / 50 + 1)
        #expect(seen.last == copy.pageCount)
        let error = #expect(throws: DatabaseError.self) {
            try pinned.copy(to: scratch.path("two"), pagesPerStep: 50) { copied, _ in copied < 100 }
        }
        #expect(error?.code == .interrupted)
        #expect(try scratch.names("two").isEmpty)
    }

    @Test func neverReplacesOrTrusts() throws {
        let scratch = try Scratch()
        let pinned = try pin(try filled(scratch, "a.db"))
        try scratch.write([1], to: scratch.path("taken"))
        try scratch.write([1], to: scratch.path("free-journal"))
        for name in ["taken", "free"] {
            let error = #expect(throws: DatabaseError.self) {
                try pinned.copy(to: scratch.path(name))
            }
            #expect(error?.code == .exists)
        }
        #expect(try scratch.read(scratch.path("taken")) == [1])
        #expect(try scratch.names("free") == ["free-journal"])
    }

    @Test func keepsAnEmptyFileEmpty() throws {
        let scratch = try Scratch()
        let path = try scratch.database("a.db", [])
        let copy = try pin(path).copy(to: scratch.path("copy"))
        #expect(copy.pageCount == 0)
        #expect(try scratch.read(copy.path).isEmpty)
        #expect(try scratch.read(path).isEmpty)
        let database = try Database(finished: copy.path)
        #expect(try database.check(.quick).outcome == .sound)
        #expect(
            database.facts() == DatabaseFacts(header: nil, tables: [], alembic: nil, problem: nil)
        )
    }

    /// The page at 1 GiB belongs to SQLite's locks and holds no data.
    @Test(.enabled(if: unsafe getenv("RECOVER_LARGE_TESTS") != nil))
    func crossesTheLockPage() throws {
        let scratch = try Scratch()
        let path = try scratch.database(
            "a.db",
            [
                "PRAGMA page_size = 4096", "PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF",
                "CREATE TABLE t (id INTEGER PRIMARY KEY, x)",
                """
                INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
                LIMIT 1100) SELECT i, zeroblob(1000000) FROM n
                """, "INSERT INTO t VALUES (5000, 'behind')", "PRAGMA journal_mode = WAL",
            ]
        )
        let copy = try pin(path).copy(to: scratch.path("copy"))
        #expect(copy.pageCount > 1 << 18)
        let database = try Database(finished: copy.path)
        #expect(try database.check(.full).outcome == .sound)
        #expect(try database.number("SELECT count(*) FROM t WHERE x = 'behind'", "read") == 1)
    }

    /// Prints the speed on a database of 265 MB.
    @Test(.enabled(if: unsafe getenv("RECOVER_LARGE_TESTS") != nil))
    func isFast() throws {
        let scratch = try Scratch()
        let path = try scratch.database(
            "a.db",
            [
                "PRAGMA journal_mode = WAL", "PRAGMA synchronous = OFF", "CREATE TABLE t (x)",
                """
                INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
                LIMIT 260000) SELECT randomblob(980) FROM n
                """,
            ]
        )
        let pinned = try pin(path)
        var best = Int64.max
        for round in 0..<5 {
            let start = Clock.steadyNanoseconds
            let copy = try pinned.copy(to: scratch.path("copy\(round)"))
            best = min(best, Clock.steadyNanoseconds - start)
            #expect(copy.pageCount * 4096 > 265_000_000)
            _ = unsafe copy.path.withCString { unsafe unlink($0) }
        }
        print("copied 265 MB in \(best / 1_000_000) ms")
        #expect(best < 600_000_000)
    }
}

extension Database {
    fileprivate static func schemaVersion(_ bytes: [UInt8]) -> UInt32? {
        DatabaseHeader(bytes)?.schemaVersion
    }
}
