internal import Arguments
internal import Calendars
internal import Deduplication
internal import Files
internal import Models

/// Which model folder a command is about: the one named on the command line, else the component
/// of the configuration.
struct ModelPlace {
    let folder: ModelFolder
    /// Which plain files of the folder are models; nil for all.
    private(set) var pattern: Glob?
    /// The component; nil for a folder named on the command line.
    let component: String?
    /// The configuration, where one was found.
    let loaded: LoadedConfiguration?
    /// Why a configuration that was looked for cannot be read.
    private var fault: CommandFailure?

    init(_ context: Context) throws(CommandFailure) {
        let into =
            context.invocation.path[1] == "publish" ? context.invocation.string("into") : nil
        if let path = into ?? context.invocation.string("folder") {
            let place = Path(path).absolute
            var found: LoadedConfiguration?
            do throws(CommandFailure) {
                found = try context.configured()
            } catch {
                fault = error
            }
            loaded = found
            let match = found.flatMap { Self.component(at: place, $0.value.components) }
            var settings = ModelFolder.Settings(place)
            if let match { settings = try Self.settings(match.1) }
            settings.path = place
            folder = ModelFolder(settings)
            component = match?.0
            return
        }
        let configured = try context.configured()
        let wanted = context.invocation.string("component")
        let found = configured.value.components.compactMap { component -> (String, Options)? in
            guard case .versions(let options) = component.kind else { return nil }
            return wanted == nil || wanted == component.name ? (component.name, options) : nil
        }
        if found.isEmpty, let wanted,
            let (place, glob) = Self.plain(wanted, configured.value.components)
        {
            folder = ModelFolder(ModelFolder.Settings(place))
            pattern = glob
            component = nil
            loaded = configured
            return
        }
        guard let (name, options) = found.first else {
            throw CommandFailure(
                .notFound,
                "component-not-found",
                wanted.map { "no component \($0) with `versions:` in \(configured.path)" }
                    ?? "no component of \(configured.path) has `versions:`",
                next: "name the folder with --folder, or add `models: {versions: FOLDER}`"
            )
        }
        guard found.count == 1 else {
            throw CommandFailure(
                .usage,
                "usage",
                "name one of the components \(found.map(\.0).joined(separator: ", ")) "
                    + "with --component"
            )
        }
        folder = ModelFolder(try Self.settings(options))
        component = name
        loaded = configured
    }

    /// The component whose versions lie in a folder, whatever it is called there.
    private static func component(at place: Path, _ components: [Component]) -> (String, Options)? {
        guard let status = try? FileStatus(of: place, following: true) else { return nil }
        for component in components {
            guard case .versions(let options) = component.kind,
                let other = try? FileStatus(of: Path(options.path), following: true)
            else { continue }
            if FileIdentity(other) == FileIdentity(status) { return (component.name, options) }
        }
        return nil
    }

    /// The folder of a component of plain files, and which of them it takes.
    private static func plain(_ name: String, _ components: [Component]) -> (Path, Glob?)? {
        guard case .path(let options)? = components.first(where: { $0.name == name })?.kind else {
            return nil
        }
        let path = Path(options.path)
        guard Glob.isPattern(options.path) else { return (path, nil) }
        // Models lie side by side: what is deeper is no plain file of this folder.
        guard !Glob.isPattern(path.parent.description) else { return nil }
        return (path.parent, Glob("/" + path.lastComponent.description))
    }

    private typealias Options = Component.VersionsOptions

    static func settings(
        _ options: Component.VersionsOptions
    ) throws(CommandFailure) -> ModelFolder.Settings {
        var settings = ModelFolder.Settings(Path(options.path))
        settings.link = Path(options.link)
        settings.readyFile = Path(options.readyFile)
        settings.settleSeconds = options.settle.components.seconds
        guard let pattern = VersionPattern(options.pattern) else {
            preconditionFailure("the configuration lets only known patterns through")
        }
        settings.pattern = pattern
        if let name = options.zone {
            guard let zone = Zone(name) else {
                throw CommandFailure(
                    .configuration,
                    "configuration",
                    "zone: there is no time zone \(name)"
                )
            }
            settings.zone = zone
        }
        return settings
    }

