internal import Files
internal import Operations

/// Exit codes that `status --check` shares with the verbs themselves.
private enum Code {
    static let warnings: Int32 = 3
    static let repositoryMissing: Int32 = 10
    static let damaged: Int32 = 20
    static let unfinished: Int32 = 24
    static let stale: Int32 = 27
    static let failed: Int32 = 1
}

extension StackStanding {
    /// All that is wrong, the worst first.
    public var concerns: [Concern] {
        (repositoryConcerns + freshnessConcerns + runConcerns + overdueConcerns + driftConcerns)
            .enumerated()
            .sorted { ($1.element.weight, $0.offset) < ($0.element.weight, $1.offset) }
            .map(\.element)
    }

    /// The worst weight; nil where all is well.
    public var weight: Concern.Weight? { concerns.map(\.weight).max() }

    /// Whether the newest whole snapshot is too old, or there is none.
    public var isStale: Bool { concerns.contains { $0.code == "stale" || $0.code == "no-backup" } }

    /// Whether the newest whole snapshot was seen and is young enough: of a repository that nobody can
    /// read neither is known.
    public var isFresh: Bool { snapshots != nil && !isStale }

    /// How `status --check` ends: 0, the code of the worst concern, or 3 for warnings alone.
    public var exitCode: Int32 { concerns.first?.exitCode ?? 0 }

    private var repositoryConcerns: [Concern] {
        var found: [Concern] = []
        if isRepositoryMissing || snapshots == nil {
            found.append(
                Concern(
                    .critical,
                    "repository",
                    exit: isRepositoryMissing ? Code.repositoryMissing : Code.failed,
                    repositoryFault ?? "the repository cannot be read",
                    next: "recover init makes one; was its disk mounted?"
                )
            )
        }
        if let damaged = snapshots?.damaged, let first = damaged.first {
            let more = damaged.count > 1 ? " and \(damaged.count - 1) more" : ""
            found.append(
                Concern(
                    .critical,
                    "damage",
                    exit: Code.damaged,
                    "known to be damaged: \(first)\(more)",
                    next: "recover repair --dry-run"
                )
            )
        }
        if let first = unfinished.first {
            found.append(
                Concern(
                    .critical,
                    "unfinished",
                    exit: Code.unfinished,
                    "\(first) did not come to its end",
                    next: "recover resume, once recover log has told what it was"
                )
            )
        }
        return found
    }

    private var freshnessConcerns: [Concern] {
        guard let snapshots else { return [] }
        guard let newest = snapshots.newestWhole else {
            return [
                Concern(
                    .critical,
                    "no-backup",
                    exit: Code.stale,
                    "there is no whole snapshot of this stack",
                    next: "recover backup"
                )
            ]
        }
        var found: [Concern] = []
        if ageSeconds(newest) > freshnessSeconds {
            found.append(
                Concern(
                    .critical,
                    "stale",
                    exit: Code.stale,
                    "the newest whole snapshot is \(AgeText.text(ageSeconds(newest))) old, allowed "
                        + "are \(AgeText.text(freshnessSeconds))",
                    next: "recover backup"
                )
            )
        }
        if newest.isOfTheFuture(at: now) {
            found.append(
                Concern(
                    .warning,
                    "clock",
                    exit: Code.warnings,
                    "the newest whole snapshot is of the future: a clock was or is wrong",
                    next: "date; recover list"
                )
            )
        }
        for component in components where !component.isComplete {
            let since = component.lastSuccess.map { "since \($0.rfc3339)" } ?? "so far"
            found.append(
                Concern(
                    .warning,
                    "incomplete",
                    exit: Code.warnings,
                    component: component.name,
                    "no snapshot holds all of \(component.name) \(since)",
                    next: "recover show latest"
                )
            )
        }
        return found
    }

    private var runConcerns: [Concern] {
        operations.compactMap { operation -> Concern? in
            guard let last = operation.last else { return nil }
            switch last.ending {
            case .ok, .skipped: return nil
            case .failed, .reverted:
                let isStuck = last.exitCode == 22
                let what = last.firstError.map { ": \($0)" } ?? ""
                return Concern(
                    isStuck ? .critical : .warning,
                    "\(operation.operation)-\(last.ending.rawValue)",
                    exit: isStuck ? last.exitCode : Code.warnings,
                    component: last.errors.first?.component,
                    "the last \(operation.operation) ended with \(last.exitCode)\(what)",
                    next: last.next ?? "recover log \(last.operation)"
                )
            case .warning:
                // What a restore had to say is no longer true the day after.
                guard let first = last.warnings.first,
                    ["backup", "verify", "prune", "drill", "audit"].contains(operation.operation)
                else { return nil }
                let more = last.warnings.count > 1 ? " and \(last.warnings.count - 1) more" : ""
                return Concern(
                    .warning,
                    first.code,
                    exit: Code.warnings,
                    component: first.component,
                    "the last \(operation.operation) said: \(first.message)\(more)",
                    next: "recover log \(last.operation)"
                )
            }
        }
    }

    /// The next start by hand would run something else.
    private var driftConcerns: [Concern] {
        guard let first = drift.first else { return [] }
        let more = drift.count > 1 ? " and \(drift.count - 1) more" : ""
        return [
            Concern(
                .warning,
                "image-drift",
                exit: Code.warnings,
                "what runs is not what the compose files name: \(first)\(more)",
                next: "recover preflight lists all; name what runs in them before the next up"
            )
        ]
    }

    /// Proofs that are late; of backups the snapshots themselves tell.
    private var overdueConcerns: [Concern] {
        // Nobody proves before there is something; then the first snapshot starts the clock.
        guard let snapshots, snapshots.count > 0 else { return [] }
        let late = proofs.filter {
            $0.isScheduled && $0.isOverdue(at: now, since: snapshots.oldest)
        }
        return ["verify", "drill"].compactMap { verb -> Concern? in
            // The most thorough one stands for those that it includes.
            guard let proof = late.last(where: { $0.kind.verb == verb }) else { return nil }
            return Concern(
                .warning,
                "\(verb)-overdue",
                exit: Code.warnings,
                proof.overdueText(at: now),
                next: proof.kind.command
            )
        }
    }
}

/// Ages for people: two units at most.
public enum AgeText {
    /// An age such as `6 h`, `1 d 7 h` or `12 d`.
    ///
    /// - Parameter seconds: Not negative.
    /// - Returns: The text.
    public static func text(_ seconds: Int) -> String {
        let units = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")]
        guard let index = units.firstIndex(where: { seconds >= $0.0 }) else { return "0 s" }
        let (size, name) = units[index]
        let text = "\(seconds / size) \(name)"
        guard index + 1 < units.count, seconds / size < 10 else { return text }
        let (smaller, smallName) = units[index + 1]
        let rest = seconds % size / smaller
        return rest == 0 ? text : "\(text) \(rest) \(smallName)"
    }
}
