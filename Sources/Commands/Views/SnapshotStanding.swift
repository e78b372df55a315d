internal import Deduplication

/// What was stated about a snapshot after it was taken.
struct SnapshotStanding: Encodable, Sendable {
    struct Statement: Encodable, Sendable {
        var at: String
        var detail: String
        var operation: String

        enum CodingKeys: String, CodingKey {
            case at = "stated_at"
            case detail, operation
        }
    }

    var pinned: [Statement]
    var verified: [Statement]
    var damaged: [Statement]

    /// The words of a table, the worst first; empty where nothing was stated.
    var words: [String] {
        var words: [String] = []
        if !damaged.isEmpty { words.append("DAMAGED") }
        if !pinned.isEmpty { words.append("pinned") }
        // Right sizes are no proof of bytes.
        if verified.contains(where: { $0.detail != CheckLevel.quick.rawValue }) {
            words.append("verified")
        }
        return words
    }
}

/// The standing of all snapshots of a repository.
struct SnapshotStandings {
    private let pins: [String: [Fact]]
    private let receipts: [String: [Fact]]
    private let damage: [String: [Fact]]

    init(_ repository: Repository) throws(CommandFailure) {
        pins = try Self.facts(.pin, repository)
        receipts = try Self.facts(.receipt, repository)
        damage = try Self.facts(.damage, repository)
    }

    private static func facts(
        _ kind: Fact.Kind,
        _ repository: Repository
    ) throws(CommandFailure) -> [String: [Fact]] {
        let facts = try querying { () throws(RepositoryError) in try repository.facts(kind) }
        return Dictionary(grouping: facts, by: \.subject)
    }

    /// What is stated about a snapshot, in order of time.
    subscript(id: SnapshotID) -> SnapshotStanding {
        func statements(_ facts: [String: [Fact]]) -> [SnapshotStanding.Statement] {
            (facts[id.text] ?? []).sorted { $0.at < $1.at }.map {
                .init(at: $0.at, detail: $0.detail, operation: $0.operation)
            }
        }
        return SnapshotStanding(
            pinned: statements(pins),
            verified: statements(receipts),
            damaged: statements(damage)
        )
    }
}
