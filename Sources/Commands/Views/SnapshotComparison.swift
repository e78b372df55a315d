internal import Deduplication
internal import Manifests

/// Compares two snapshots component by component; memory grows with the changes that are kept,
/// not with the files.
struct SnapshotComparison {
    private let repository: Repository
    private let before: Snapshot
    private let after: Snapshot
    private let context: Context
    /// How many changes of a component are kept.
    private let limit: Int

    init(
        _ repository: Repository,
        _ before: Snapshot,
        _ after: Snapshot,
        _ context: Context,
        limit: Int
    ) {
        self.repository = repository
        self.before = before
        self.after = after
        self.context = context
        self.limit = limit
    }

    func run() throws(CommandFailure) -> [ComponentDifference] {
        var found: [ComponentDifference] = []
        for name in Set(before.components.keys).union(after.components.keys).sorted() {
            found.append(try compare(name))
        }
        return found
    }

    private func compare(_ name: String) throws(CommandFailure) -> ComponentDifference {
        let (old, new) = (before.components[name], after.components[name])
        for (snapshot, component) in [(before, old), (after, new)] {
            if component?.outcome == "failed" {
                return ComponentDifference(
                    name,
                    .uncompared,
                    reason: "its capture failed in \(snapshot.id)"
                )
            }
            if component == nil, snapshot.scope == "partial" {
                return ComponentDifference(
                    name,
                    .uncompared,
                    reason: "\(snapshot.id) is of other components only"
                )
            }
        }
        let comparison: ComponentDifference.Comparison =
            old == nil ? .added : new == nil ? .removed : .compared
        var difference = ComponentDifference(name, comparison)
        // Parts are named by their content: the same names are the same files.
        if let old, let new, old.parts == new.parts { return difference }
        var merge = try querying { () throws(RepositoryError) in
            try TreeMerge(
                try old.map { old throws(RepositoryError) in try repository.tree(old, name: name) },
                try new.map { new throws(RepositoryError) in try repository.tree(new, name: name) }
            )
        }
        while let pair = try querying({ () throws(RepositoryError) in try merge.next() }) {
            if context.cancellation.isRaised {
                throw CommandFailure(.interrupted, "stopped", "the comparison was stopped")
            }
            if let change = EntryChange(pair.before, pair.after) {
                difference.add(change, limit: limit)
            }
        }
        return difference
    }
}
