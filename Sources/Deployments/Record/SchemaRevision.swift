/// The revision of one database's schema, as its own application counts it.
public struct SchemaRevision: Codable, Sendable, Equatable {
    /// The service that holds the database, where that is no file of a component.
    public var service: String?
    /// The component that holds the database; empty where a service does.
    public var component: String
    /// Its path from the component's root; empty for a component of one file.
    public var path: String
    /// SQLite's `user_version`.
    public var userVersion: Int?
    /// What `alembic_version` holds; nil where there is no such table.
    public var alembic: String?
    /// Why it could not be asked, and so is not known; nil where it was.
    public var fault: String?

    enum CodingKeys: String, CodingKey {
        case service, component, path, alembic, fault
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

    /// States what is known of a service before it is asked.
    ///
    /// - Parameter service: The service that holds the database.
    public init(service: String) {
        self.init(component: "", path: "", userVersion: nil, alembic: nil)
        self.service = service
    }

    /// What a revision that could not be asked is called.
    public static let unknown = "unknown"

    /// For people.
    public var text: String {
        if fault != nil { return Self.unknown }
        if let alembic { return alembic }
        if service != nil { return "no revision" }
        return userVersion.map { "user_version \($0)" } ?? Self.unknown
    }

    /// Which database it is of, for people; no two of a stack have the same.
    public var place: String {
        service.map { "service \($0)" } ?? "\(component)/\(path)"
    }
}
