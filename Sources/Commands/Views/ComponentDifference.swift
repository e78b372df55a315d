/// What became of one component between two snapshots.
struct ComponentDifference: Encodable, Sendable {
    enum Comparison: String, Encodable, Sendable {
        /// Both snapshots hold it.
        case compared
        /// Only the later one holds it.
        case added
        /// Only the earlier one holds it.
        case removed
        /// One of the two did not capture it, which says nothing about its files.
        case uncompared
    }

    let name: String
    var comparison: Comparison
    /// Why it was not compared.
    var reason: String?
    private(set) var added = 0
    private(set) var removed = 0
    private(set) var changed = 0
    private(set) var metadata = 0
    private(set) var addedBytes: UInt64 = 0
    private(set) var removedBytes: UInt64 = 0
    private(set) var changedBeforeBytes: UInt64 = 0
    private(set) var changedAfterBytes: UInt64 = 0
    private(set) var changes: [EntryChange] = []

    enum CodingKeys: String, CodingKey {
        case name, comparison, reason, added, removed, changed, metadata, changes
        case addedBytes = "added_bytes"
        case removedBytes = "removed_bytes"
        case changedBeforeBytes = "changed_before_bytes"
        case changedAfterBytes = "changed_after_bytes"
    }

    init(_ name: String, _ comparison: Comparison, reason: String? = nil) {
        self.name = name
        self.comparison = comparison
        self.reason = reason
    }

    var count: Int { added + removed + changed + metadata }
    var isSame: Bool { comparison == .compared && count == 0 }

    /// Counts a change, and keeps it while there is room.
    ///
    /// - Parameters:
    ///   - change: What happened.
    ///   - limit: How many changes are kept.
    mutating func add(_ change: EntryChange, limit: Int) {
        let (before, after) = (change.beforeBytes ?? 0, change.afterBytes ?? 0)
        switch change.kind {
        case .added:
            added += 1
            addedBytes += after
        case .removed:
            removed += 1
            removedBytes += before
        case .changed:
            changed += 1
            changedBeforeBytes += before
            changedAfterBytes += after
        case .metadata: metadata += 1
        }
        if changes.count < limit { changes.append(change) }
    }

    /// For people: the counts, then the changes that were kept.
    var lines: [String] {
        switch comparison {
        case .uncompared: return ["\(name): not compared: \(reason ?? "")"]
        case .compared where count == 0: return ["\(name): no difference"]
        case .compared, .added, .removed: break
        }
        let news = comparison == .compared ? "" : "component \(comparison.rawValue): "
        var parts: [String] = []
        if added > 0 { parts.append("\(added) added (\(ByteText.text(addedBytes)))") }
        if removed > 0 { parts.append("\(removed) removed (\(ByteText.text(removedBytes)))") }
        if changed > 0 {
            parts.append(
                "\(changed) changed (\(ByteText.text(changedBeforeBytes)) -> "
                    + "\(ByteText.text(changedAfterBytes)))"
            )
        }
        if metadata > 0 { parts.append("\(metadata) with another mode, owner or attribute") }
        var lines = ["\(name): \(news)\(parts.joined(separator: ", "))"]
        lines += changes.flatMap(\.lines)
        if changes.count < count {
            lines.append("  and \(count - changes.count) more; --json lists them")
        }
        return lines
    }
}
