import Testing

@testable import Databases

struct DatabaseCheckTests {
    private let tables = [
        "CREATE TABLE parent (id INTEGER PRIMARY KEY, name)",
        "CREATE TABLE child (parent REFERENCES parent)",
        "CREATE TABLE plain (key TEXT PRIMARY KEY, parent REFERENCES parent) WITHOUT ROWID",
        "INSERT INTO parent VALUES (1, 'a'), (2, 'b')",
        "INSERT INTO child VALUES (1), (2), (8), (9)", "INSERT INTO plain VALUES ('k', 7)",
    ]

    @Test func countsRowsWithoutParents() throws {
        let scratch = try Scratch()
        let database = try Database(finished: try scratch.database("a", tables))
        let report = try database.checkForeignKeys(rowLimit: 2)
        #expect(report.violationCount == 3)
        #expect(report.first.count == 2)
        #expect(report.problem == nil)
        let all = try database.checkForeignKeys().first
        #expect(all.contains(.init(table: "child", row: 4, parent: "parent")))
        #expect(all.contains(.init(table: "plain", row: nil, parent: "parent")))
    }

    @Test func saysWhenKeysCannotBeChecked() throws {
        let scratch = try Scratch()
        let database = try Database(
            finished: try scratch.database(
                "a",
                [
                    "CREATE TABLE p (x)", "CREATE TABLE c (x REFERENCES p(x))",
                    "INSERT INTO c VALUES (1)",
                ]
            )
        )
        let report = try database.checkForeignKeys()
        #expect(report.problem?.contains("foreign key mismatch") == true)
    }

    @Test func findsDamage() throws {
        let scratch = try Scratch()
        let path = try scratch.database(
            "a",
            tables + [
                """
                INSERT INTO parent WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n
                LIMIT 3000) SELECT i, i FROM n
                """
            ]
        )
        let database = try Database(finished: path)
        #expect(try database.check(.quick) == CheckReport(outcome: .sound, messages: []))
        try scratch.write([UInt8](repeating: 0x5A, count: 4096), to: path, at: 4 * 4096)
        let report = try Database(finished: path).check(.quick, messageLimit: 3)
        #expect(report.outcome == .damaged)
        #expect((1...4).contains(report.messages.count))
    }

    @Test func aTruncatedOrForeignFileIsDamagedAndNotAnError() throws {
        let scratch = try Scratch()
        let path = scratch.path("foreign")
        try scratch.write([UInt8](repeating: 7, count: 5000), to: path)
        let database = try Database(finished: path)
        #expect(try database.check(.quick).outcome == .damaged)
        let facts = database.facts()
        #expect(facts.header == nil)
        #expect(facts.problem?.contains("file is not a database") == true)
    }

    @Test func isUndecidedForWantOfAnApplicationsOrder() throws {
        let scratch = try Scratch()
        let path = try scratch.database(
            "a",
            ["CREATE TABLE t (x COLLATE nocase UNIQUE)", "INSERT INTO t VALUES (1)"]
        )
        // The name of a built-in collation becomes one that nobody has.
        let bytes = try scratch.read(path)
        let word = [UInt8]("nocase")
        let offset = try #require(
            (0..<(bytes.count - word.count)).first {
                bytes[$0..<($0 + word.count)].elementsEqual(word)
            }
        )
        try scratch.write([UInt8]("nozzle"), to: path, at: offset)
        let report = try Database(finished: path).check(.quick)
        #expect(report.outcome == .undecided)
        #expect(report.messages.first?.contains("nozzle") == true)
    }

    @Test func stopsWhenAsked() throws {
        let scratch = try Scratch()
        let path = try scratch.database(
            "a",
            [
                "CREATE TABLE t (x)", "CREATE INDEX i ON t (x)",
                """
                INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
                LIMIT 20000) SELECT i FROM n
                """,
            ]
        )
        let database = try Database(finished: path)
        let error = #expect(throws: DatabaseError.self) {
            try database.check(.full, shouldStop: { true })
        }
        #expect(error?.code == .interrupted)
        #expect(try database.check(.full).outcome == .sound)
    }

    @Test func collectsFacts() throws {
        let scratch = try Scratch()
        let path = try scratch.database(
            "a",
            tables + [
                "PRAGMA user_version = 3", "CREATE TABLE \"odd \"\" name\" (x)",
                "CREATE VIEW v AS SELECT * FROM parent",
                "CREATE TABLE auto (x INTEGER PRIMARY KEY AUTOINCREMENT)",
                "CREATE VIRTUAL TABLE words USING fts5(text)",
                "INSERT INTO words VALUES ('one two')",
            ]
        )
        let facts = try Database(finished: path).facts()
        #expect(facts.header?.userVersion == 3)
        #expect(facts.problem == nil)
        let rows = Dictionary(uniqueKeysWithValues: facts.tables.map { ($0.name, $0.rows) })
        #expect(rows["parent"] == 2)
        #expect(rows["child"] == 4)
        #expect(rows["plain"] == 1)
        #expect(rows["odd \" name"] == 0)
        #expect(rows["v"] == nil && rows["sqlite_sequence"] == nil)
        #expect(facts.tables.contains(.init(name: "words", kind: .virtual, rows: nil)))
        #expect(facts.tables.contains { $0.kind == .shadow && $0.rows != nil })
        #expect(facts.uncounted.isEmpty)
    }

    @Test func namesTheTablesThatTimeDidNotSufficeFor() throws {
        let scratch = try Scratch()
        let facts = try Database(finished: try scratch.database("a", tables)).facts(
            budgetMilliseconds: 0
        )
        #expect(facts.uncounted == ["child", "parent", "plain"])
    }
}
