import Testing

@testable import Databases

struct DatabaseHeaderTests {
    @Test func readsWhatSQLiteWrote() throws {
        let scratch = try Scratch()
        let path = try scratch.database(
            "a.db",
            [
                "PRAGMA page_size = 1024", "PRAGMA encoding = 'UTF-16be'",
                "PRAGMA auto_vacuum = incremental", "PRAGMA user_version = -7",
                "PRAGMA application_id = 305419896", "CREATE TABLE t (x)",
                "INSERT INTO t VALUES (zeroblob(5000))", "DELETE FROM t",
                "PRAGMA journal_mode = WAL",
            ]
        )
        let bytes = try scratch.read(path)
        let header = try #require(DatabaseHeader(bytes))
        #expect(header.pageSizeBytes == 1024)
        #expect(header.format == .wal)
        #expect(header.pageCount == UInt32(bytes.count / 1024))
        #expect(header.freePageCount == 4)
        #expect(header.schemaVersion == 1)
        #expect(header.encoding == .utf16BigEndian)
        #expect(header.autoVacuum == .incremental)
        #expect(header.userVersion == -7)
        #expect(header.applicationID == 0x1234_5678)
        #expect(header.writerVersion >= 3_037_000)
        #expect(header.changeCounter > 0)
    }

    @Test func readsTheLargestPageAndRollbackFormat() throws {
        let scratch = try Scratch()
        let path = try scratch.database(
            "a.db",
            ["PRAGMA page_size = 65536", "PRAGMA auto_vacuum = full", "CREATE TABLE t (x)"]
        )
        let header = try #require(DatabaseHeader(try scratch.read(path)))
        #expect(header.pageSizeBytes == 65_536)
        #expect(header.format == .rollback)
        #expect(header.autoVacuum == .full)
        #expect(header.encoding == .utf8)
    }

    @Test func distrustsAStaleLength() throws {
        let scratch = try Scratch()
        var bytes = try scratch.read(try scratch.database("a.db", ["CREATE TABLE t (x)"]))
        bytes[27] &+= 1
        #expect(DatabaseHeader(bytes)?.pageCount == nil)
        #expect(DatabaseHeader(bytes) != nil)
    }

    @Test(arguments: [
        [], [UInt8]("SQLite format 3\0"), [UInt8](repeating: 0, count: 100),
        [UInt8]("SQLite format 3\0") + [3, 0] + [UInt8](repeating: 1, count: 82),
    ])
    func refusesWhatIsNoHeader(_ bytes: [UInt8]) {
        #expect(DatabaseHeader(bytes) == nil)
    }

    @Test func recognisesTheSignatureAlone() {
        #expect(DatabaseHeader.isSQLite([UInt8]("SQLite format 3\0")))
        #expect(!DatabaseHeader.isSQLite([UInt8]("SQLite format 2\0")))
        #expect(!DatabaseHeader.isSQLite([UInt8]("SQLite")))
    }
}
