import Glibc
import Testing

@testable import Databases

struct WriteBarrierTests {
    private let wal = [
        "PRAGMA journal_mode = WAL", "CREATE TABLE t (x)", "INSERT INTO t VALUES (1)",
    ]
    private let rollback = ["CREATE TABLE t (x)", "INSERT INTO t VALUES (1)"]

    private func rows(_ pinned: PinnedDatabase, _ scratch: Scratch) throws -> Int64 {
        let copy = try pinned.copy(to: pinned.path.adding(suffix: ".copy"))
        return try Database(finished: copy.path).number("SELECT count(*) FROM t", "read")
    }

    @Test func keepsTheInstantWhileOthersWrite() throws {
        let scratch = try Scratch()
        let path = try scratch.database("a.db", wal)
        let writer = try Database(live: path, busyMilliseconds: 0)
        let result = WriteBarrier().pin([path])
        #expect(result.isOneInstant)
        #expect(result.heldNanoseconds > 0)
        #expect(result.instantNanoseconds > 0)
        try writer.execute("INSERT INTO t VALUES (2)", "write")
        let pinned = try #require(result.databases.first)
        #expect(pinned.format == .wal)
        #expect(pinned.recovery == .none)
        #expect(pinned.stamp != nil)
        #expect(try rows(pinned, scratch) == 1)
    }

    @Test func holdsEveryLockWhileAsked() throws {
        let scratch = try Scratch()
        let paths = try ["b", "a"].map { try scratch.database($0, wal) }
        let writers = try paths.map { try Database(live: $0, busyMilliseconds: 0) }
        var refused = 0
        let result = WriteBarrier().pin(paths) {
            for writer in writers {
                if (try? writer.execute("INSERT INTO t VALUES (2)", "write")) == nil {
                    refused += 1
                }
            }
            return []
        }
        #expect(refused == 2)
        #expect(result.databases.map(\.path) == paths.sorted { $0.lexicographicallyPrecedes($1) })
        for writer in writers { try writer.execute("INSERT INTO t VALUES (2)", "write") }
    }

    @Test func beginsAnewWithWhatJoins() throws {
        let scratch = try Scratch()
        let (first, second) = (try scratch.database("a", wal), try scratch.database("b", wal))
        let writer = try Database(live: first, busyMilliseconds: 0)
        var rounds = 0
        let result = WriteBarrier().pin([first]) {
            rounds += 1
            return [first, second]
        }
        #expect(rounds == 2)
        #expect(result.databases.map(\.path) == [first, second])
        #expect(result.attempts == 2)
        // The state is that of the second round, so a commit between the two would be in it.
        try writer.execute("INSERT INTO t VALUES (2)", "write")
        #expect(try rows(try #require(result.databases.first), scratch) == 1)
    }

    @Test func asksAlsoWhereNothingIsToBePinned() throws {
        let scratch = try Scratch()
        let path = try scratch.database("a", wal)
        #expect(WriteBarrier().pin([]).databases.isEmpty)
        #expect(WriteBarrier().pin([]) { [path] }.databases.map(\.path) == [path])
    }

    @Test func stampsUnderTheLockAndLeavesTheFolderAsItWas() throws {
        let scratch = try Scratch()
        for statements in [wal, rollback] {
            let path = try scratch.database("x.db", statements)
            let before = try #require(DatabaseStamp(of: path))
            let pinned = try #require(WriteBarrier().pin([path]).databases.first)
            #expect(pinned.stamp?.showsSameFiles(as: before) == true)
            pinned.release()
            #expect(DatabaseStamp(of: path)?.showsSameFiles(as: before) == true)
            #expect(try scratch.names("x.db") == ["x.db"])
            _ = unsafe path.withCString { unsafe unlink($0) }
        }
    }

    @Test func neverCheckpointsALogThatWasThere() throws {
        let scratch = try Scratch()
        let path = try scratch.database("a.db", [])
        let holder = try scratch.holder(path, wal)
        holder.kill()
        let before = try #require(DatabaseStamp(of: path))
        #expect(before.log != nil)
        let result = WriteBarrier().pin([path])
        let pinned = try #require(result.databases.first)
        #expect(pinned.recovery == .replayedLog)
        #expect(try rows(pinned, scratch) == 1)
        pinned.release()
        #expect(DatabaseStamp(of: path)?.showsSameFiles(as: before) == true)
    }

    @Test func readingDoesNotMakeAStampLookYoung() throws {
        let scratch = try Scratch()
        let path = try scratch.database("a.db", [])
        try scratch.holder(path, wal).kill()
        usleep(50_000)
        for _ in 1...2 {
            let pinned = try #require(WriteBarrier().pin([path]).databases.first)
            #expect(pinned.stamp?.log != nil)
            #expect(pinned.stamp?.isSettled(for: 40_000_000) == true)
        }
    }

    @Test func rollbackFormatComesFirstAndBlocksCommitsUntilReleased() throws {
        let scratch = try Scratch()
        let paths = [try scratch.database("a", wal), try scratch.database("b", rollback)]
        let result = WriteBarrier().pin(paths)
        #expect(result.databases.map(\.format) == [.rollback, .wal])
        #expect(result.isOneInstant)
        let writer = try Database(live: paths[1], busyMilliseconds: 0)
        #expect(throws: DatabaseError.self) {
            try writer.execute("INSERT INTO t VALUES (2)", "write")
        }
        result.databases[0].release()
        try writer.execute("INSERT INTO t VALUES (2)", "write")
    }

    @Test func aLockThatDoesNotComeFreeCostsOnlyThatOneItsInstant() throws {
        let scratch = try Scratch()
        let paths = try ["a", "b", "c"].map { try scratch.database($0, wal) }
        let holder = try scratch.holder(paths[1], ["BEGIN IMMEDIATE"])
        defer { holder.kill() }
        var barrier = WriteBarrier()
        barrier.budgetMilliseconds = 80
        let result = barrier.pin(paths)
        #expect(result.failures.isEmpty)
        #expect(!result.isOneInstant)
        #expect(result.attempts > 2)
        #expect(result.heldNanoseconds < 60_000_000)
        for (index, pinned) in result.databases.enumerated() {
            switch pinned.consistency {
            case .barrier:
                #expect(index != 1)
                #expect(pinned.stamp != nil)
            case .perDatabase(let reason):
                #expect(index == 1)
                #expect(reason.code == .locked)
                #expect(
                    reason.message
                        == "another process kept \(paths[1].shown) locked for 80 ms"
                )
                #expect(pinned.stamp == nil)
            }
            #expect(try rows(pinned, scratch) == 1)
        }
    }

    @Test func noticesThatAPathWasGivenToAnotherFile() throws {
        let scratch = try Scratch()
        let paths = try ["a", "b", "c"].map { try scratch.database($0, wal) }
        let result = WriteBarrier().pin([paths[0]]) {
            // The second round still holds the first one's connections.
            _ = unsafe paths[2].withCString { new in
                unsafe paths[0].withCString { unsafe rename(new, $0) }
            }
            return [paths[1]]
        }
        #expect(result.databases.map(\.path) == [paths[1]])
        #expect(result.failures.map(\.error.code) == [.replaced])
    }
}
