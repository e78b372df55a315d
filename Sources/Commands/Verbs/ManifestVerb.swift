internal import Arguments
internal import Deduplication
internal import Files
internal import Manifests

/// `recover manifest`: the SHA-256 of every file, as `sha256sum` checks it.
enum ManifestVerb: Verb {
    static let description = Command(
        "manifest",
        "print the SHA-256 of every file in a snapshot",
        section: "Look",
        discussion: """
            The lines are those of sha256sum, with paths as restore --to writes them. Of a \
            database it is the digest of the copy that the snapshot holds.
            """,
        examples: [
            Example("recover manifest latest > SHA256SUMS", "the newest snapshot"),
            Example(
                "recover manifest latest memory | (cd /tmp/look && sha256sum --quiet -c)",
                "check one component of a restored folder"
            ),
        ],
        positionals: [RecoverProgram.snapshotPositional, RecoverProgram.componentsPositional],
        options: [
            .flag(
                "elsewhere",
                "Only files whose content is not kept and must be fetched elsewhere."
            )
        ]
    )

    struct Result: Encodable, Sendable {
        struct File: Encodable, Sendable {
            var component: String
            var path: PathText
            var digest: String
            var sizeBytes: UInt64
            var isElsewhere: Bool

            private enum CodingKeys: String, CodingKey {
                case component
                case isElsewhere = "elsewhere"
                case digest = "sha256"
                case sizeBytes = "size_bytes"
            }

            func encode(to encoder: any Encoder) throws {
                try path.encode(to: encoder)
                var container = encoder.container(keyedBy: CodingKeys.self)
                try container.encode(component, forKey: .component)
                try container.encode(digest, forKey: .digest)
                try container.encode(sizeBytes, forKey: .sizeBytes)
                try container.encode(isElsewhere, forKey: .isElsewhere)
            }
        }

        var snapshot: String
        var files: [File] = []
    }

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        let repository = try context.repository()
        let snapshot = try context.snapshot(in: repository)
        let names = try SnapshotChoice.components(
            context.invocation.positionals("COMPONENT"),
            of: snapshot
        )
        var result = Result(snapshot: snapshot.id.text)
        var output = DataOutput()
        for name in names {
            if output.isClosed { break }
            try read(name, of: snapshot, repository, context) {
                (entry, line) throws(CommandFailure) in
                if context.console.isJSON {
                    result.files.append(
                        .init(
                            component: name,
                            path: PathText(entry.path),
                            digest: line.hexDigest,
                            sizeBytes: entry.sizeBytes,
                            isElsewhere: entry.isElsewhere
                        )
                    )
                } else {
                    try output.write(line.bytes)
                }
                return !output.isClosed
            }
        }
        try output.flush()
        var report = Report("manifest", data: result, lines: [])
        report.stack = snapshot.stack
        report.warnings = warnings(names, snapshot)
        return report
    }

    /// Goes through the files of a component until `take` returns false.
    private static func read(
        _ name: String,
        of snapshot: Snapshot,
        _ repository: Repository,
        _ context: Context,
        take: (FileEntry, ChecksumLine) throws(CommandFailure) -> Bool
    ) throws(CommandFailure) {
        guard let component = snapshot.components[name] else {
            preconditionFailure("the names were taken from the snapshot")
        }
        let onlyElsewhere = context.invocation.flag("elsewhere")
        var tree = try querying { () throws(RepositoryError) in
            try repository.tree(component, name: name)
        }
        while let entry = try querying({ () throws(RepositoryError) in try tree.next() }) {
            if context.cancellation.isRaised {
                throw CommandFailure(.interrupted, "stopped", "the manifest is cut short")
            }
            guard let digest = entry.digest, entry.isElsewhere || !onlyElsewhere else { continue }
            let line = ChecksumLine(digest: digest, path: Path(name).appending(entry.path))
            if try !take(entry, line) { return }
        }
    }

    private static func warnings(_ names: [String], _ snapshot: Snapshot) -> [Report.Warning] {
        names.filter { snapshot.components[$0]?.complete == false }.map {
            .init(
                code: "incomplete",
                component: $0,
                message: "the snapshot does not hold all of it"
            )
        }
    }
}
