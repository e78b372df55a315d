/// What a repository is told at its making and never again: `config.json`.
struct RepositorySettings: Codable, Sendable {
    static let currentSchema = "recover-repository/1"
    static let formatLine = "recover-repository 1\n"
    /// Features that this version knows; it refuses a repository that needs another.
    static let knownFeatures: Set<String> = []

    var schema = currentSchema
    var id: String
    var createdAt: String
    var packBytes = 64 << 20
    var metaPackBytes = 4 << 20
    var chunkBytesMax = PackFormat.chunkLimit
    var features: [String] = []
    var digest: String?

    enum CodingKeys: String, CodingKey {
        case schema
        case id
        case createdAt = "created_at"
        case packBytes = "pack_bytes"
        case metaPackBytes = "meta_pack_bytes"
        case chunkBytesMax = "chunk_bytes_max"
        case features
        case digest
    }
}
