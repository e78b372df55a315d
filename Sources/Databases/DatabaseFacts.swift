/// What is to be known of a finished copy without its content.
public struct DatabaseFacts: Sendable, Equatable, Codable {
    /// A table and its size.
    public struct Table: Sendable, Equatable, Codable {
        /// How its rows are kept.
        public enum Kind: String, Sendable, Codable {
            /// In the database.
            case table
            /// In the database, on behalf of a virtual table.
            case shadow
            /// By a module of SQLite or of the application; never counted.
            case virtual
        }

        /// Its name.
        public let name: String
        /// How its rows are kept.
        public let kind: Kind
        /// How many rows it has; nil where they were not counted.
        public let rows: Int64?
    }

    /// The file's own header; nil for a file without a byte, a database without tables to SQLite.
    public let header: DatabaseHeader?
    /// The tables but for SQLite's own, by name.
    public let tables: [Table]
    /// The schema's revision as Alembic counts it; nil where there is no `alembic_version`.
    public let alembic: String?
    /// Why the tables could not be listed; nil where they could.
    public let problem: String?

    /// The tables whose rows the time did not suffice to count.
    public var uncounted: [String] {
        tables.filter { $0.rows == nil && $0.kind != .virtual }.map(\.name)
    }
}

extension Database {
    /// Collects what is to be known.
    ///
    /// - Parameter budgetMilliseconds: How long rows are counted; each table gets at most half of
    ///   what is left, so that a huge one does not cost the small ones their counts.
    /// - Returns: The facts; a damaged schema is one of them.
    public func facts(budgetMilliseconds: Int = 1000) -> DatabaseFacts {
        let end = Clock.steadyNanoseconds + Int64(budgetMilliseconds) * 1_000_000
        do throws(DatabaseError) {
            let tables = try tableKinds().map { table in
                DatabaseFacts.Table(
                    name: table.name,
                    kind: table.kind,
                    rows: table.kind == .virtual ? nil : countRows(table.name, end)
                )
            }
            return DatabaseFacts(
                header: header,
                tables: tables,
                alembic: tables.contains { $0.name == "alembic_version" } ? alembic() : nil,
                problem: nil
            )
        } catch {
            return DatabaseFacts(
                header: header,
                tables: [],
                alembic: nil,
                problem: error.description
            )
        }
    }

    /// The revisions in `alembic_version`, of which a branched history has several.
    private func alembic() -> String? {
        let action = "read the schema's revision of"
        let sql = "SELECT version_num FROM alembic_version ORDER BY 1 LIMIT 16"
        guard let statement = try? prepare(sql, action) else { return nil }
        var found: [String] = []
        while (try? statement.step(action)) == true { found.append(statement.text(0)) }
        return found.isEmpty ? nil : found.joined(separator: ",")
    }

    private func tableKinds() throws(DatabaseError)
        -> [(name: String, kind: DatabaseFacts.Table.Kind)]
    {
        let sql = """
            SELECT name, type FROM pragma_table_list
            WHERE schema = 'main' AND type <> 'view' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'
            ORDER BY name
            """
        let statement = try prepare(sql, "list the tables of")
        var found: [(name: String, kind: DatabaseFacts.Table.Kind)] = []
        while try statement.step("list the tables of") {
            found.append((statement.text(0), .init(rawValue: statement.text(1)) ?? .table))
        }
        return found
    }

    /// - Returns: nil where the time did not suffice or the table cannot be read.
    private func countRows(_ table: String, _ end: Int64) -> Int64? {
        let now = Clock.steadyNanoseconds
        let deadline = now + (end - now) / 2
        if deadline <= now { return nil }
        let name = table.split(separator: "\"", omittingEmptySubsequences: false)
            .joined(separator: "\"\"")
        var rows: Int64?
        let isLate = { Clock.steadyNanoseconds > deadline }
        try? watched(by: isLate) { () throws(DatabaseError) in
            rows = try number("SELECT count(*) FROM \"\(name)\"", "count rows of")
        }
        return rows
    }
}
