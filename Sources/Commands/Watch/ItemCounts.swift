internal import Deduplication
internal import Files
internal import FoundationEssentials
internal import Manifests
internal import Subjects

/// How many rows, points or files components hold: what a size alone does not show, since a
/// database keeps its length when half of its rows are deleted.
///
/// Counting rows reads a manifest, so the counts are kept in the state folder by the digest of
/// the manifest: they never change.
final class ItemCounts {
    struct Count: Codable, Sendable, Equatable {
        var items: UInt64
        var unit: String
    }

    private static let file = Path("items.json")
    private static let keptCount = 400
    /// More files than these are counted as files: their manifest takes too long.
    private static let filesMax = 200_000

    private let repository: Repository
    private let state: Path
    private var known: [String: Count] = [:]
    private var used: [String: Count] = [:]

    init(_ repository: Repository, state: StateFolder) {
        self.repository = repository
        self.state = state.path
        if let bytes = try? Directory(state.path).readNote(Self.file),
            let found = try? JSONDecoder().decode([String: Count].self, from: Data(bytes))
        {
            known = found
        }
    }

    /// Files, where nothing else is known.
    static func files(_ component: Snapshot.Component) -> Count {
        Count(items: UInt64(clamping: component.files), unit: "files")
    }

    /// Counts a component of a snapshot.
    func count(_ component: Snapshot.Component, named name: String) -> Count {
        guard component.outcome == "captured" else { return Self.files(component) }
        let digest = component.digest
        if let found = used[digest] ?? known[digest] {
            used[digest] = found
            return found
        }
        // What could not be counted is not kept: the next time it may be.
        guard let counted = fresh(component, name) else { return Self.files(component) }
        used[digest] = counted
        return counted
    }

    private func fresh(_ component: Snapshot.Component, _ name: String) -> Count? {
        let isServer =
            component.source.hasPrefix("http://") || component.source.hasPrefix("https://")
        if isServer {
            guard let kept = try? QdrantSnapshot(component, named: name, in: repository) else {
                return nil
            }
            return Count(items: kept.pointCount, unit: "points")
        }
        guard component.databases > 0, component.files <= Self.filesMax,
            var tree = try? repository.tree(component, name: name)
        else { return nil }
        var rows: Int64 = 0
        while true {
            let entry: FileEntry?
            do throws(RepositoryError) {
                entry = try tree.next()
            } catch {
                // A part of the rows would pass for all of them.
                return nil
            }
            guard let entry else { break }
            guard let record = entry.database.flatMap({ DatabaseRecord($0) }) else { continue }
            rows += record.rowCounts.values.reduce(0) { $0 + ($1 ?? 0) }
        }
        return Count(items: UInt64(clamping: rows), unit: "rows")
    }

    /// Keeps what was counted; what nobody asked for any more goes.
    func save() {
        guard used != known else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        var kept = used
        for (digest, count) in known where kept.count < Self.keptCount { kept[digest] = count }
        guard kept != known, let data = try? encoder.encode(kept) else { return }
        // Lost counts are counted again.
        try? Directory(state).writeNote(Self.file, Array(data))
    }
}
