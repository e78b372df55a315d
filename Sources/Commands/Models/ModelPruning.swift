internal import Arguments
internal import Models

/// `recover models prune`: removes old versions.
struct ModelPruning {
    static let description = Command(
        "prune",
        "remove old versions that nothing leans on",
        discussion: """
            Never goes: the version in use, the last good one, one that a pinned snapshot or any \
            link of the folder names, and one that is not ready.
            """,
        examples: [
            Example(
                "recover models prune --keep 5 --dry-run",
                "what would go, and why the rest stays"
            ),
            Example("recover models prune --keep 5 --yes", "remove it"),
        ],
        options: [.value("keep", "N", "How many of the newest stay.", default: "5")]
    )

    struct Result: Encodable, Sendable {
        struct Decision: Encodable, Sendable {
            var version: String
            var kept: Bool
            var reason: String
            var sizeBytes: UInt64

            enum CodingKeys: String, CodingKey {
                case version
                case kept
                case reason
                case sizeBytes = "size_bytes"
            }
        }

        var decisions: [Decision]
        var freedBytes: UInt64

        enum CodingKeys: String, CodingKey {
            case decisions
            case freedBytes = "freed_bytes"
        }
    }

    private let place: ModelPlace
    private let context: Context

    init(_ place: ModelPlace, _ context: Context) {
        self.place = place
        self.context = context
    }

    func run() throws(CommandFailure) -> Report {
        guard let keep = Int(context.invocation.string("keep") ?? "5"), keep >= 1 else {
            throw CommandFailure(.usage, "usage", "--keep takes a number of 1 or more")
        }
        let pins = place.pins(context)
        if let problem = pins.problem {
            // What is pinned is not known: then nothing may go.
            throw CommandFailure(
                .failed,
                "pins",
                "which versions are pinned cannot be known: \(problem)"
            )
        }
        let pruning = Pruning(
            place.folder,
            lockWaitSeconds: try context.lockWaitSeconds(),
            cancellation: context.cancellation
        )
        let plan = try modelling { () throws(ModelError) in
            try pruning.plan(keep: keep, pinned: pins.reasons)
        }
        let going = plan.filter { !$0.isKept }
        if context.invocation.flag("dry-run") { return report(plan, pins, isDone: false) }
        guard !going.isEmpty else { return report(plan, pins, isDone: true) }
        try Confirmation.ask("remove \(going.count) of \(plan.count) versions", context)
        let done = try modelling { () throws(ModelError) in
            try pruning.run(keep: keep, pinned: pins.reasons) { version in
                context.console.phase("removed \(version.name)")
            }
        }
        var report = report(done.decisions, pins, isDone: true)
        report.warnings += [Report.Warning(unnoted: done.unnoted)].compactMap { $0 }
        report.warnings += done.leftovers.map { .init(leftover: $0) }
        return report
    }

    private func report(
        _ decisions: [Pruning.Decision],
        _ pins: ModelPlace.Pins,
        isDone: Bool
    ) -> Report {
        let freed = decisions.filter { !$0.isKept }.reduce(0) { $0 + $1.version.sizeBytes }
        let shown = decisions.map {
            Result.Decision(
                version: $0.version.name,
                kept: $0.isKept,
                reason: $0.reason,
                sizeBytes: $0.version.sizeBytes
            )
        }
        let gone = isDone ? "removed" : "would remove"
        var lines = shown.map { "\($0.kept ? "keep" : gone)  \($0.version): \($0.reason)" }
        lines.append(
            isDone
                ? "OK \(ByteText.text(freed)) freed"
                : "Nothing was done: this was a dry run. It would free \(ByteText.text(freed))."
        )
        var report = Report(
            "models-prune",
            data: Result(decisions: shown, freedBytes: isDone ? freed : 0),
            lines: lines
        )
        if let why = pins.unasked {
            report.warnings.append(
                .init(code: "pins", message: "pinned snapshots were not asked: \(why)")
            )
        }
        return report
    }
}
