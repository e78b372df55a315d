internal import Arguments
internal import Deduplication
internal import Deployments
internal import Files
internal import Models
internal import Monitoring
internal import Subjects

/// Whether a deployment, or a restore, could begin now; looking changes nothing.
struct Preflight {
    let loaded: LoadedConfiguration
    let context: Context
    /// Another env file than the configured one.
    var environmentFile: Path?
    /// Whether compose is to make the containers, without starting any.
    var makesContainers = false

    private var configuration: Configuration { loaded.value }

    private var settings: DeploymentSettings? {
        configuration.compose.flatMap(DeploymentSettings.init).map {
            DeploymentSettings(
                files: $0.files,
                environmentFile: environmentFile ?? $0.environmentFile,
                tagKey: $0.tagKey,
                profiles: $0.profiles
            )
        }
    }

    func checks() -> [Check] {
        var checks = [
            OperationCheck(configuration: configuration, environment: context.environment).check
        ]
        if let settings {
            checks += environment(settings)
            checks += deployment(settings)
        }
        checks += space
        checks += configuration.components.compactMap(source)
        checks += lastKnownFiles
        checks += GraphicsMemory.checks(configuration.preflight, context.environment)
        return checks
    }

    // MARK: The env file

    private func environment(_ settings: DeploymentSettings) -> [Check] {
        let file = settings.environmentFileInUse
        guard let status = try? FileStatus(of: file, following: true) else {
            return settings.environmentFile == nil
                ? [] : [Check("env.exists", nil, .fail, "\(file) is not there")]
        }
        var checks = [Check("env.exists", nil, .pass, "\(file)")]
        checks.append(
            status.mode & 0o077 == 0
                ? Check("env.mode", nil, .pass, "only its owner can read it")
                : Check("env.mode", nil, .warn, "others can read it: chmod 600 \(file)")
        )
        do throws(DeploymentError) {
            let values = try settings.environmentValues()
            checks += EnvironmentAudit(values, sample: sample(file)).checks
            checks += Self.folders(values, from: settings.folder)
        } catch {
            checks.append(Check("env.keys", nil, .fail, error.message))
        }
        return checks
    }

    /// The configured sample, else the one beside the env file.
    private func sample(_ file: Path) -> [String: String]? {
        let named = configuration.compose?.envSample.map { [Path($0)] }
        let places = named ?? StackEnvironment.sampleNames.map(file.parent.appending)
        for place in places {
            guard let bytes = try? OpenFile(place, .read).readAll(limitBytes: 1 << 20) else {
                continue
            }
            return EnvironmentFile.values(in: String(decoding: bytes, as: UTF8.self))
        }
        return nil
    }

    /// Folders that the env file names, such as DATA_DIR; a folder's name is no secret, but the
    /// key tells enough.
    ///
    /// A word without a dot or slash before it may be a name inside of a container.
    ///
    /// - Parameters:
    ///   - values: Of the env file.
    ///   - base: Where relative paths start.
    /// - Returns: A check for each.
    static func folders(_ values: [String: String], from base: Path) -> [Check] {
        values.filter { key, value in
            key.hasSuffix("_DIR") && ["/", "./", "../"].contains(where: value.hasPrefix)
        }.keys.sorted().map {
            let path = base.appending(values[$0] ?? "").normalized
            return (try? Directory(path)) == nil
                ? Check(
                    "env.folders",
                    nil,
                    .warn,
                    "\($0) names a folder that is not on this machine"
                )
                : Check("env.folders", nil, .pass, "\($0) names a folder that is there")
        }
    }

    // MARK: Compose and the engine

    private func deployment(_ settings: DeploymentSettings) -> [Check] {
        let survey = DeploymentSurvey(settings, context.environment, key: nil)
        let record = survey.record
        var checks = programs(record)
        for problem in record.problems where record.engineVersion != nil {
            checks.append(Check("compose.files", nil, .fail, problem))
        }
        if let driver = survey.driver { checks.append(validity(driver)) }
        checks.append(contentsOf: tag(record))
        if let stack = try? settings.stack(context.environment),
            let redaction = try? settings.redaction(stack)
        {
            let lint = ServiceLint(
                services: ContainerLook.active(stack.services, settings.profiles),
                record: record,
                listeners: PortHolder.listeners(),
                redaction: redaction
            )
            checks += lint.checks
        }
        if let git = record.git {
            let text = git.text
            checks.append(Check("git", nil, git.isDirty ? .warn : .pass, text))
        }
        if makesContainers, let driver = survey.driver { checks.append(creation(driver)) }
        return checks
    }

