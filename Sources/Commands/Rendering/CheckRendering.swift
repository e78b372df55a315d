internal import Deduplication

/// Shows what a check covered and found.
struct CheckRendering {
    private static let damageLimit = 10
    private static let fileLimit = 20

    struct Result: Encodable, Sendable {
        var level: String
        var snapshots: [String]
        var passed: [String]
        var files: Int
        var packs: Int
        var contentBytes: UInt64
        var storedBytes: UInt64
        var seconds: Double
        var bytesPerSecond: UInt64
        var damage: [Damage]
        /// What is to be fetched elsewhere, because only its hashes were kept.
        var elsewhere: [Elsewhere]
        var notes: [String]

        struct Elsewhere: Encodable, Sendable {
            var snapshot: String
            var component: String
            var files: Int
            var sizeBytes: UInt64

            enum CodingKeys: String, CodingKey {
                case snapshot, component, files
                case sizeBytes = "size_bytes"
            }
        }

        enum CodingKeys: String, CodingKey {
            case level, snapshots, passed, files, packs, damage, elsewhere, notes
            case contentBytes = "content_bytes"
            case storedBytes = "stored_bytes"
            case seconds = "duration_seconds"
            case bytesPerSecond = "bytes_per_second"
        }
    }

    private let outcome: CheckReport
    private let seconds: Double

    init(_ outcome: CheckReport, seconds: Double) {
        self.outcome = outcome
        self.seconds = seconds
    }

    /// What was proven: the content of files where it was read, else what the packs store.
    private var provenBytes: UInt64 {
        outcome.level == .deep ? outcome.contentBytes : outcome.storedBytes
    }

    private var bytesPerSecond: UInt64 { UInt64(Double(provenBytes) / max(seconds, 0.000_001)) }

    var report: Report {
        let result = Result(
            level: outcome.level.rawValue,
            snapshots: outcome.snapshots.map(\.text),
            passed: outcome.passed.map(\.text),
            files: outcome.files,
            packs: outcome.packs,
            contentBytes: outcome.contentBytes,
            storedBytes: outcome.storedBytes,
            seconds: (seconds * 1000).rounded() / 1000,
            bytesPerSecond: bytesPerSecond,
            damage: outcome.damage,
            elsewhere: outcome.elsewhere.map {
                .init(
                    snapshot: $0.snapshot.text,
                    component: $0.component,
                    files: $0.what.files,
                    sizeBytes: $0.what.sizeBytes
                )
            },
            notes: outcome.notes
        )
        var lines = outcome.damage.prefix(Self.damageLimit).flatMap { story($0) }
        if outcome.damage.count > Self.damageLimit {
            lines.append("and \(outcome.damage.count - Self.damageLimit) more; --json lists all")
        }
        lines += outcome.notes.map { "note: \($0)" }
        lines += elsewhere
        lines.append(covered)
        var report = Report("verify", data: result, lines: lines)
        if outcome.snapshots.isEmpty, outcome.damage.isEmpty {
            report.warnings = [
                .init(code: "empty", message: "the repository holds no snapshot yet")
            ]
        }
        report.lines.append(verdict)
        if !outcome.damage.isEmpty {
            report.status = .damaged
            report.failures = outcome.damage.map(failure)
        }
        return report
    }

    /// What no proof can be about; said of the newest snapshot, which is the one most wanted.
    private var elsewhere: [String] {
        guard let last = outcome.elsewhere.last?.snapshot else { return [] }
        return outcome.elsewhere.filter { $0.snapshot == last }.map {
            "note: of \($0.component) in \($0.snapshot) \($0.what.text) are kept as hashes only, to be "
                + "fetched elsewhere: recover manifest \($0.snapshot) \($0.component) --elsewhere"
        }
    }

    private var covered: String {
        "\(outcome.level.rawValue): \(Self.counted(outcome.snapshots.count, "snapshot")), "
            + "\(Self.counted(outcome.files, "file")), \(Self.counted(outcome.packs, "pack")), "
            + "\(ByteText.text(outcome.storedBytes)) of packs read"
    }

    private var verdict: String {
        let time = "\((seconds * 10).rounded() / 10) s"
        if outcome.damage.isEmpty {
            if outcome.level == .quick { return "OK lists and sizes are right, \(time)" }
            return "OK \(ByteText.text(provenBytes)) proven in \(time), "
                + "\(ByteText.text(bytesPerSecond))/s, no damage"
        }
        let next = "Next: recover repair --dry-run, which shows what can be brought back"
        let touches = outcome.damage.flatMap(\.touches)
        if touches.isEmpty {
            let isWhole = outcome.damage.allSatisfy { $0.kind == .pack }
            return "FAIL damage found" + (isWhole ? "; every file is still whole. " : ". ") + next
        }
        let snapshots = Set(touches.map(\.snapshot)).count
        let files = Set(
            touches.compactMap { touched in
                touched.path.map { "\(touched.component ?? "")/\($0)" }
            }
        ).count
        return "FAIL damage found: it touches "
            + (files == 0 ? "" : "\(Self.counted(files, "file")) in ")
            + "\(Self.counted(snapshots, "snapshot")). \(next)"
    }

    private static func counted(_ count: Int, _ noun: String) -> String {
        "\(count) \(noun)\(count == 1 ? "" : "s")"
    }

    private func story(_ damage: Damage) -> [String] {
        let more = damage.reasons.count > 1 ? " (and \(damage.reasons.count - 1) more places)" : ""
        var lines = [
            "FAIL \(damage.kind.rawValue) \(damage.name): \(damage.reasons.first ?? "")\(more)"
        ]
        var snapshots: [String: [String]] = [:]
        for touched in damage.touches {
            let place = [touched.component, touched.path].compactMap { $0 }.joined(separator: "/")
            snapshots["\(place.isEmpty ? "the snapshot" : place) (\(touched.what))", default: []]
                .append(touched.snapshot)
        }
        for (place, ids) in snapshots.sorted(by: { $0.key < $1.key }).prefix(Self.fileLimit) {
            let others = ids.count > 1 ? " and \(ids.count - 1) more snapshots" : ""
            lines.append("     loses \(place) in \(ids.last ?? "")\(others)")
        }
        if snapshots.count > Self.fileLimit {
            lines.append("     and \(snapshots.count - Self.fileLimit) more; --json lists all")
        }
        return lines
    }

    private func failure(_ damage: Damage) -> Envelope.Failure {
        let components = Set(damage.touches.compactMap(\.component))
        return .init(
            code: "damage",
            component: components.count == 1 ? components.first : nil,
            message: "\(damage.kind.rawValue) \(damage.name): \(damage.reasons.first ?? "")",
            state: "nothing was changed but the notes about it",
            next: "recover backup, then: recover verify --all --level deep"
        )
    }
}
