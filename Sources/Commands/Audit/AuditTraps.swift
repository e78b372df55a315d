internal import Calendars
internal import Deployments
internal import Files
internal import Models
internal import Subjects

/// Habits that look like backups and are none, and mounts and clocks that lead astray.
struct AuditTraps {
    private let loaded: LoadedConfiguration
    private let context: Context
    private var configuration: Configuration { loaded.value }

    init(_ loaded: LoadedConfiguration, _ context: Context) {
        self.loaded = loaded
        self.context = context
    }

    var findings: [AuditFinding] { copies + servers + mounts + clocks }

    // MARK: - Copies by hand

    private var copies: [AuditFinding] {
        var search = CopySearch(
            leaving: [
                Path(configuration.repository), configuration.archives.map { Path($0.folder) },
            ].compactMap { $0 }
        )
        var roots = [loaded.path.parent]
        for component in configuration.components {
            guard case .path(let options) = component.kind, !Glob.isPattern(options.path) else {
                continue
            }
            let path = Path(options.path)
            roots.append(path)
            // Copies lie beside what they are of.
            roots.append(path.parent)
        }
        for root in roots { search.look(at: root) }
        return search.findings
    }

    // MARK: - Archives that a server keeps in its own volume

    private var servers: [AuditFinding] {
        var found: [AuditFinding] = []
        for component in configuration.components {
            guard let source = BackupPlan.server(component, context.environment),
                source.fault == nil,
                let client = try? QdrantClient(source.address, cancellation: context.cancellation),
                let names = try? client.collections()
            else { continue }
            var kept: [String] = []
            var sizeBytes: UInt64 = 0
            for name in names {
                let archives = (try? client.archives(of: name, shard: nil)) ?? []
                if archives.isEmpty { continue }
                kept.append("\(archives.count) of \(name)")
                sizeBytes += archives.reduce(0) { $0 + UInt64(clamping: $1.size) }
            }
            guard !kept.isEmpty else { continue }
            found.append(
                AuditFinding(
                    .risk,
                    "server-archives",
                    "the server keeps snapshots in its own volume (\(kept.joined(separator: ", ")), "
                        + "\(ByteText.text(sizeBytes))): they are lost with it",
                    component: component.name,
                    next: "they are no backup; delete them on the server once recover has one"
                )
            )
        }
        return found
    }

    // MARK: - The link of a model folder mounted by itself

    private var mounts: [AuditFinding] {
        guard let compose = configuration.compose, !compose.files.isEmpty else { return [] }
        let files = compose.files.map { Path($0) }
        let folder = files[0].parent
        var variables = StackEnvironment(in: [loaded.path.parent, folder]).values
        if let file = compose.envFile,
            let bytes = try? OpenFile(Path(file), .read).readAll(limitBytes: 1 << 20)
        {
            let own = EnvironmentFile.values(in: String(decoding: bytes, as: UTF8.self))
            variables.merge(own) { $1 }
        }
        variables.merge(context.environment) { $1 }
        let stack = ComposeStack(files: files, base: folder, variables: variables)
        var found: [AuditFinding] = []
        for component in configuration.components {
            guard case .versions(let options) = component.kind else { continue }
            let link = Path(options.path).appending(options.link).normalized
            for service in stack.services {
                let isMounted = service.mounts.contains { mount in
                    guard case .host(let path) = mount.source else { return false }
                    return path.normalized == link
                }
                guard isMounted else { continue }
                found.append(
                    AuditFinding(
                        .risk,
                        "link-mounted",
                        "service \(service.name) mounts \(link) itself: its container keeps the "
                            + "version that the link named when it was made",
                        component: component.name,
                        next: "mount \(options.path) and let the service follow the link"
                    )
                )
            }
        }
        return found
    }

    // MARK: - Clocks and zones of model folders

    private var clocks: [AuditFinding] {
        var found: [AuditFinding] = []
        for component in configuration.components {
            guard case .versions(let options) = component.kind,
                let settings = try? ModelPlace.settings(options),
                let versions = try? ModelFolder(settings).versions()
            else { continue }
            let odd = versions.filter { $0.clockOffsetHours != nil }
            guard let last = odd.last, let hours = last.clockOffsetHours else { continue }
            found.append(
                AuditFinding(
                    .risk,
                    "model-clock",
                    "\(odd.count) of \(versions.count) versions are named \(abs(hours)) hours "
                        + "\(hours < 0 ? "before" : "after") their files, such as \(last.name): two "
                        + "programs name them in two zones, and the order of names is not that of time",
                    component: component.name,
                    next: "let all of them use the zone \(settings.zone.name)"
                )
            )
        }
        return found
    }
}
