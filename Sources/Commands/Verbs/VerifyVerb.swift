internal import Arguments
internal import Deduplication
internal import Files
internal import Monitoring
internal import Operations

/// `recover verify`: checks what the repository holds.
enum VerifyVerb: Verb {
    static let description = Command(
        "verify",
        "prove that what was kept is whole",
        section: "Protect",
        discussion: """
            quick reads documents, manifests, lists and sizes; full also compares the stored \
            bytes of every pack with its sums; deep decompresses everything and proves every \
            chunk and every file. Damage is named with every file that it touches, exit code 20. \
            Each snapshot that passes gets a receipt, damage is noted, so that the next backup \
            writes anew what it can; with --dry-run neither.
            """,
        examples: [
            Example("recover verify", "the newest snapshot against the sums of its packs"),
            Example("recover verify --all --level deep", "prove that every byte comes back"),
            Example("recover verify latest:2026.01.14 --level quick", "the newest of one TAG"),
            Example("recover verify --budget 15m", "for so long what was verified longest ago"),
        ],
        positionals: [RecoverProgram.snapshotPositional],
        options: [
            .flag("all", "Every snapshot, and every pack."),
            .value(
                "level",
                "LEVEL",
                "How thorough to be.",
                kind: .choice(CheckLevel.allCases.map(\.rawValue)),
                default: "full"
            ),
            .value(
                "budget",
                "LIMIT",
                "A time such as 15m, or a size such as 10GB, for packs verified longest ago."
            ),
        ]
    )

    static func isRecorded(_ invocation: Invocation) -> Bool { true }

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        let provenSince = try context.configured().value.provenSince(.now)
        let budget = try budget(context, provenSince)
        let isWhole = context.invocation.flag("all") || budget != nil
        if isWhole, context.invocation.positional("SNAPSHOT") != nil {
            throw CommandFailure(.usage, "usage", "name a snapshot, or --all or --budget, not both")
        }
        // Noted first: also a run that fails early was one for everything.
        if isWhole { context.facts.figures[Proof.wholeFigure] = 1 }
        let repository = try context.repository()
        let listed = try querying { () throws(RepositoryError) in try repository.listSnapshots() }
        let chosen = isWhole ? listed : try choose(from: listed, repository, context)
        let level: CheckLevel = context.invocation.choice("level") ?? .full
        context.console.phase("verifying \(repository.place), \(level.rawValue)")
        let progress = CheckProgress(context.console)
        let (startedAt, watch) = (Moment.now, Stopwatch())
        let check = RepositoryCheck(
            repository,
            level: level,
            budget: budget,
            cancellation: context.cancellation
        ) {
            progress.take($0)
        }
        let outcome = try querying { () throws(RepositoryError) in
            try check.run(chosen, isWhole: isWhole)
        }
        progress.finish()
        var report = CheckRendering(outcome, seconds: watch.seconds).report
        report.stack = context.loadedStack
        if !context.invocation.flag("dry-run") {
            do throws(RepositoryError) {
                try repository.record(outcome, operation: "verify-\(startedAt.compactUTC)")
            } catch {
                report.warnings.append(
                    .init(code: "unrecorded", message: "the outcome is not kept: \(error.message)")
                )
            }
        }
        if isWhole {
            let isCovered = try addCoverage(repository, since: provenSince, budget, to: &report)
            note(level, budget == nil || isCovered, context)
        }
        return report
    }

    /// How much may be read; a proof of whole files knows no end before the last.
    private static func budget(
        _ context: Context,
        _ since: Moment
    ) throws(CommandFailure) -> CheckBudget? {
        guard let text = context.invocation.string("budget") else { return nil }
        if context.invocation.string("level") == CheckLevel.deep.rawValue {
            let message = "--budget is for packs, level full; deep proves whole files"
            throw CommandFailure(.usage, "usage", message)
        }
        if let seconds = Quantity.durationSeconds(text) {
            return CheckBudget(bytes: nil, seconds: Double(seconds), provenSince: since)
        }
        if let bytes = Quantity.sizeBytes(text) {
            return CheckBudget(bytes: UInt64(bytes), seconds: nil, provenSince: since)
        }
        let message = "--budget takes a time such as 15m or a size such as 10GB, not \(text)"
        throw CommandFailure(.usage, "usage", message)
    }

    /// Notes for later nights what this run proves of everything, should it succeed.
    private static func note(_ level: CheckLevel, _ isCovered: Bool, _ context: Context) {
        context.facts.figures[Proof.Kind.quick.figure] = 1
        if level == .quick || !isCovered { return }
        context.facts.figures[Proof.Kind.full.figure] = 1
        if level == .deep { context.facts.figures[Proof.Kind.deep.figure] = 1 }
    }

    /// Says how much of the repository was proven not too long ago.
    ///
    /// - Returns: Whether that is all of it.
    private static func addCoverage(
        _ repository: Repository,
        since: Moment,
        _ budget: CheckBudget?,
        to report: inout Report
    ) throws(CommandFailure) -> Bool {
        let coverage = try querying { () throws(RepositoryError) in
            try repository.coverage(since: since)
        }
        let span = AgeText.text(Int(Moment.now.secondsSince1970 - since.secondsSince1970))
        let share = "\(coverage.coveredPacks) of \(coverage.packs) packs"
        let text = "\(share) were verified within \(span)"
        report.lines.insert(text, at: max(0, report.lines.count - 1))
        let isCovered = coverage.coveredPacks == coverage.packs
        if budget != nil, !isCovered {
            report.warnings.append(.init(code: "coverage", message: text))
        }
        return isCovered
    }

    /// The snapshot that is asked for, and every document that cannot be read: any of these
    /// may be the one that is meant.
    private static func choose(
        from listed: [Repository.Listed],
        _ repository: Repository,
        _ context: Context
    ) throws(CommandFailure) -> [Repository.Listed] {
        let unreadable = listed.filter { item in
            guard case .unreadable = item else { return false }
            return true
        }
        do throws(CommandFailure) {
            return [.snapshot(try context.snapshot(in: repository))] + unreadable
        } catch {
            guard error.status == .notFound, !unreadable.isEmpty else { throw error }
            return unreadable
        }
    }
}