    /// Which versions pinned snapshots hold fast.
    struct Pins {
        /// The reason by version.
        var reasons: [String: String] = [:]
        /// Why it cannot be known, where it should be.
        var problem: String?
        /// Why nobody was asked, where there is nobody to ask.
        var unasked: String?
    }

    /// Why versions must stay: pinned snapshots that say they were in use, or the last good one.
    ///
    /// - Parameter context: The run.
    /// - Returns: The reason by version, or why there is none.
    func pins(_ context: Context) -> Pins {
        guard let loaded else {
            guard let fault, fault.code != "no-configuration" else {
                return Pins(unasked: "there is no configuration")
            }
            return Pins(problem: fault.message)
        }
        guard let component else {
            return Pins(unasked: "no component of \(loaded.path) has this folder as `versions:`")
        }
        do throws(CommandFailure) {
            return Pins(reasons: try reasons(component, try context.repository()))
        } catch {
            return Pins(problem: error.message)
        }
    }

    private func reasons(
        _ component: String,
        _ repository: Repository
    ) throws(CommandFailure) -> [String: String] {
        var reasons: [String: String] = [:]
        let facts = try querying { () throws(RepositoryError) in try repository.facts(.pin) }
        let pinned = Set(facts.map(\.subject))
        let listed = try querying { () throws(RepositoryError) in
            try repository.listSnapshots(of: loaded?.value.stack)
        }
        for item in listed {
            switch item {
            case .unreadable(let name, let error):
                let id = Path(name).lastComponent.removing(suffix: ".json")?.description
                // What it holds fast is not known, and it is pinned so that it holds.
                if let id, pinned.contains(id) { throw CommandFailure(error) }
            case .snapshot(let snapshot):
                guard pinned.contains(snapshot.id.text),
                    let models = snapshot.components[component]?.models
                else { continue }
                for version in [models.current, models.lastGood].compactMap({ $0 }) {
                    reasons[version] = "pinned by snapshot \(snapshot.id.text)"
                }
            }
        }
        return reasons
    }
}

extension CommandFailure {
    /// A failure of a model folder.
    init(_ error: ModelError, next: String? = nil) {
        let (status, code): (ExitStatus, String) =
            switch error.code {
            case .notFound: (.notFound, "version-not-found")
            case .exists: (.failed, "version-exists")
            case .notReady: (.failed, "version-not-ready")
            case .damaged: (.damaged, "version-damaged")
            case .invalid: (.failed, "model-invalid")
            case .busy: (.locked, "locked")
            case .reverted: (.reverted, "reverted")
            case .notReverted: (.notReverted, "not-reverted")
            case .cancelled: (.interrupted, "stopped")
            case .failed: (.failed, error.cause?.code == .full ? "target-full" : "model-folder")
            }
        let state =
            switch error.code {
            case .reverted: "the link names what it named before"
            case .notReverted: "the link may name the new version: look with recover models list"
            default: "nothing was changed"
            }
        let usual: String? =
            switch error.code {
            case .notFound: "recover models list"
            case .notReady: "recover models publish FOLDER, which writes its manifest"
            case .damaged: "recover models verify --all"
            case .busy: "wait for it, or raise --lock-wait"
            case .notReverted: "recover models rollback"
            default: nil
            }
        self.init(status, code, error.message, state: error.state ?? state, next: next ?? usual)
    }
}

extension Report.Warning {
    /// What was done is done; only the journal could not be written any more.
    init?(unnoted: String?) {
        guard let unnoted else { return nil }
        self.init(
            code: "journal",
            message: "it is done, but the journal does not say so: \(unnoted)"
        )
    }

    /// What a run that is gone has left is no version, and only takes room.
    init(leftover: String) {
        self.init(
            code: "leftover",
            message: "what an earlier run left could not be cleared away: \(leftover)"
        )
    }
}

/// Runs a step on a model folder, its failure becoming the command's.
func modelling<Result: ~Copyable>(
    _ body: () throws(ModelError) -> Result
) throws(CommandFailure) -> Result {
    do throws(ModelError) {
        return try body()
    } catch {
        throw CommandFailure(error)
    }
}
