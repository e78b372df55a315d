internal import Deployments

/// A database that a service's environment names by its path inside the container.
struct DatabaseReference: Sendable, Equatable {
    let service: String
    /// The variable, such as `SECURITY_DB_PATH`.
    let key: String
    let residence: ComposeService.Residence

    /// Whether it is the database of users and roles.
    var isSecurity: Bool {
        key.uppercased().contains("SECURITY") || key.uppercased().contains("RBAC")
    }

    private static let keyEndings = ["DB_PATH", "DATABASE_PATH", "SQLITE_PATH", "DB_FILE"]
    private static let fileEndings = [".db", ".db3", ".sqlite", ".sqlite3"]

    /// Finds the references of a service.
    ///
    /// - Parameter service: With its environment and mounts.
    /// - Returns: In order of key; what cannot be followed to a place is left out.
    static func all(of service: ComposeService) -> [DatabaseReference] {
        service.environment.sorted { $0.key < $1.key }.compactMap { key, value in
            let places = paths(key, value).compactMap(service.residence)
            // A path that no mount holds is only believed where no other reading is mounted.
            guard let residence = places.first(where: { $0 != .container }) ?? places.first else {
                return nil
            }
            return DatabaseReference(service: service.name, key: key, residence: residence)
        }
    }

    /// The paths that a value may mean; none where it is no path of a database.
    static func paths(_ key: String, _ value: String) -> [String] {
        let plain = String(value.prefix { $0 != "?" })
        if let rest = plain.behind("file:") { return isDatabase(rest) ? [rest] : [] }
        if plain.hasPrefix("sqlite"), let mark = plain.firstIndex(of: ":") {
            guard let rest = String(plain[mark...]).behind(":///"), !rest.isEmpty,
                rest != ":memory:"
            else { return [] }
            // Three slashes are a relative path to some libraries, an absolute one to others.
            return rest.hasPrefix("/") ? [rest] : [rest, "/" + rest]
        }
        let isNamed = keyEndings.contains { key.uppercased().hasSuffix($0) }
        return plain.hasPrefix("/") && (isNamed || isDatabase(plain)) ? [plain] : []
    }

    private static func isDatabase(_ path: String) -> Bool {
        fileEndings.contains { path.hasSuffix($0) }
    }
}
