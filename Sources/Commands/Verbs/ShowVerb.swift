internal import Arguments
internal import Deduplication
internal import Deployments
internal import Files

/// `recover show`: one snapshot and how it came about.
enum ShowVerb: Verb {
    static let description = Command(
        "show",
        "explain one snapshot",
        section: "Look",
        discussion: """
            CONSISTENCY says how the databases of a component hang together: barrier is one \
            instant for all of them, per-database an instant for each, with the reason.
            """,
        examples: [
            Example("recover show", "the newest snapshot"),
            Example("recover show latest:2026.01.14", "the newest of a TAG"),
            Example(
                "recover show latest --stored-config > recover.yaml",
                "the configuration as it was then"
            ),
        ],
        positionals: [RecoverProgram.snapshotPositional],
        options: [.flag("stored-config", "Print the recover.yaml that the snapshot holds.")]
    )

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        let repository = try context.repository()
        let snapshot = try context.snapshot(in: repository)
        if context.invocation.flag("stored-config") {
            return try configuration(of: snapshot, in: repository, context)
        }
        let standing = try SnapshotStandings(repository)[snapshot.id]
        let previous = try querying { () throws(RepositoryError) in
            try repository.predecessor(of: snapshot)
        }
        var deployment: DeploymentRecord?
        do throws(CommandFailure) {
            deployment = try repository.deployment(of: snapshot)
        } catch {
            // The rest of it can be told all the same.
            context.warn(error.code, error.message)
        }
        let details = SnapshotDetails(
            snapshot,
            previous: previous?.id.text,
            standing,
            deployment: deployment
        )
        var report = Report("show", data: details, lines: details.lines)
        report.stack = snapshot.stack
        return report
    }

    struct StoredConfiguration: Encodable, Sendable {
        var snapshot: String
        var configuration: String
    }

    private static func configuration(
        of snapshot: Snapshot,
        in repository: Repository,
        _ context: Context
    ) throws(CommandFailure) -> Report {
        let bytes = try querying { () throws(RepositoryError) in
            try repository.configuration(of: snapshot)
        }
        guard let bytes else {
            throw CommandFailure(
                .notFound,
                "no-stored-configuration",
                "snapshot \(snapshot.id) holds no recover.yaml"
            )
        }
        if !context.console.isJSON {
            var output = DataOutput()
            try output.write(bytes)
            try output.flush()
        }
        let stored = StoredConfiguration(
            snapshot: snapshot.id.text,
            configuration: String(decoding: bytes, as: UTF8.self)
        )
        var report = Report("show", data: stored, lines: [])
        report.stack = snapshot.stack
        return report
    }
}
