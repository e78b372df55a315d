internal import Deduplication
internal import Files
internal import Monitoring

/// Compares a snapshot with the five before it, and keeps the last good one from being removed.
struct ShrinkCheck {
    struct Finding {
        let component: String
        let losses: [Shrinkage.Loss]
        /// The newest snapshot that still holds what is usual.
        let lastGood: Snapshot?

        /// Sizes, counts and what they were.
        var message: String {
            let parts = losses.map { loss in
                loss.unit == "bytes"
                    ? "from \(ByteText.text(loss.usual)) to \(ByteText.text(loss.now))"
                    : "from \(loss.usual) to \(loss.now) \(loss.unit)"
            }
            let kept = lastGood.map { "; \($0.id) still holds it and is pinned" } ?? ""
            return "it shrank \(parts.joined(separator: ", "))\(kept)"
        }
    }

    private let repository: Repository
    private let items: ItemCounts

    init(_ repository: Repository, _ state: StateFolder) {
        self.repository = repository
        items = ItemCounts(repository, state: state)
    }

    /// Looks at the components of a snapshot.
    ///
    /// - Parameters:
    ///   - snapshot: The one in question.
    ///   - all: All of the stack, the oldest first.
    /// - Returns: What shrank.
    func findings(of snapshot: Snapshot, among all: [Snapshot]) -> [Finding] {
        defer { items.save() }
        return snapshot.sortedComponents.compactMap { name, part -> Finding? in
            guard part.outcome == "captured" else { return nil }
            let earlier = all.filter { other in
                guard other.seq < snapshot.seq, !other.isImport,
                    let before = other.components[name]
                else { return false }
                return before.outcome == "captured" && before.complete
            }.suffix(Shrinkage.memory)
            let counts = earlier.map { other -> ComponentCounts in
                guard let before = other.components[name] else {
                    preconditionFailure("only those that hold it were taken")
                }
                return self.counts(before, name)
            }
            let losses = Shrinkage.find(self.counts(part, name), before: counts)
            if losses.isEmpty { return nil }
            let good = Array(zip(earlier, counts)).last { _, counts in
                losses.allSatisfy { Self.value($0.unit, counts) * 2 >= $0.usual }
            }
            return Finding(component: name, losses: losses, lastGood: good?.0)
        }
    }

    private func counts(_ part: Snapshot.Component, _ name: String) -> ComponentCounts {
        let counted = items.count(part, named: name)
        return ComponentCounts(
            sizeBytes: part.sizeBytes,
            files: UInt64(clamping: part.files),
            databases: UInt64(clamping: part.databases),
            items: counted.items,
            unit: counted.unit
        )
    }

    private static func value(_ unit: String, _ counts: ComponentCounts) -> UInt64 {
        switch unit {
        case "bytes": counts.sizeBytes
        case "files": counts.files
        case "databases": counts.databases
        default: counts.items
        }
    }

    /// Pins the snapshots that still hold what is usual.
    ///
    /// - Parameters:
    ///   - findings: What shrank.
    ///   - operation: Who says so.
    /// - Throws: ``RepositoryError``.
    func pin(_ findings: [Finding], operation: String) throws(RepositoryError) {
        let known = Set(try repository.facts(.pin).map(\.subject))
        var wanted: [String: [String]] = [:]
        for finding in findings {
            guard let good = finding.lastGood else { continue }
            wanted[good.id.text, default: []].append(finding.component)
        }
        for (id, names) in wanted.sorted(by: { $0.key < $1.key }) where !known.contains(id) {
            let why = "shrunk since: \(names.joined(separator: ", "))"
            try repository.state(.pin, Fact(subject: id, detail: why, operation: operation))
        }
    }
}
