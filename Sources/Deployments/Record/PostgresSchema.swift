internal import Processes

/// The revision of the schema in a Postgres of the stack, asked of `psql` in its own container over
/// its local socket.
///
/// User and database are those that the image was told, and reach `psql` as variables: they are no
/// argument of a program, and no answer names them.
struct PostgresSchema {
    private static let deadlineSeconds = 15.0
    private static let tableLimit = 16
    /// A program that takes its names from these is told them in a way that is not known here.
    private static let otherNames: Set<String> = [
        "POSTGRES_USER_FILE", "POSTGRES_DB_FILE", "POSTGRESQL_USERNAME", "POSTGRESQL_DATABASE",
    ]
    /// Where Alembic keeps its table.
    private static let places =
        "SELECT schemaname FROM pg_catalog.pg_tables WHERE tablename = 'alembic_version' "
        + "ORDER BY 1 LIMIT \(tableLimit)"

    let engine: ContainerEngine

    /// Asks; blocks for as long as it takes to answer, or not to.
    ///
    /// - Parameters:
    ///   - service: What compose calls it.
    ///   - containers: Its containers.
    /// - Returns: The revision; where it could not be asked its `fault` says why.
    func revision(of service: String, _ containers: [Container]) -> SchemaRevision {
        var revision = SchemaRevision(service: service)
        guard let container = containers.first(where: { $0.state == "running" }) else {
            revision.fault = "no container of it runs"
            return revision
        }
        do throws(DeploymentError) {
            revision.alembic = try alembic(container)
        } catch {
            revision.fault = error.message
        }
        return revision
    }

    private func alembic(_ container: Container) throws(DeploymentError) -> String? {
        if let name = container.environmentKeys.sorted().first(where: Self.otherNames.contains) {
            throw DeploymentError(.engine, "it has its user or database from \(name)")
        }
        let told = try engine.variables(["POSTGRES_USER", "POSTGRES_DB"], of: container.id)
        let variables = Self.variables(told)
        let places = try ask(Self.places, container, variables)
        guard places.count < Self.tableLimit else {
            throw DeploymentError(.engine, "it has more than one schema with a revision")
        }
        var found: [(place: String, revisions: [String])] = []
        for place in places {
            let sql = try Self.question(place)
            found.append((place, try ask(sql, container, variables)))
        }
        return Self.text(found)
    }

    /// Names as the image itself completes them, and what keeps a question short and harmless.
    static func variables(_ told: [String: String]) -> [String: String] {
        func value(_ name: String) -> String? {
            told[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        let user = value("POSTGRES_USER") ?? "postgres"
        return [
            "PGUSER": user,
            "PGDATABASE": value("POSTGRES_DB") ?? user,
            // Its local socket, whatever else the container talks to.
            "PGHOST": "",
            "PGCONNECT_TIMEOUT": "5",
            "PGAPPNAME": "recover",
            "PGOPTIONS": "-c default_transaction_read_only=on -c statement_timeout=5000 "
                + "-c lock_timeout=2000",
        ]
    }

    /// The question for the revisions in one schema of the database.
    ///
    /// Whoever may make schemas chooses their names, and this asks with the rights of the owner.
    static func question(_ place: String) throws(DeploymentError) -> String {
        let isPlain = place.allSatisfy { letter in
            letter.isLetter || letter.isNumber || "_-.$ ".contains(letter)
        }
        guard isPlain, !place.isEmpty else {
            throw DeploymentError(.engine, "the name of a schema in it is not plain")
        }
        return "SELECT version_num FROM \"\(place)\".alembic_version ORDER BY 1 LIMIT 16"
    }

    /// All revisions in one text; nil where there are none.
    static func text(_ found: [(place: String, revisions: [String])]) -> String? {
        let all = found.flatMap { one in
            found.count > 1 ? one.revisions.map { "\(one.place):\($0)" } : one.revisions
        }
        return all.isEmpty ? nil : all.joined(separator: ",")
    }

    private func ask(
        _ sql: String,
        _ container: Container,
        _ variables: [String: String]
    ) throws(DeploymentError) -> [String] {
        let result = try engine.execute(
            ["psql", "-XAtqw", "-c", sql],
            in: container.id,
            variables: variables,
            deadlineSeconds: Self.deadlineSeconds
        )
        if result.succeeded {
            return result.output.text.split(whereSeparator: \.isNewline).map(String.init)
        }
        if result.reachedDeadline {
            let seconds = Int(Self.deadlineSeconds)
            throw DeploymentError(.engine, "it did not answer within \(seconds) s")
        }
        throw DeploymentError(.engine, Self.reason(result.errors.text))
    }

    /// Why it did not answer, in words of our own: its own name users and databases.
    static func reason(_ said: String) -> String {
        let text = said.lowercased()
        let reasons = [
            ("executable file not found", "there is no psql in its container"),
            ("no such file or directory: unknown", "there is no psql in its container"),
            ("starting up", "it is still starting"),
            ("connection to server", "it does not let anybody in over its local socket"),
            ("permission denied", "its user may not read alembic_version"),
            ("lock timeout", "alembic_version is locked, as by a migration"),
            ("statement timeout", "it did not answer within 5 s"),
        ]
        return reasons.first { text.contains($0.0) }?.1 ?? "psql failed in its container"
    }
}

extension ComposeDriver {
    /// The revisions of the schemas in the Postgres services that are in use.
    ///
    /// - Returns: By service; those that could not be asked have a `fault`.
    /// - Throws: ``DeploymentError`` where the engine does not answer.
    public func postgresSchemas() throws(DeploymentError) -> [SchemaRevision] {
        try postgresSchemas(try containers())
    }

    func postgresSchemas(_ containers: [Container]) throws(DeploymentError) -> [SchemaRevision] {
        let stack = try stack()
        let described = stack.services(of: .postgres).filter { name in
            let profiles = stack.services.first { $0.name == name }?.profiles ?? []
            return profiles.isEmpty || !Set(profiles).isDisjoint(with: settings.profiles)
        }
        let running = containers.filter { ServiceKind(image: $0.imageName) == .postgres }
        let names = described.union(running.map(\.service))
        return names.sorted().map { name in
            PostgresSchema(engine: engine)
                .revision(of: name, containers.filter { $0.service == name })
        }
    }
}
