internal import Cryptography
internal import Databases
internal import Deduplication
internal import Files
internal import Manifests
internal import Recovery
internal import Subjects

/// What a recovery gives up: rows and files written since, and who may log in again, or no longer.
///
/// What is there now is taken from the newest snapshot, which the plan names: to read live databases
/// would take as long as to capture them.
struct RecoveryLosses {
    private static let lineLimit = 12
    private static let principalLimit = 2000
    private static let databaseLimitBytes: UInt64 = 256 << 20
    /// Tables that say who may do what, and the columns that name them; never a hash or a key.
    private static let tables: Set<String> = [
        "users", "user", "accounts", "principals", "members", "api_keys", "apikeys", "api_tokens",
        "roles", "user_roles",
    ]
    private static let columns = [
        "username", "user_name", "login", "email", "name", "user_id", "key_id", "role", "id",
    ]

    let repository: Repository
    let then: Snapshot
    let now: Snapshot
    let state: StateFolder
    let context: Context

    private struct Side {
        var digests: [Path: String] = [:]
        var databases: [Path: DatabaseRecord] = [:]
        var sizes: [Path: UInt64] = [:]
    }

    /// Says it of a component.
    ///
    /// - Parameter name: Of files.
    /// - Returns: A line for each thing; none where nothing is known to be lost.
    func lines(of name: String) -> [String] {
        guard then.id != now.id, let old = side(then, name), let new = side(now, name) else {
            return []
        }
        var lines: [String] = []
        for path in Set(old.databases.keys).union(new.databases.keys).sorted() {
            let before = rows(old.databases[path])
            let after = rows(new.databases[path])
            if before == after { continue }
            lines.append(
                "\(path): \(before.map { "\($0) rows" } ?? "not there") then, "
                    + (after.map { "\($0)" } ?? "not there")
                    + " in the snapshot of \(now.startedAt)"
            )
        }
        let changed = old.digests.filter { new.digests[$0.key].map { $0 != "" } == true }
            .filter { new.digests[$0.key] != $0.value }.count
        let added = new.digests.keys.filter { old.digests[$0] == nil }.count
        if changed > 0 { lines.append("\(changed) files as they were changed since") }
        if added > 0 { lines.append("\(added) files that were made since") }
        lines += principals(name, old, new)
        if lines.count > Self.lineLimit {
            let more = lines.count - Self.lineLimit
            lines = lines.prefix(Self.lineLimit) + ["and \(more) more: recover diff \(then.id)"]
        }
        return lines
    }

    private func side(_ snapshot: Snapshot, _ name: String) -> Side? {
        guard let component = snapshot.components[name], component.outcome == "captured",
            var tree = try? repository.tree(component, name: name)
        else { return nil }
        var side = Side()
        while let entry = try? tree.next() {
            guard entry.kind == .file else { continue }
            if let bytes = entry.database {
                side.databases[entry.path] = DatabaseRecord(bytes)
                side.sizes[entry.path] = entry.sizeBytes
            } else {
                side.digests[entry.path] = entry.digest?.hex ?? ""
            }
        }
        return side
    }

    private func rows(_ record: DatabaseRecord?) -> Int64? {
        record.map { $0.rowCounts.values.reduce(0) { $0 + ($1 ?? 0) } }
    }

    // MARK: Principals

    private func principals(_ name: String, _ old: Side, _ new: Side) -> [String] {
        var lines: [String] = []
        for (path, record) in old.databases.sorted(by: { $0.key < $1.key }) {
            let tables = record.rowCounts.keys.filter { Self.tables.contains($0.lowercased()) }
            guard !tables.isEmpty, new.databases[path] != nil,
                max(old.sizes[path] ?? 0, new.sizes[path] ?? 0) <= Self.databaseLimitBytes,
                let before = names(then, name, path, tables),
                let after = names(now, name, path, tables)
            else { continue }
            for table in tables.sorted() {
                let back = before[table, default: []].subtracting(after[table, default: []])
                let gone = after[table, default: []].subtracting(before[table, default: []])
                if !back.isEmpty { lines.append("in \(table) return \(Self.list(back))") }
                if !gone.isEmpty { lines.append("in \(table) vanish \(Self.list(gone))") }
            }
        }
        if !lines.isEmpty {
            lines.append("keys and passwords that were revoked since are valid again: rotate them")
        }
        return lines
    }

    private static func list(_ names: Set<String>) -> String {
        let shown = names.sorted().prefix(10).joined(separator: ", ")
        return names.count > 10 ? "\(shown) and \(names.count - 10) more" : shown
    }

    /// The principals by table, of a database made again in the scratch folder.
    private func names(
        _ snapshot: Snapshot,
        _ name: String,
        _ path: Path,
        _ tables: [String]
    ) -> [String: Set<String>]? {
        // Nobody holds the lock yet: the scratch folder may be in use.
        let place = Path("look-\(context.operation)")
        guard let component = snapshot.components[name],
            let tree = try? repository.tree(component, name: name),
            (try? Directory(state.path).makeFolder(place)) != nil
        else { return nil }
        let scratch = state.path.appending(place)
        defer { try? Directory(state.path).removeTree(place) }
        var restore = TreeRestore(
            from: repository,
            cancellation: context.cancellation,
            onBytes: { _ in }
        )
        restore.isWanted = { $0 == path }
        guard (try? restore.run(tree, into: scratch)) != nil,
            let database = try? Database(finished: scratch.appending(path).bytes)
        else { return nil }
        var found: [String: Set<String>] = [:]
        for table in tables {
            let values = try? database.values(
                of: Self.columns,
                in: table,
                limit: Self.principalLimit
            )
            if let values { found[table] = Set(values) }
        }
        return found
    }
}
