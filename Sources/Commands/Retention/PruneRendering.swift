internal import Calendars
internal import Deduplication
internal import Retention

/// Shows what becomes of snapshots, and what that frees.
struct PruneRendering {
    /// One snapshot and the decision about it.
    struct Line: Encodable, Sendable {
        struct Cause: Encodable, Sendable {
            var rule: String
            var text: String
        }

        var id: String
        var seq: Int
        var startedAt: String
        var reason: String
        var tag: String?
        var kept: Bool
        var causes: [Cause]

        enum CodingKeys: String, CodingKey {
            case id, seq, reason, tag, kept, causes
            case startedAt = "started_at"
        }
    }

    /// What happens to packs.
    struct Packs: Encodable, Sendable {
        var condemned: Int
        var condemnedBytes: UInt64
        var deleted: Int
        var freedBytes: UInt64
        var spared: Int
        var copied: Int
        var copiedBytes: UInt64
        var waiting: Int
        var waitingBytes: UInt64
        var blockedLists: Int

        enum CodingKeys: String, CodingKey {
            case condemned, deleted, spared, copied, waiting
            case condemnedBytes = "condemned_bytes"
            case freedBytes = "freed_bytes"
            case copiedBytes = "copied_bytes"
            case waitingBytes = "waiting_bytes"
            case blockedLists = "blocked_lists"
        }

        init(_ report: CollectionReport) {
            condemned = report.condemnedPacks
            condemnedBytes = report.condemnedBytes
            deleted = report.deletedPacks
            freedBytes = report.freedBytes
            spared = report.sparedPacks
            copied = report.repackedPacks
            copiedBytes = report.repackedBytes
            waiting = report.waitingPacks
            waitingBytes = report.waitingBytes
            blockedLists = report.blockedLists
        }
    }

    struct Result: Encodable, Sendable {
        var isDryRun: Bool
        var snapshots: [Line]
        var packs: Packs

        enum CodingKeys: String, CodingKey {
            case snapshots, packs
            case isDryRun = "dry_run"
        }
    }

    struct Explained: Encodable, Sendable {
        var zone: String
        var snapshots: [Line]
    }

    private let keeping: Keeping
    private let stack: String

    init(_ keeping: Keeping, stack: String) {
        self.keeping = keeping
        self.stack = stack
    }

    private var lines: [Line] {
        zip(keeping.snapshots, keeping.decisions).map { snapshot, decision in
            Line(
                id: snapshot.id.text,
                seq: snapshot.seq,
                startedAt: snapshot.startedAt,
                reason: snapshot.reason,
                tag: snapshot.tag,
                kept: decision.isKept,
                causes: decision.causes.map { .init(rule: $0.rule, text: $0.text) }
            )
        }
    }

    /// Every snapshot, the newest last, with all that keeps it.
    private func table(_ word: String) -> [String] {
        var table = TextTable([
            ("", .left), ("SNAPSHOT", .left), ("TIME", .left), ("TAG", .left), ("REASON", .left),
            ("WHY", .left),
        ])
        for line in lines.reversed() {
            let causes = line.causes.map { $0.rule == "none" ? $0.text : "\($0.rule) (\($0.text))" }
            table.add([
                line.kept ? "keep" : word, line.id, TimeText.short(line.startedAt),
                line.tag ?? "-", line.reason, causes.joined(separator: "; "),
            ])
        }
        return keeping.snapshots.isEmpty ? [] : table.lines
    }

    private var countText: String {
        let going = keeping.going.count
        return "\(keeping.decisions.count - going) of \(keeping.decisions.count) snapshots stay"
    }

    /// The decisions alone.
    func explanation() -> Report {
        let data = Explained(zone: keeping.zone.name, snapshots: lines)
        var report = Report("retention-explain", data: data, lines: table("go"))
        report.stack = stack
        report.lines.append("\(countText), by the calendar of \(keeping.zone.name)")
        return report
    }

    /// What would be done.
    ///
    /// - Parameters:
    ///   - collection: What would become of packs.
    ///   - isNow: Whether nothing would wait.
    /// - Returns: The report.
    func plan(_ collection: CollectionReport, isNow: Bool) -> Report {
        let aside = ByteText.text(collection.condemnedBytes)
        let data = Result(isDryRun: true, snapshots: lines, packs: Packs(collection))
        var report = Report("prune", data: data, lines: table("forget"))
        report.stack = stack
        report.lines += [
            countText,
            "would delete \(collection.deletedPacks) packs that have waited, "
                + "\(ByteText.text(collection.freedBytes))",
            "would copy \(ByteText.text(collection.repackedBytes)) out of "
                + "\(collection.repackedPacks) packs",
            "Nothing was done: this was a dry run. It would "
                + (isNow
                    ? "also delete \(aside) at once, without undelete."
                    : "put \(aside) aside for \(keeping.policy.trashDays) days."),
        ]
        warn(collection, isNow, &report)
        return report
    }

    /// What was done.
    func outcome(
        _ collection: CollectionReport,
        _ operation: String,
        isNow: Bool
    ) -> Report {
        let data = Result(isDryRun: false, snapshots: lines, packs: Packs(collection))
        let going = keeping.going
        var lines = going.prefix(20).map { "forgot \($0.snapshot.id): \($0.why)" }
        if going.count > 20 { lines.append("and \(going.count - 20) more; --json lists all") }
        if collection.repackedPacks > 0 {
            lines.append(
                "copied \(ByteText.text(collection.repackedBytes)) out of "
                    + "\(collection.repackedPacks) packs"
            )
        }
        var report = Report("prune", data: data, lines: lines)
        report.stack = stack
        report.operation = operation
        report.lines.append(
            "OK prune \(stack): \(countText), \(ByteText.text(collection.freedBytes)) freed, "
                + "\(ByteText.text(collection.waitingBytes)) wait"
        )
        warn(collection, isNow, &report)
        return report
    }

    private func warn(_ collection: CollectionReport, _ isNow: Bool, _ report: inout Report) {
        if collection.blockedLists > 0 {
            let text =
                "\(collection.blockedLists) lists of unneeded packs must wait for a run beside this one"
            report.warnings.append(.init(code: "blocked", message: text))
        }
        guard isNow, !collection.runsBeside.isEmpty else { return }
        let text =
            "what is not needed could not all go beside \(collection.runsBeside.joined(separator: ", ")): "
            + "once that has ended, or its file in sessions/ of the repository is deleted because it is "
            + "dead, run it again"
        report.warnings.append(.init(code: "beside", message: text))
    }
}
