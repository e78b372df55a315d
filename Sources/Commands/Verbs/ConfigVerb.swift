internal import Arguments
internal import Files

/// `recover config`: the configuration as it is understood.
enum ConfigVerb: Verb {
    static let description = Command(
        "config",
        "show, check or explain recover.yaml",
        section: "Set up",
        examples: [
            Example("recover config validate", "check the file"),
            Example("recover config show", "every value and where it comes from"),
        ],
        subcommands: [
            Command(
                "show",
                "print the configuration with all defaults",
                discussion: "Behind each value stands where it comes from. Secrets are hidden.",
                examples: [
                    Example("recover config show", "every value and where it comes from"),
                    Example(
                        "recover config show --json | jq .data.configuration.components",
                        "as data"
                    ),
                ]
            ),
            Command(
                "validate",
                "check the configuration and change nothing",
                discussion:
                    "The first word of each message is the place in the file. 78 is invalid.",
                examples: [
                    Example("recover config validate", "check the file found from here"),
                    Example("recover -c new.yaml config validate", "check another one"),
                ]
            ),
            Command(
                "schema",
                "print the JSON Schema of recover.yaml",
                examples: [Example("recover config schema > recover.schema.json", "for an editor")]
            ),
        ]
    )

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        switch context.invocation.path[1] {
        case "show": return try show(context)
        case "validate": return try validate(context)
        default: return schema()
        }
    }

    private struct Shown: Encodable, Sendable {
        var file: String
        var configuration: SchemaJSON
    }

    private static func show(_ context: Context) throws(CommandFailure) -> Report {
        let loaded = try context.configured()
        let data = Shown(file: loaded.path.description, configuration: loaded.value.settings.json)
        var report = Report("config-show", data: data, lines: [])
        report.lines = ConfigurationListing.text(of: loaded.value).split(
            separator: "\n",
            omittingEmptySubsequences: false
        ).dropLast().map(String.init)
        report.isDocument = true
        report.stack = loaded.value.stack
        return report
    }

    private struct Validated: Encodable, Sendable {
        var file: String
        var repository: String
        var components: [String]
        var unsupported: [String]
    }

    private static func validate(_ context: Context) throws(CommandFailure) -> Report {
        let loaded = try context.configured()
        let configuration = loaded.value
        if case .file(let path) = configuration.retention { try checkPolicy(Path(path)) }
        let names = configuration.components.map(\.name)
        let unsupported = configuration.components.filter {
            !BackupPlan.captures($0, configuration)
        }.map(\.name)
        let data = Validated(
            file: loaded.path.description,
            repository: configuration.repository,
            components: names,
            unsupported: unsupported
        )
        var report = Report(
            "config-validate",
            data: data,
            lines: [
                "OK \(loaded.path): stack \(configuration.stack), \(names.count) components "
                    + "(\(names.joined(separator: ", "))), repository \(configuration.repository)"
            ]
        )
        report.stack = configuration.stack
        report.warnings = unsupported.map {
            .init(
                code: "unsupported",
                component: $0,
                message: "this version cannot capture its kind; it is not protected"
            )
        }
        report.warnings += loaded.unprotected.map { .init(code: "unprotected", message: $0) }
        return report
    }

    private static func checkPolicy(_ path: Path) throws(CommandFailure) {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try OpenFile(path, .read).readAll(limitBytes: 1 << 20)
        } catch {
            throw CommandFailure(.configuration, "configuration", "retention: \(error.message)")
        }
        do throws(ConfigurationError) {
            _ = try RetentionPolicyFile.parse(
                bytes: bytes,
                fileName: path.lastComponent.description
            )
        } catch {
            throw CommandFailure(.configuration, "configuration", error.description)
        }
    }

    private struct Schema: Encodable, Sendable {
        var schema: SchemaJSON
    }

    private static func schema() -> Report {
        var report = Report(
            "config-schema",
            data: Schema(schema: ConfigurationJSONSchema.document),
            lines: []
        )
        report.lines = ConfigurationJSONSchema.text.split(separator: "\n").map(String.init)
        report.isDocument = true
        return report
    }
}
