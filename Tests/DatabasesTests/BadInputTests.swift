import Glibc
import Testing

@testable import Databases

struct BadInputTests {
    private func failure(_ path: [UInt8], _ barrier: WriteBarrier = WriteBarrier()) throws
        -> DatabaseError
    {
        let result = barrier.pin([path])
        #expect(result.databases.isEmpty)
        return try #require(result.failures.first).error
    }

    @Test func missing() throws {
        let scratch = try Scratch()
        let error = try failure(scratch.path("none.db"))
        #expect(error.code == .missing)
        #expect(error.message == "cannot open \(scratch.text)/none.db")
        #expect(error.cause?.contains("No such file or directory") == true)
        #expect(try scratch.names("none").isEmpty)
    }

    @Test func aFolder() throws {
        let scratch = try Scratch()
        #expect(try failure(scratch.folder).code == .cannotOpen)
    }

    @Test func notADatabase() throws {
        let scratch = try Scratch()
        try scratch.write([UInt8](repeating: 0x41, count: 2000), to: scratch.path("a"))
        let error = try failure(scratch.path("a"))
        #expect(error.code == .notADatabase)
        #expect(error.message == "cannot read \(scratch.text)/a")
    }

    @Test func encrypted() throws {
        let scratch = try Scratch()
        let path = scratch.path("a")
        try scratch.write([UInt8](repeating: 0xC3, count: 8192), to: path)
        try scratch.write([], to: scratch.path("a-wal"))
        let error = try failure(path)
        #expect(error.code == .encryptedOrForeign)
        #expect(error.message.contains("yet a -wal lies beside it"))
    }

    @Test func corrupt() throws {
        let scratch = try Scratch()
        let path = try scratch.database("a", ["CREATE TABLE t (x)"])
        #expect(unsafe path.withCString { unsafe truncate($0, 4096) } == 0)
        let error = try failure(path)
        #expect(error.code == .corrupt)
        #expect(error.message == "cannot read \(scratch.text)/a")
        #expect(error.cause == "SQLite: database disk image is malformed (code 11)")
    }

    @Test func lockedForGood() throws {
        let scratch = try Scratch()
        let path = try scratch.database("a", ["CREATE TABLE t (x)"])
        let holder = try scratch.holder(path, ["BEGIN EXCLUSIVE"])
        defer { holder.kill() }
        var barrier = WriteBarrier()
        barrier.budgetMilliseconds = 50
        let error = try failure(path, barrier)
        #expect(error.code == .locked)
        #expect(error.cause == "SQLite: database is locked (code 5)")
    }

    @Test func logOnANetworkFileSystem() throws {
        let scratch = try Scratch()
        var barrier = WriteBarrier()
        barrier.isNetwork = { _ in true }
        let path = try scratch.database("a", ["PRAGMA journal_mode = WAL", "CREATE TABLE t (x)"])
        #expect(try failure(path, barrier).code == .networkFileSystem)
        #expect(try scratch.names("a") == ["a"])
        let plain = try scratch.database("b", ["CREATE TABLE t (x)"])
        #expect(barrier.pin([plain]).failures.isEmpty)
        barrier.trustsNetworkFileSystems = true
        #expect(barrier.pin([path]).failures.isEmpty)
    }

    @Test func localFileSystemsAreNotNetwork() throws {
        #expect(!isNetworkFileSystem(try Scratch().folder))
        #expect(!isNetworkFileSystem([UInt8]("/nowhere")))
        #expect(!isNetworkFileSystem([UInt8]("/proc")))
        #expect(networkMagics.contains(0x6969))
    }

    /// Rights are those of a user without privileges, so that this also holds for root.
    @Test func readOnlyFolder() async throws {
        let scratch = try Scratch()
        let log = try scratch.database("wal", ["PRAGMA journal_mode = WAL", "CREATE TABLE t (x)"])
        let plain = try scratch.database("plain", ["CREATE TABLE t (x)"])
        let hidden = try scratch.database("hidden", ["CREATE TABLE t (x)"])
        let hot = try scratch.database(
            "hot",
            ["CREATE TABLE t (x)", "INSERT INTO t VALUES (zeroblob(90000))"]
        )
        try scratch.holder(
            hot,
            ["PRAGMA cache_size = 2", "BEGIN IMMEDIATE", "UPDATE t SET x = randomblob(90000)"]
        ).kill()
        _ = unsafe hidden.withCString { unsafe chmod($0, 0) }
        _ = unsafe scratch.folder.withCString { unsafe chmod($0, 0o555) }
        await #expect(
            processExitsWith: .exitCode(0)
        ) {
            [
                log = log as [UInt8], plain = plain as [UInt8], hidden = hidden as [UInt8],
                hot = hot as [UInt8]
            ] in
            if geteuid() == 0, setuid(65_534) != 0 { exit(2) }
            let result = WriteBarrier().pin([log, plain, hidden, hot])
            let codes = result.failures.map(\.error.code)
            print(result.failures.map(\.error.description))
            #expect(codes == [.permission, .hotJournal, .readOnly])
            let pinned = try #require(result.databases.first)
            guard case .perDatabase(let reason) = pinned.consistency else { exit(3) }
            #expect(pinned.path == plain)
            #expect(reason.code == .readOnly)
        }
    }
}
