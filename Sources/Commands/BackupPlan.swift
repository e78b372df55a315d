internal import Arguments
internal import Deployments
internal import Files
internal import Models
internal import Subjects

/// What a backup will do: decided before anything is opened, printed by `--dry-run`.
struct BackupPlan {
    let sources: [FileTreeSource]
    let servers: [QdrantSource]
    let isPartial: Bool
    let tag: String?
    let reason: BackupReason
    let note: String?
    /// Whether every file is read, whatever its status says.
    let isRereading: Bool
    /// Components of the configuration that this version cannot capture.
    let unsupported: [String]
    /// Whether it is looked what runs: not while services are down and somebody waits.
    var looksAtDeployment = true

    init(_ loaded: LoadedConfiguration, _ context: Context) throws(CommandFailure) {
        let configuration = loaded.value
        let wanted = context.invocation.positionals("COMPONENT")
        let names = configuration.components.map(\.name)
        for name in wanted where !names.contains(name) {
            let near = nearestNames(to: name, among: names)
            let hint =
                near.isEmpty
                ? "there are \(names.joined(separator: ", "))"
                : "near: \(near.joined(separator: ", "))"
            throw CommandFailure(
                .notFound,
                "component-not-found",
                "no component \(name); \(hint)",
                next: "recover config show"
            )
        }
        let chosen = configuration.components.filter { wanted.isEmpty || wanted.contains($0.name) }
        let sources = chosen.compactMap { Self.source($0, configuration) }
        var servers: [QdrantSource] = []
        for component in chosen {
            if let server = Self.server(component, context.environment) { servers.append(server) }
        }
        let captured = Set(sources.map(\.name) + servers.map(\.name))
        self.sources = sources
        self.servers = servers
        unsupported = chosen.map(\.name).filter { !captured.contains($0) }
        isPartial = !wanted.isEmpty && chosen.count < configuration.components.count
        reason =
            context.invocation.choice("reason", as: BackupReason.self) ?? .manual
        note = context.invocation.string("note")
        isRereading = context.invocation.flag("reread")
        let named = context.invocation.string("tag")
        tag = named == nil ? try EnvironmentFile.tag(configuration.compose) : named
        guard !captured.isEmpty else {
            throw CommandFailure(
                .configuration,
                "no-components",
                "there is nothing to back up: no component of a kind "
                    + "that this version captures",
                next: "recover init, or add a component"
            )
        }
    }

    /// The plan of a safety snapshot: what is about to be replaced, as far as it is there.
    init(
        safetyOf sources: [FileTreeSource],
        isPartial: Bool = true,
        servers: [QdrantSource] = [],
        note: String,
        tag: String?
    ) {
        // What is replaced must come back from here: hashes would not do.
        self.sources = sources.map { source in
            var whole = source
            whole.keepsOnlyHashes = false
            whole.models?.takesUnfinished = true
            return whole
        }
        self.servers = servers
        self.isPartial = isPartial
        self.tag = tag
        reason = .preRollback
        self.note = note
        isRereading = false
        unsupported = []
    }

    /// The plan of a safety snapshot of the whole stack.
    init(
        safetyOfAll loaded: LoadedConfiguration,
        note: String,
        _ context: Context
    ) throws(CommandFailure) {
        let configuration = loaded.value
        let sources = configuration.components.compactMap { Self.source($0, configuration) }
        self.init(
            safetyOf: sources,
            isPartial: false,
            servers: configuration.components.compactMap { Self.server($0, context.environment) },
            note: note,
            tag: try EnvironmentFile.tag(configuration.compose)
        )
    }

    /// The server that a component is; nil for what is none.
    ///
    /// A key that is missing fails this component and no other.
    static func server(_ component: Component, _ environment: [String: String]) -> QdrantSource? {
        guard case .qdrant(let options) = component.kind else { return nil }
        do throws(CommandFailure) {
            return try QdrantSource(options, name: component.name, environment: environment)
        } catch {
            var source = QdrantSource(
                name: component.name,
                address: QdrantAddress(url: options.url)
            )
            source.fault = error.message
            return source
        }
    }

    /// Whether this version captures components of its kind.
    static func captures(_ component: Component, _ configuration: Configuration) -> Bool {
        if case .qdrant = component.kind { return true }
        return source(component, configuration) != nil
    }

    static func source(_ component: Component, _ configuration: Configuration) -> FileTreeSource? {
        if case .versions(let options) = component.kind {
            var source = models(component.name, options, configuration)
            source?.keepsOnlyHashes = component.keepsOnlyHashes
            return source
        }
        if case .volume(let options) = component.kind {
            return FileTreeSource(component, options, configuration, ProcessEnvironment.values)
        }
        guard case .path(let options) = component.kind else { return nil }
        var source = FileTreeSource(
            name: component.name,
            path: options.path,
            excludes: (configuration.exclude + options.exclude).map { Glob($0) },
            storesSecrets: configuration.secrets == .store,
            isWriterPaused: options.isWriterPaused
        )
        source.keepsOnlyHashes = component.keepsOnlyHashes
        return source
    }

    private static func models(
        _ name: String,
        _ options: Component.VersionsOptions,
        _ configuration: Configuration
    ) -> FileTreeSource? {
        guard let settings = try? ModelPlace.settings(options) else { return nil }
        var source = FileTreeSource(
            name: name,
            path: options.path,
            excludes: (configuration.exclude + options.exclude).map { Glob($0) },
            storesSecrets: configuration.secrets == .store
        )
        source.models = ModelTree(ModelFolder(settings))
        return source
    }

    struct Description: Encodable, Sendable {
        struct Source: Encodable, Sendable {
            var component: String
            var path: String
        }

        var tag: String?
        var reason: String
        var scope: String
        var sources: [Source]
        var unsupported: [String]
    }

    /// The plan itself, for `--dry-run`.
    var report: Report {
        var captured = sources.map { Description.Source(component: $0.name, path: $0.path) }
        captured += servers.map { Description.Source(component: $0.name, path: $0.address.url) }
        let description = Description(
            tag: tag,
            reason: reason.rawValue,
            scope: isPartial ? "partial" : "full",
            sources: captured,
            unsupported: unsupported
        )
        var lines = sources.map { "would capture \($0.name) from \($0.path)" }
        lines += servers.map { "would capture \($0.name) from \($0.address.url)" }
        lines += unsupported.map { "would leave out \($0): this version cannot capture its kind" }
        lines.append("Nothing was done: this was a dry run.")
        return Report("backup", data: description, lines: lines)
    }
}
