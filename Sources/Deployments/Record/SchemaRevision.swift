/// The revision of one database's schema, as its own application counts it.
public struct SchemaRevision: Codable, Sendable, Equatable {
    /// The component that holds the database.
    public var component: String
    /// Its path from the component's root; empty for a component of one file.
    public var path: String
    /// SQLite's `user_version`.
    public var userVersion: Int?
    /// What `alembic_version` holds; nil where there is no such table.
    public var alembic: String?

    enum CodingKeys: String, CodingKey {
        case component, path, alembic
        case userVersion = "user_version"
    }

    /// States a revision.
    ///
    /// - Parameters:
    ///   - component: The component that holds the database.
    ///   - path: Its path from the component's root.
    ///   - userVersion: SQLite's `user_version`.
    ///   - alembic: What `alembic_version` holds.
    public init(component: String, path: String, userVersion: Int?, alembic: String?) {
        self.component = component
        self.path = path
        self.userVersion = userVersion
        self.alembic = alembic
    }

    /// For people.
    public var text: String {
        alembic ?? userVersion.map { "user_version \($0)" } ?? "unknown"
    }
}