    private func programs(_ record: DeploymentRecord) -> [Check] {
        guard let compose = record.compose else {
            let text = record.problems.last ?? "no compose program answers"
            return [Check("compose.version", nil, .fail, text)]
        }
        let verdict: Check.Verdict = compose.warning == nil ? .pass : .warn
        let text = compose.warning ?? "\(compose.name) (\(compose.kind.rawValue))"
        var checks = [Check("compose.version", nil, verdict, text)]
        guard let version = record.engineVersion else {
            let why = record.problems.last ?? "the engine does not answer"
            return checks + [Check("engine.version", nil, .fail, why)]
        }
        let numbers = version.split(separator: ".").prefix(2).map { Int($0) ?? 0 }
        let isOld =
            compose.engineProgram == "docker" && numbers.lexicographicallyPrecedes([20, 10])
        checks.append(
            isOld
                ? Check("engine.version", nil, .fail, "\(version) is older than 20.10")
                : Check("engine.version", nil, .pass, "\(compose.engineProgram) \(version)")
        )
        return checks
    }

    private func validity(_ driver: ComposeDriver) -> Check {
        do throws(DeploymentError) {
            try driver.validate()
            return Check("compose.valid", nil, .pass, "compose accepts its files")
        } catch {
            return Check("compose.valid", nil, .fail, error.message)
        }
    }

    private func creation(_ driver: ComposeDriver) -> Check {
        do throws(DeploymentError) {
            // Compose would stop what has changed, to make it anew.
            let running = try driver.containers().filter(\.isUp).count
            guard running == 0 else {
                let text = "not tried: \(running) containers run, and compose would replace them"
                return Check("compose.create", nil, .warn, text)
            }
            if context.invocation.flag("dry-run") {
                return Check("compose.create", nil, .warn, "not tried: this is a dry run")
            }
            try driver.create()
            return Check("compose.create", nil, .pass, "all containers could be made")
        } catch {
            return Check("compose.create", nil, .fail, error.message)
        }
    }

    private func tag(_ record: DeploymentRecord) -> [Check] {
        let literal = record.tag.literalServices
        guard !record.tag.services.isEmpty else {
            return literal.isEmpty
                ? []
                : [
                    Check(
                        "tag",
                        nil,
                        .warn,
                        "the tags stand in the compose file, so that each deployment edits it"
                    )
                ]
        }
        guard let tag = record.tag.value else {
            return [Check("tag", nil, .fail, "\(record.tag.key) has no value in the env file")]
        }
        let form = TagForm(configuration.release)
        return [
            form.accepts(tag)
                ? Check("tag", nil, .pass, "\(record.tag.key)=\(tag)")
                : Check("tag", nil, .fail, "\(record.tag.key)=\(tag) is not \(form.text)")
        ]
    }

    // MARK: This machine

    /// A restore stages everything beside what is live, and keeps what was live.
    private var space: [Check] {
        let limits = DiskSpace(configuration.preflight)
        let newest = newestSnapshot
        var needs: [UInt64: (path: Path, bytes: UInt64)] = [:]
        for component in configuration.components {
            guard let source = BackupPlan.source(component, configuration) else { continue }
            let path = Path(source.path)
            guard let device = Self.device(path) else { continue }
            let bytes = newest?.components[component.name]?.sizeBytes ?? 0
            needs[device, default: (path, 0)].bytes += bytes + bytes / 10
        }
        var checks = [limits.check("disk", Path(configuration.repository), subject: "repository")]
        for need in needs.values.sorted(by: { $0.path < $1.path }) {
            checks.append(limits.check("disk", need.path, needBytes: need.bytes))
        }
        return checks
    }

    private static func device(_ path: Path) -> UInt64? {
        var place = path
        while true {
            if let status = try? FileStatus(of: place, following: true) { return status.device }
            if place == Path("/") || place == Path(".") { return nil }
            place = place.parent
        }
    }

    private var newestSnapshot: Snapshot? {
        guard let repository = try? context.repository() else { return nil }
        return (try? repository.snapshots(of: configuration.stack))?.last { !$0.isImport }
    }

    /// Models do not go by themselves.
    private var lastKnownFiles: [Check] {
        guard let repository = try? context.repository(),
            let all = try? repository.snapshots(of: configuration.stack)
        else { return [] }
        return configuration.components.compactMap { component in
            guard case .path = component.kind,
                let source = BackupPlan.source(component, configuration),
                let snapshot = all.last(where: {
                    !$0.isImport && $0.components[component.name]?.outcome == "captured"
                })
            else { return nil }
            return LastKnownFiles(component: component, source: source, snapshot: snapshot)
                .check(repository)
        }
    }

    private func source(_ component: Component) -> Check? {
        if case .versions(let options) = component.kind {
            guard let settings = try? ModelPlace.settings(options) else { return nil }
            return ModelCheck(name: component.name, folder: ModelFolder(settings)).check
        }
        guard let source = BackupPlan.source(component, configuration) else { return nil }
        return source.isPresent
            ? Check("component", component.name, .pass, "\(source.path)")
            : Check("component", component.name, .fail, "\(source.path) is not there")
    }
}
