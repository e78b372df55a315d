import Glibc
import Testing

@testable import Databases

/// Writers that died, in the live place and in an old archive.
struct RecoveryTests {
    private let table = [
        "CREATE TABLE t (x)",
        """
        INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
        LIMIT 2000) SELECT printf('%0200d', i) FROM n
        """,
    ]
    /// Spills to the file within the transaction, so that the journal is hot once the writer dies.
    private let unfinished = [
        "PRAGMA cache_size = 5", "BEGIN IMMEDIATE", "UPDATE t SET x = 'lost'",
    ]

    @Test func aHotJournalIsRolledBackAndSaidSo() throws {
        let scratch = try Scratch()
        let path = try scratch.database("a.db", table)
        let holder = try scratch.holder(path, unfinished)
        holder.kill()
        #expect(try scratch.names("a.db") == ["a.db", "a.db-journal"])
        let pinned = try #require(WriteBarrier().pin([path]).databases.first)
        #expect(pinned.recovery == .rolledBackJournal)
        let copy = try pinned.copy(to: scratch.path("copy"))
        #expect(copy.recovery == .rolledBackJournal)
        #expect(
            try Database(finished: copy.path)
                .number("SELECT count(*) FROM t WHERE x = 'lost'", "read") == 0
        )
        #expect(try scratch.names("a.db") == ["a.db"])
        pinned.release()
        #expect(WriteBarrier().pin([path]).databases.first?.recovery == Recovery.none)
    }

    @Test func aLivingWritersJournalIsLeftAlone() throws {
        let scratch = try Scratch()
        let path = try scratch.database("a.db", table)
        let holder = try scratch.holder(path, unfinished)
        defer { holder.kill() }
        var barrier = WriteBarrier()
        barrier.budgetMilliseconds = 60
        let failure = try #require(barrier.pin([path]).failures.first)
        // It has spilled, so that nobody may read before it ends.
        #expect(failure.error.code == .locked)
        #expect(try scratch.names("a.db") == ["a.db", "a.db-journal"])
    }

    @Test(arguments: [true, false])
    func anOldTrioBecomesOneFile(_ isLog: Bool) throws {
        let scratch = try Scratch()
        let path = try scratch.database("a.db", isLog ? ["PRAGMA journal_mode = WAL"] : table)
        let holder = try scratch.holder(path, isLog ? table : unfinished)
        holder.kill()
        for name in try scratch.names("a.db") where !name.hasSuffix("-shm") {
            let moved = "found" + name.dropFirst(4)
            try scratch.write(try scratch.read(scratch.path(name)), to: scratch.path(moved))
        }
        let copy = try DatabaseCopy.recovering(
            scratch.path("found"),
            to: scratch.path("copy")
        )
        #expect(copy.recovery == (isLog ? .replayedLog : .rolledBackJournal))
        #expect(try scratch.names("copy") == ["copy"])
        let database = try Database(finished: copy.path)
        #expect(try database.check(.full).outcome == .sound)
        #expect(try database.number("SELECT count(*) FROM t WHERE x <> 'lost'", "read") == 2000)
        #expect(try database.number("SELECT count(*) FROM t", "read") == 2000)
    }
}
