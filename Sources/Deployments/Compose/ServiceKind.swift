/// What a service's image says about its data.
public enum ServiceKind: Equatable, Sendable {
    /// Nothing that is known to keep data in a form of its own.
    case ordinary
    /// A Qdrant.
    case qdrant
    /// A Postgres, whatever it is called.
    case postgres
    /// Another server whose files are whole only while it is stopped.
    case server(String)

    private static let servers: Set<String> = [
        "mysql", "mariadb", "mongo", "redis", "valkey", "keydb", "elasticsearch", "opensearch",
        "clickhouse-server", "milvus", "weaviate", "neo4j", "influxdb", "prometheus", "etcd",
        "rabbitmq", "kafka", "cassandra", "minio", "meilisearch", "vespa", "consul", "loki",
    ]
    private static let postgresMarks = ["postgres", "pgvector", "postgis", "timescaledb"]
    /// What stands beside a Postgres and keeps no data of its own, such as `postgres-exporter`.
    private static let postgresTools: Set<Substring> = ["exporter", "backup", "operator"]

    /// Reads the name of an image.
    ///
    /// - Parameter image: With registry and tag, or without.
    public init(image: String?) {
        let parts = (image ?? "").split(separator: "/").map { $0.lowercased() }
        let repository = String((parts.last ?? "").prefix { $0 != ":" && $0 != "@" })
        let words = repository.split { "-_.".contains($0) }
        let isTool =
            words.first == "postgrest"
            || words.dropFirst().first.map(Self.postgresTools.contains) ?? false
        if repository == "qdrant" {
            self = .qdrant
        } else if Self.postgresMarks.contains(where: repository.hasPrefix), !isTool {
            self = .postgres
        } else if Self.servers.contains(repository) {
            self = .server(repository)
        } else {
            self = .ordinary
        }
    }

    /// Its data in words; nil where files may be taken as they are.
    public var data: String? {
        switch self {
        case .ordinary: nil
        case .qdrant: "data of qdrant"
        case .postgres: "data of postgres"
        case .server(let name): "data of \(name)"
        }
    }
}
