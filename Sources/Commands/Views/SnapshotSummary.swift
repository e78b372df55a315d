internal import Deduplication

/// A snapshot in a list.
struct SnapshotSummary: Encodable, Sendable {
    struct Part: Encodable, Sendable {
        var name: String
        var outcome: String
        var complete: Bool
        var sizeBytes: UInt64

        enum CodingKeys: String, CodingKey {
            case name, outcome, complete
            case sizeBytes = "size_bytes"
        }
    }

    var id: String
    var startedAt: String
    var finishedAt: String
    var tag: String?
    var reason: String
    var note: String?
    var complete: Bool
    var scope: String
    var components: [Part]
    var sizeBytes: UInt64
    var addedBytes: UInt64
    var standing: SnapshotStanding

    enum CodingKeys: String, CodingKey {
        case id, tag, reason, note, complete, scope, components, standing
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case sizeBytes = "size_bytes"
        case addedBytes = "added_bytes"
    }

    init(_ snapshot: Snapshot, _ standing: SnapshotStanding) {
        id = snapshot.id.text
        startedAt = snapshot.startedAt
        finishedAt = snapshot.finishedAt
        tag = snapshot.tag
        reason = snapshot.reason
        note = snapshot.note
        complete = snapshot.complete
        scope = snapshot.scope
        components = snapshot.sortedComponents.map { name, component in
            Part(
                name: name,
                outcome: component.outcome,
                complete: component.complete,
                sizeBytes: component.keptBytes
            )
        }
        sizeBytes = snapshot.keptBytes
        addedBytes = snapshot.addedBytes
        self.standing = standing
    }

    /// One cell of a table: whole or not, then what was stated since.
    var state: String {
        var words = [complete ? "complete" : "INCOMPLETE"]
        if scope == "partial" { words.append("partial") }
        return (words + standing.words).joined(separator: ", ")
    }
}

extension Snapshot {
    /// The components in order of name.
    var sortedComponents: [(name: String, value: Component)] {
        components.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// What all components hold together, without what is to be fetched elsewhere.
    var keptBytes: UInt64 {
        components.values.reduce(0) { $0 + $1.keptBytes }
    }
}

extension Snapshot.Component {
    /// The length of the files whose content is in the repository.
    var keptBytes: UInt64 { sizeBytes - (elsewhere?.sizeBytes ?? 0) }
}
