internal import Arguments
internal import Storage

/// `recover init`: finds a stack, writes its configuration, and makes the repository.
enum InitVerb: Verb {
    static let description = Command(
        "init",
        "find the stack here, write recover.yaml, make the repository",
        section: "Set up",
        discussion: """
            Reads the compose files here and in docker/, the env file, and what lies below the \
            bind mounts and ./data, and writes the smallest recover.yaml for it. What it finds \
            and cannot protect is listed at the file's end, and again by every backup. A \
            recover.yaml that is here already is kept.
            """,
        examples: [
            Example("recover init", "in the folder of the compose file"),
            Example("recover init --dry-run", "see what it would write"),
            Example("recover init --repository /mnt/nas/recover/ai-suite", "on another disk"),
        ],
        options: [
            .value("stack", "NAME", "What the stack is called; else as compose calls it."),
            .value(
                "repository",
                "DIR",
                "Where snapshots go.",
                kind: .folder,
                default: "/srv/recover/STACK for root, else recover-repository beside the file"
            ),
            .value(
                "compose",
                "FILE",
                "The compose file in use; may be given several times.",
                kind: .file,
                repeatable: true
            ),
        ]
    )

    struct Result: Encodable, Sendable {
        struct Part: Encodable, Sendable {
            var name: String
            var path: String
        }

        struct FileSystem: Encodable, Sendable {
            /// Whether each thing works, by its name.
            var abilities: [String: Bool]
            var availableBytes: UInt64

            init(_ probe: StoreProbe) {
                abilities = [:]
                for ability in StoreProbe.Ability.allCases {
                    abilities[ability.key] = probe.missing[ability] == nil
                }
                availableBytes = probe.availableBytes
            }

            enum CodingKeys: String, CodingKey {
                case abilities
                case availableBytes = "available_bytes"
            }
        }

        var configuration: String
        var configurationIsNew: Bool
        var repository: String
        /// Nil for a dry run, which does not look.
        var repositoryIsNew: Bool?
        var fileSystem: FileSystem?
        var composeFiles: [String]
        var otherComposeFiles: [String]
        var environmentFile: String?
        var components: [Part]
        var unprotected: [String]
        /// What servers said that were asked who they are.
        var answers: [String]
        var readOnlyElsewhere: [String]
        /// For a dry run: the file that would be written.
        var text: String?

        enum CodingKeys: String, CodingKey {
            case configuration, repository, components, unprotected, answers, text
            case configurationIsNew = "configuration_is_new"
            case repositoryIsNew = "repository_is_new"
            case fileSystem = "file_system"
            case composeFiles = "compose_files"
            case otherComposeFiles = "other_compose_files"
            case environmentFile = "env_file"
            case readOnlyElsewhere = "read_only_elsewhere"
        }
    }

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        try InitOperation(context).run()
    }
}
