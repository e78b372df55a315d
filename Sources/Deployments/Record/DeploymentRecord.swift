internal import FoundationEssentials

/// What runs at one time: files, variables by name, TAG, images, containers, git, schemas.
///
/// It is kept in every snapshot as `record.json` of the component `deployment`. No value of an
/// env file is in it but those of `FEATURE_…` and of the TAG.
public struct DeploymentRecord: Codable, Sendable, Equatable {
    /// The word in `schema` that this version writes.
    public static let currentSchema = "recover-deployment/1"
    /// The name of the component that holds it.
    public static let componentName = "deployment"
    /// Its file in that component.
    public static let fileName = "record.json"

    /// `recover-deployment/1`.
    public var schema = Self.currentSchema
    /// When it was looked at; RFC 3339.
    public var takenAt: String
    /// The compose program; nil where none answered.
    public var compose: ComposeFlavour?
    /// The engine's version; nil where it did not answer: then nothing is known of containers.
    public var engineVersion: String?
    /// The name of the project; nil where compose did not answer.
    public var project: ComposeProject?
    /// The compose files and overrides, in their order.
    public var files: [File]
    /// The profiles in use.
    public var profiles: [String]
    /// The env file of the stack first, then those that services name.
    public var environmentFiles: [EnvironmentRecord]
    /// Which key the fingerprints were made with; nil where there was none.
    public var fingerprintKeyID: String?
    /// The key of the TAG, and its value.
    public var tag: Tag
    /// Every service that a file describes or a container belongs to, by name.
    public var services: [Service]
    /// The databases of the stack, in files and in Postgres, with the revisions of their schemas.
    public var schemas: [SchemaRevision] = []
    /// The git work tree that the compose files are in; nil where there is none.
    public var git: GitState?
    /// What could not be found out, and why.
    public var problems: [String] = []

    /// A file that was kept as it is.
    public struct File: Codable, Sendable, Equatable {
        /// Where it lies on this machine, absolute.
        public var path: String
        /// Of its content.
        public var sha256: String
        /// Its name in the component; nil where it was not kept.
        public var storedAs: String?

        enum CodingKeys: String, CodingKey {
            case path, sha256
            case storedAs = "stored_as"
        }
    }

    /// The TAG of a deployment.
    public struct Tag: Codable, Sendable, Equatable {
        /// The key of the env file.
        public var key: String
        /// Its value in the env file; nil where it has none.
        public var value: String?
        /// The services whose images are tagged by this key.
        public var services: [String]
        /// The services whose tags stand in a compose file as they are.
        public var literalServices: [String]

        enum CodingKeys: String, CodingKey {
            case key, value, services
            case literalServices = "literal_services"
        }
    }

    enum CodingKeys: String, CodingKey {
        case schema, compose, project, files, profiles, tag, services, schemas, git, problems
        case takenAt = "taken_at"
        case engineVersion = "engine_version"
        case environmentFiles = "environment_files"
        case fingerprintKeyID = "fingerprint_key"
    }

    /// The document, keys sorted, with a line feed.
    public var bytes: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        guard let data = try? encoder.encode(self) else {
            preconditionFailure("plain values always encode")
        }
        return Array(data) + [0x0A]
    }

    /// Reads a document.
    ///
    /// - Parameter bytes: As ``bytes`` gave them; nil comes of anything else, and of a schema that
    ///   this version does not know.
    public init?(_ bytes: [UInt8]) {
        guard let found = try? JSONDecoder().decode(Self.self, from: Data(bytes)),
            found.schema == Self.currentSchema
        else { return nil }
        self = found
    }

    init(takenAt: String, profiles: [String], tag: Tag) {
        self.takenAt = takenAt
        self.profiles = profiles
        self.tag = tag
        files = []
        environmentFiles = []
        services = []
    }

    /// The service of a name.
    ///
    /// - Parameter service: Its name.
    /// - Returns: Nil where it was not there.
    public subscript(service service: String) -> Service? {
        services.first { $0.name == service }
    }
}
