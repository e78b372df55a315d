/// The names by which rows are known, such as those of users; nothing else of them.
extension Database {
    /// Reads one column of a table.
    ///
    /// - Parameters:
    ///   - columns: Names that the column may have, the best first.
    ///   - table: A table of the application.
    ///   - limit: How many rows at most.
    /// - Returns: The values in their order, as text; nil where there is no such column, or more rows.
    /// - Throws: ``DatabaseError``.
    public func values(
        of columns: [String],
        in table: String,
        limit: Int
    ) throws(DatabaseError) -> [String]? {
        let name = Self.quoted(table, "\"")
        let list = try prepare(
            "SELECT name FROM pragma_table_info(\(Self.quoted(table, "'")))",
            "list the columns of"
        )
        var found: Set<String> = []
        while try list.step("list the columns of") { found.insert(list.text(0).lowercased()) }
        guard let column = columns.first(where: { found.contains($0.lowercased()) }) else {
            return nil
        }
        let quoted = Self.quoted(column, "\"")
        let rows = try prepare(
            "SELECT CAST(\(quoted) AS TEXT) FROM \(name) ORDER BY 1 LIMIT \(limit + 1)",
            "read names of"
        )
        var values: [String] = []
        while try rows.step("read names of") { values.append(rows.text(0)) }
        return values.count > limit ? nil : values
    }

    private static func quoted(_ text: String, _ mark: Character) -> String {
        let inner = text.split(separator: mark, omittingEmptySubsequences: false)
            .joined(separator: "\(mark)\(mark)")
        return "\(mark)\(inner)\(mark)"
    }
}
