internal import Arguments
internal import Deduplication
internal import Files

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
        ]
    )

    static func isRecorded(_ invocation: Invocation) -> Bool { true }

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        let isWhole = context.invocation.flag("all")
        if isWhole, context.invocation.positional("SNAPSHOT") != nil {
            throw CommandFailure(.usage, "usage", "name a snapshot, or --all, not both")
        }
        let repository = try context.repository()
        let listed = try querying { () throws(RepositoryError) in try repository.listSnapshots() }
        let chosen = isWhole ? listed : try choose(from: listed, repository, context)
        let level: CheckLevel = context.invocation.choice("level") ?? .full
        context.console.phase("verifying \(repository.place), \(level.rawValue)")
        let progress = CheckProgress(context.console)
        let (startedAt, watch) = (Moment.now, Stopwatch())
        let check = RepositoryCheck(repository, level: level, cancellation: context.cancellation) {
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
        return report
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
