internal import Deduplication
internal import Deployments

extension SnapshotDetails {
    private static let problemLimit = 20

    /// For people: where it came from, what it holds, what is wrong with it, the verdict.
    var lines: [String] {
        origin + (deployment?.lines ?? []) + table + components.flatMap(remarks) + [verdict]
    }

    private var origin: [String] {
        let seconds = TimeText.seconds(from: summary.startedAt, to: summary.finishedAt)
        let duration = seconds.map { " in \($0) s" } ?? ""
        let before =
            previous ?? (previousDigest == nil ? "none, it is the first" : "no longer here")
        var lines = [
            "snapshot  \(summary.id), number \(seq) of stack \(stack)",
            "taken     \(summary.startedAt)\(duration) on \(host) by \(tool)",
            "tag       \(summary.tag ?? "-"), reason \(summary.reason)",
            "previous  \(before)",
        ]
        if let note = summary.note { lines.append("note      \(note)") }
        let standing = summary.standing
        lines += standing.pinned.map { "pinned    \($0.at): \($0.detail)" }
        lines += standing.verified.suffix(1).map { "verified  \($0.at): \($0.detail)" }
        lines += standing.damaged.map { "DAMAGED   \($0.at): \($0.detail)" }
        return lines
    }

    private var table: [String] {
        var table = TextTable([
            ("COMPONENT", .left), ("STATE", .left), ("FILES", .right), ("FOLDERS", .right),
            ("LINKS", .right), ("DATABASES", .right), ("SIZE", .right), ("CONSISTENCY", .left),
        ])
        for part in components {
            let state =
                part.complete ? "complete" : part.outcome == "failed" ? "FAILED" : "INCOMPLETE"
            let instant = part.instantAt.map { ", \($0)" } ?? ""
            table.add([
                part.name, state, "\(part.files)", "\(part.folders)", "\(part.links)",
                "\(part.databases)", ByteText.text(part.sizeBytes), part.consistency + instant,
            ])
        }
        return table.lines
    }

    private func remarks(_ part: Part) -> [String] {
        var lines: [String] = []
        if let reason = part.consistencyReason {
            lines.append("\(part.name): not at one instant: \(reason)")
        }
        if let elsewhere = part.elsewhere {
            lines.append(
                "\(part.name): \(elsewhere.text) are kept as hashes only: "
                    + "recover manifest \(summary.id) \(part.name) --elsewhere"
            )
        }
        if part.specials > 0 {
            lines.append("\(part.name): \(part.specials) sockets, pipes or devices passed over")
        }
        for problem in part.problems.prefix(Self.problemLimit) {
            let place = problem.path.isEmpty ? "" : "\(problem.path): "
            lines.append("\(part.name): \(place)\(problem.message) [\(problem.code)]")
        }
        if part.problems.count > Self.problemLimit {
            let rest = part.problems.count - Self.problemLimit
            lines.append("\(part.name): and \(rest) more; --json lists them")
        }
        if let parent = part.parent, parent != previous {
            lines.append("\(part.name): compared with \(parent) when it was read")
        }
        return lines
    }

    private var verdict: String {
        let files = components.reduce(0) { $0 + $1.files }
        return "\(summary.state): \(files) files, \(ByteText.text(summary.sizeBytes)), of which "
            + "\(ByteText.text(summary.addedBytes)) were new to the repository"
    }
}
