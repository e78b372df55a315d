internal import Databases

extension DatabaseRecord {
    /// The rows of the tables that an application made, by name; nil where they were not counted.
    public var rowCounts: [String: Int64?] {
        var counts: [String: Int64?] = [:]
        for table in facts.tables where table.kind == .table {
            counts.updateValue(table.rows, forKey: table.name)
        }
        return counts
    }
}
