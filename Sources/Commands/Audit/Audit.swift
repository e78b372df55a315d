internal import Arguments
internal import Deduplication
internal import Files
internal import Monitoring
internal import Storage

/// Looks at everything that decides whether a stack comes back; changes nothing but pins.
struct Audit {
    let loaded: LoadedConfiguration
    let context: Context
    let state: StateFolder
    let standing: StackStanding
    var configuration: Configuration { loaded.value }
    private var checked: [String] = []

    init(_ loaded: LoadedConfiguration, _ context: Context) throws(CommandFailure) {
        self.loaded = loaded
        self.context = context
        state = try StateFolder(loaded.value, environment: context.environment)
        standing = StandingSurvey(loaded, context, askingEngine: true).run()
    }

    mutating func run() -> Report {
        var findings = standingFindings
        if standing.snapshots != nil, let repository = try? context.repository() {
            findings += contentFindings(repository)
        }
        findings += verificationFindings
        findings += AuditPlaces(loaded, context, state).findings
        findings += AuditTraps(loaded, context).findings
        checked = ["bytes", "freshness", "verification", "drills", "retention", "places", "traps"]
        if context.invocation.flag("live") { checked.append("live files") }
        return AuditReport(
            findings,
            checked: checked,
            accepted: Set(configuration.acceptedRisks),
            stack: configuration.stack
        ).report
    }

    /// What status says too.
    private var standingFindings: [AuditFinding] {
        standing.concerns.compactMap { concern -> AuditFinding? in
            let weight: AuditFinding.Weight
            switch concern.code {
            case "repository", "no-backup": weight = .fatal
            // An audit that found something is no reason for the next one.
            case let code where code.hasPrefix("audit-"): return nil
            // Said below, of the whole repository.
            case "damage", "verify-overdue", "drill-overdue", "shrunk": return nil
            case "incomplete": weight = .risk
            case let code where code.hasSuffix("-failed") || code.hasSuffix("-reverted"):
                weight = .risk
            // What the last run had to say may be what it says every night.
            default: weight = concern.weight == .critical ? .risk : .note
            }
            return AuditFinding(
                weight,
                concern.code,
                concern.message,
                component: concern.component,
                next: concern.next
            )
        }
    }

    /// What the repository holds: lists, sizes, the chain of snapshots, and what shrank.
    private func contentFindings(_ repository: Repository) -> [AuditFinding] {
        var findings: [AuditFinding] = []
        do throws(RepositoryError) {
            let listed = try repository.listSnapshots()
            let check = RepositoryCheck(
                repository,
                level: .quick,
                cancellation: context.cancellation
            ) { _ in }
            let report = try check.run(listed, isWhole: true)
            let own = try repository.snapshots(of: configuration.stack)
            findings += damageFindings(report, try repository.facts(.damage), own)
            if let newest = own.last(where: { !$0.isImport }) {
                findings += shrinkFindings(repository, newest, own)
            }
            if context.invocation.flag("live"), let newest = own.last(where: { $0.complete }) {
                findings += AuditLive(loaded, context).findings(repository, newest)
            }
            findings += AuditReleases(loaded, context, state).findings(repository, own)
        } catch {
            findings.append(
                AuditFinding(
                    .fatal,
                    "repository",
                    error.message,
                    next: "recover verify --all --level deep"
                )
            )
        }
        return findings
    }

    /// What is damaged; fatal where none of the stack's whole snapshots is left without.
    private func damageFindings(
        _ report: CheckReport,
        _ known: [Fact],
        _ own: [Snapshot]
    ) -> [AuditFinding] {
        var names = report.damage.map {
            "\($0.kind.rawValue) \($0.name): \($0.reasons.first ?? "")"
        }
        names += known.map { "\($0.subject): \($0.detail)" }
        guard let first = names.first else { return [] }
        let more = names.count > 1 ? " and \(names.count - 1) more" : ""
        let touched = Set(report.damage.flatMap(\.touches).map(\.snapshot) + known.map(\.subject))
        let whole = own.filter { $0.complete && $0.scope == "full" && !$0.isImport }
        let isAnyLeft = whole.contains { !touched.contains($0.id.text) }
        return [
            AuditFinding(
                isAnyLeft ? .risk : .fatal,
                "damage",
                "damaged: \(first)\(more)"
                    + (isAnyLeft ? "" : "; no whole snapshot is without damage"),
                next: "recover repair --dry-run"
            )
        ]
    }

    private func shrinkFindings(
        _ repository: Repository,
        _ newest: Snapshot,
        _ own: [Snapshot]
    ) -> [AuditFinding] {
        let check = ShrinkCheck(repository, state)
        let found = check.findings(of: newest, among: own)
        do throws(RepositoryError) {
            try check.pin(found, operation: context.operation)
        } catch {
            context.warn("unpinned", "nothing is pinned: \(error.message)")
        }
        return found.map {
            AuditFinding(
                .risk,
                "shrunk",
                $0.message,
                component: $0.component,
                next: "recover diff \(newest.id)"
            )
        }
    }

    /// What was proven, and when; an untried backup is a hope.
    private var verificationFindings: [AuditFinding] {
        guard let snapshots = standing.snapshots, snapshots.count > 0 else { return [] }
        var findings = overdueFindings(snapshots)
        if snapshots.newestVerified == nil {
            findings.append(
                AuditFinding(
                    .risk,
                    "unverified",
                    "no snapshot was ever verified",
                    next: "recover verify --all"
                )
            )
        }
        let floor = 3
        if snapshots.newestVerified != nil, snapshots.verifiedCount < floor,
            snapshots.count >= floor
        {
            findings.append(
                AuditFinding(
                    .note,
                    "few-verified",
                    "only \(snapshots.verifiedCount) of \(snapshots.count) snapshots are verified; "
                        + "retention keeps the newest \(floor)",
                    next: "recover verify --all"
                )
            )
        }
        return findings
    }

    /// Proofs that the configuration wants and that are too old, or were never had.
    private func overdueFindings(_ snapshots: StackStanding.Snapshots) -> [AuditFinding] {
        let wanted = standing.proofs.filter(\.isWanted)
        let late = wanted.filter { $0.isOverdue(at: standing.now, since: snapshots.oldest) }
        var findings = late.filter { $0.kind != .drill }.suffix(1).map { proof in
            AuditFinding(
                .risk,
                "verify-overdue",
                proof.overdueText(at: standing.now),
                next: proof.kind.command
            )
        }
        // Everything may have been proven, and long before the newest snapshot was made.
        if findings.isEmpty, let newest = snapshots.newestVerified,
            let full = wanted.first(where: { $0.kind == .full }),
            standing.ageSeconds(newest) > full.limitSeconds + full.slotSeconds
        {
            findings.append(
                AuditFinding(
                    .risk,
                    "verify-overdue",
                    "the newest verified snapshot is \(AgeText.text(standing.ageSeconds(newest))) old",
                    next: "recover verify --all"
                )
            )
        }
        guard let drill = wanted.first(where: { $0.kind == .drill }) else { return findings }
        if drill.last == nil {
            findings.append(
                AuditFinding(
                    .risk,
                    "no-drill",
                    "no restore was ever practised",
                    next: drill.kind.command
                )
            )
        } else if late.contains(drill) {
            findings.append(
                AuditFinding(
                    .risk,
                    "drill-overdue",
                    drill.overdueText(at: standing.now),
                    next: drill.kind.command
                )
            )
        }
        return findings
    }
}
