internal import Files
internal import Manifests
internal import Subjects

/// What became of one path between two snapshots.
struct EntryChange: Encodable, Sendable {
    enum Kind: String, Encodable, Sendable {
        case added
        case removed
        /// Other content, another target, or another kind of entry.
        case changed
        /// The same content with another mode, owner or attribute.
        case metadata
    }

    /// A table of a database with another number of rows.
    struct Table: Encodable, Sendable {
        var name: String
        var rowsBefore: Int64?
        var rowsAfter: Int64?

        enum CodingKeys: String, CodingKey {
            case name
            case rowsBefore = "rows_before"
            case rowsAfter = "rows_after"
        }
    }

    var kind: Kind
    var path: PathText
    var type: String
    var beforeBytes: UInt64?
    var afterBytes: UInt64?
    var tables: [Table]?

    enum CodingKeys: String, CodingKey {
        case type, tables
        case kind = "change"
        case beforeBytes = "before_bytes"
        case afterBytes = "after_bytes"
    }

    /// Compares the entries of one path; times alone are no change.
    ///
    /// - Parameters:
    ///   - before: What was there; nil for nothing.
    ///   - after: What is there; nil for nothing. Nil comes of two that are alike.
    init?(_ before: FileEntry?, _ after: FileEntry?) {
        guard let entry = after ?? before else { return nil }
        switch (before, after) {
        case (nil, _): kind = .added
        case (_, nil): kind = .removed
        case (let before?, let after?):
            if before.kind != after.kind || before.digest != after.digest
                || before.target != after.target
            {
                kind = .changed
            } else if before.mode != after.mode || before.userID != after.userID
                || before.groupID != after.groupID || before.attributes != after.attributes
            {
                kind = .metadata
            } else {
                return nil
            }
        }
        path = PathText(entry.path)
        type = entry.database == nil ? entry.kind.rawValue : "database"
        beforeBytes = before?.kind == .file ? before?.sizeBytes : nil
        afterBytes = after?.kind == .file ? after?.sizeBytes : nil
        if kind != .metadata { tables = Self.tables(before?.database, after?.database) }
    }

    func encode(to encoder: any Encoder) throws {
        try path.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(kind, forKey: .kind)
        try container.encode(type, forKey: .type)
        try container.encodeIfPresent(beforeBytes, forKey: .beforeBytes)
        try container.encodeIfPresent(afterBytes, forKey: .afterBytes)
        try container.encodeIfPresent(tables, forKey: .tables)
    }

    /// The tables whose rows differ or are not known; nil where neither side is a database.
    private static func tables(_ before: [UInt8]?, _ after: [UInt8]?) -> [Table]? {
        if before == nil, after == nil { return nil }
        let old = before.flatMap { DatabaseRecord($0) }?.rowCounts ?? [:]
        let new = after.flatMap { DatabaseRecord($0) }?.rowCounts ?? [:]
        return Set(old.keys).union(new.keys).sorted().compactMap { name in
            let (before, after) = (old[name] ?? nil, new[name] ?? nil)
            if old.keys.contains(name), new.keys.contains(name), before != nil, before == after {
                return nil
            }
            return Table(name: name, rowsBefore: before, rowsAfter: after)
        }
    }

    /// For people: a sign, the path, the sizes, then a line for each table.
    var lines: [String] {
        let signs: [Kind: String] = [.added: "+", .removed: "-", .changed: "~", .metadata: "m"]
        let sizes = [beforeBytes, afterBytes].compactMap { $0 }.map(ByteText.text)
        let isSame = kind == .metadata || sizes.count == 2 && sizes[0] == sizes[1]
        let size = isSame ? sizes.prefix(1).joined() : sizes.joined(separator: " -> ")
        let place = path.shown.isEmpty ? "." : path.shown
        let note = type == "file" || type == "database" ? size : type
        return ["  \(signs[kind] ?? "?") \(place)  \(note)"]
            + (tables ?? []).map { table in
                let before = table.rowsBefore.map { "\($0)" } ?? "?"
                let after = table.rowsAfter.map { "\($0)" } ?? "?"
                return "      \(table.name): \(before) -> \(after) rows"
            }
    }
}
