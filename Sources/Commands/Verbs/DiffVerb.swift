internal import Arguments
internal import Deduplication

/// `recover diff`: what changed between two snapshots.
enum DiffVerb: Verb {
    static let description = Command(
        "diff",
        "show what changed between two snapshots",
        section: "Look",
        discussion: """
            + is added, - removed, ~ changed, m another mode, owner or attribute. Times alone \
            are no change. Of a database, the tables whose rows changed are named with their \
            rows before and after. Of what ran, images, flags, the TAG and, by name alone, \
            keys of env files with another value.
            """,
        examples: [
            Example("recover diff 20260113", "from the one of that day to the newest"),
            Example("recover diff latest:2026.01.13 latest:2026.01.14", "between two releases"),
            Example("recover diff 20260113 --json | jq .data.components", "every change, in full"),
        ],
        positionals: [
            Positional(
                "A",
                .required,
                "The earlier snapshot: an id, a beginning, latest or latest:TAG.",
                kind: .listed(by: "recover list --ids")
            ),
            Positional(
                "B",
                .optional,
                "The later one; the newest when left out.",
                kind: .listed(by: "recover list --ids")
            ),
        ]
    )

    private static let shownChanges = 20

    struct Result: Encodable, Sendable {
        struct Side: Encodable, Sendable {
            var id: String
            var tag: String?
            var startedAt: String
            var complete: Bool

            enum CodingKeys: String, CodingKey {
                case id, tag, complete
                case startedAt = "started_at"
            }

            init(_ snapshot: Snapshot) {
                id = snapshot.id.text
                tag = snapshot.tag
                startedAt = snapshot.startedAt
                complete = snapshot.complete
            }

            var line: String {
                "\(id)  \(TimeText.short(startedAt))" + (tag.map { "  \($0)" } ?? "")
            }
        }

        var before: Side
        var after: Side
        var isSame: Bool
        var components: [ComponentDifference]
        /// Nil where one of them does not say what ran.
        var deployment: DeploymentDifference?

        enum CodingKeys: String, CodingKey {
            case before, after, components, deployment
            case isSame = "same"
        }
    }

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        let repository = try context.repository()
        guard let first = context.invocation.positional("A") else {
            preconditionFailure("the parser demands it")
        }
        let before = try context.snapshot(first, in: repository)
        let after = try context.snapshot(
            context.invocation.positional("B") ?? "latest",
            in: repository
        )
        let limit = context.console.isJSON ? Int.max : shownChanges
        let components = try SnapshotComparison(repository, before, after, context, limit: limit)
            .run()
        var deployment: DeploymentDifference?
        if let old = try repository.deployment(of: before),
            let new = try repository.deployment(of: after)
        {
            deployment = DeploymentDifference(old, new)
        }
        let result = Result(
            before: .init(before),
            after: .init(after),
            isSame: components.allSatisfy(\.isSame),
            components: components,
            deployment: deployment
        )
        var report = Report("diff", data: result, lines: lines(result))
        report.stack = after.stack
        return report
    }

    private static func lines(_ result: Result) -> [String] {
        let components = result.components
        var lines = ["from  \(result.before.line)", "to    \(result.after.line)"]
        lines += components.flatMap(\.lines) + (result.deployment?.lines ?? [])
        if result.isSame { return lines + ["no difference"] }
        func total(_ count: (ComponentDifference) -> Int) -> Int {
            components.reduce(0) { $0 + count($1) }
        }
        let metadata = total { $0.metadata }
        lines.append(
            "\(total { $0.added }) added, \(total { $0.removed }) removed, "
                + "\(total { $0.changed }) changed"
                + (metadata > 0 ? ", \(metadata) with another mode, owner or attribute" : "")
                + "; \(components.filter { !$0.isSame }.count) of \(components.count) components differ"
        )
        return lines
    }
}
