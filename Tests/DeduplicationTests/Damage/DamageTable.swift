import Storage
import Threads

/// Which level found which sort of damage in which sort of file, counted.
final class DamageTable: Sendable {
    /// How often one level found one sort of damage in one sort of file.
    struct Count: Codable {
        let file: String
        let damage: String
        let found: DamageOracle.Found
        var points: Int
    }

    private struct Row: Hashable {
        let file: String
        let damage: String
    }

    private let rows = Monitor<[Row: [DamageOracle.Found: Int]]>([:])

    /// Goes on from what an earlier run counted.
    init(_ counts: [Count] = []) {
        for count in counts {
            let row = Row(file: count.file, damage: count.damage)
            rows.change { $0[row, default: [:]][count.found, default: 0] += count.points }
        }
    }

    /// Everything that was counted, for a later run.
    var counts: [Count] {
        rows.change { $0 }.flatMap { row, found in
            found.map { Count(file: row.file, damage: row.damage, found: $0, points: $1) }
        }
    }

    /// The sort of an object.
    static func sort(of name: String) -> String {
        let parts = name.split(separator: "/")
        if parts.count == 1 { return name }
        if name.contains(WholeRepository.revoked) { return "snapshots (revoked)" }
        return parts[0] == "facts" ? "facts/\(parts[1])" : String(parts[0])
    }

    func count(_ name: String, _ damage: String, _ found: DamageOracle.Found) {
        let row = Row(file: Self.sort(of: name), damage: damage)
        rows.change { $0[row, default: [:]][found, default: 0] += 1 }
    }

    /// How often something was done to a file.
    var total: Int { rows.change { $0.values.flatMap(\.values).reduce(0, +) } }

    /// The table as Markdown.
    var text: String {
        let columns = DamageOracle.Found.allCases
        var lines = [
            "| file | damage | points | " + columns.map(\.rawValue).joined(separator: " | ") + " |",
            "|---|---|---|" + String(repeating: "---|", count: columns.count),
        ]
        let all = rows.change { $0 }
        for row in all.keys.sorted(by: { ($0.file, $0.damage) < ($1.file, $1.damage) }) {
            let counts = all[row] ?? [:]
            let cells = columns.map { counts[$0].map(String.init) ?? "" }
            lines.append(
                "| `\(row.file)` | \(row.damage) | \(counts.values.reduce(0, +)) | "
                    + cells.joined(separator: " | ") + " |"
            )
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
