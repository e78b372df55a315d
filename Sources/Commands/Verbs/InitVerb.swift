internal import Arguments
internal import Deduplication
internal import Files
internal import Storage

/// `recover init`: writes a configuration where there is none, and makes the repository.
enum InitVerb: Verb {
    static let description = Command(
        "init", "find the stack here, write recover.yaml, make the repository", section: "Set up",
        examples: [Example("recover init", "in the folder of the compose file")],
        options: [])

    struct Result: Encodable, Sendable {
        var configuration: String
        var repository: String
        var isNew: Bool

        enum CodingKeys: String, CodingKey {
            case configuration, repository
            case isNew = "is_new"
        }
    }

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        let loaded = try context.configured()
        let isNew = try RepositoryMaking.make(Path(loaded.value.repository))
        let result = Result(
            configuration: loaded.path.description, repository: loaded.value.repository,
            isNew: isNew)
        return Report(
            "init", data: result,
            lines: ["repository \(loaded.value.repository): \(isNew ? "made" : "there already")"])
    }
}
