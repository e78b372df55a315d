internal import Files
internal import Processes

/// A compose deployment, driven: its files by compose, its containers by the engine itself.
///
/// Compose is asked only for what it alone can do: to check its files and to bring services up.
/// What it starts and stops beside a named service differs between its versions; the engine does
/// exactly what it is told. Every call blocks.
public struct ComposeDriver: Sendable {
    /// What it is about.
    public let settings: DeploymentSettings
    /// The program that reads the files.
    public let flavour: ComposeFlavour
    /// The name under which containers are found, and how it is known.
    public let project: ComposeProject
    /// The engine, for what is not the business of compose.
    public let engine: ContainerEngine
    /// Takes values of the env file out of any text.
    public let redaction: Redaction
    private let variables: [String: String]
    private let runner: ProgramRunner

    /// Finds the programs and the project; changes nothing.
    ///
    /// - Parameters:
    ///   - settings: The deployment.
    ///   - variables: The environment of this process.
    /// - Throws: ``DeploymentError`` where no compose answers or a file cannot be read.
    public init(
        _ settings: DeploymentSettings,
        _ variables: [String: String]
    ) throws(DeploymentError) {
        guard let flavour = ComposeFlavour.find(variables) else {
            throw DeploymentError(
                .noProgram,
                "neither docker compose nor docker-compose nor podman compose answers"
            )
        }
        let values = try settings.environmentValues()
        let environment = settings.environment(variables, values)
        let stack = try settings.stack(variables)
        self.settings = settings
        self.flavour = flavour
        self.variables = variables
        project = ComposeProject(
            settings,
            stack,
            values.merging(environment) { $1 },
            running: RunningProject.all(environment, program: flavour.engineProgram)
        )
        redaction = try settings.redaction(stack)
        engine = ContainerEngine(
            program: flavour.engineProgram,
            environment: environment,
            redaction: redaction
        )
        runner = ProgramRunner(
            environment: Environment(environment),
            folder: settings.folder,
            secrets: redaction
        )
    }

    /// The services as the files describe them now.
    ///
    /// - Parameter tag: The TAG to read them with; nil takes the env file's.
    /// - Returns: The services.
    /// - Throws: ``DeploymentError`` where the env file cannot be read.
    public func stack(tag: String? = nil) throws(DeploymentError) -> ComposeStack {
        try settings.stack(variables, tag: tag)
    }

    /// All containers of the project, running or not.
    ///
    /// - Returns: By service and name.
    /// - Throws: ``DeploymentError``.
    public func containers() throws(DeploymentError) -> [Container] {
        try engine.containers(of: project.name)
    }

    /// The image that a service's name for it stands for.
    ///
    /// - Parameter service: As the files describe it.
    /// - Returns: Its id; nil where the files name none, or this machine has none.
    /// - Throws: ``DeploymentError``.
    public func imageID(of service: ComposeService) throws(DeploymentError) -> String? {
        guard let name = service.image else { return nil }
        return try service.isImageShown
            ? engine.imageID(of: name) : engine.imageID(listedAs: name)
    }

    /// Containers as they may be written down.
    ///
    /// - Parameter containers: As the engine reports them.
    /// - Returns: The same, without values of the env file in the names of their images.
    /// - Throws: ``DeploymentError``.
    public func shown(_ containers: [Container]) throws(DeploymentError) -> [Container] {
        let stack = try self.stack()
        var shown = containers
        for index in shown.indices {
            shown[index].imageName = try settings.shown(shown[index].imageName, stack)
        }
        return shown
    }

    /// Lets compose check its files; what it would print of them is not looked at.
    ///
    /// - Throws: ``DeploymentError`` with what it does not like.
    public func validate() throws(DeploymentError) {
        try compose(["config", "--quiet"], deadlineSeconds: 60)
    }

    /// Brings services up with images that are here; makes containers anew that have changed.
    ///
    /// - Parameters:
    ///   - services: Which; none means all of the profiles in use.
    ///   - isAlone: Whether what they depend on is left as it is.
    ///   - isAnew: Whether containers are made anew that have not changed.
    ///   - isStarted: Whether what is made is started, too.
    ///   - counts: How many containers services have; one that is not named has as many as its file says.
    ///   - overrides: Further compose files over the configured ones, absolute paths.
    /// - Throws: ``DeploymentError``.
    public func up(
        _ services: [String] = [],
        isAlone: Bool = false,
        isAnew: Bool = false,
        isStarted: Bool = true,
        counts: [String: Int] = [:],
        overrides: [String] = []
    ) throws(DeploymentError) {
        var words = ["up", isStarted ? "-d" : "--no-start", "--no-build"]
        // The old program has no such option; nothing is pulled where the image is there.
        if flavour.kind == .v2 { words += ["--pull", "never"] }
        if isAlone { words.append("--no-deps") }
        if isAnew { words.append("--force-recreate") }
        for name in services {
            if let count = counts[name] { words += ["--scale", "\(name)=\(count)"] }
        }
        try compose(words + services, overrides: overrides, deadlineSeconds: 900)
    }

    /// Makes the containers of all services and starts none.
    ///
    /// - Throws: ``DeploymentError``.
    public func create() throws(DeploymentError) {
        try up(isStarted: false)
    }

    /// Stops services, those that depend on others first; exactly these, and no other.
    ///
    /// - Parameter services: Their names.
    /// - Returns: The containers that ran, for ``start(_:)``.
    /// - Throws: ``DeploymentError``.
    public func stop(_ services: [String]) throws(DeploymentError) -> [Container] {
        let running = try containers().filter { $0.isUp && services.contains($0.service) }
        let levels = try stack().startLevels
        for level in levels.reversed() {
            try engine.stop(running.filter { level.contains($0.service) }.map(\.id))
        }
        // What no file names any more has no place in the order.
        let named = Set(levels.joined())
        try engine.stop(running.filter { !named.contains($0.service) }.map(\.id))
        return running
    }

    /// Starts containers that ``stop(_:)`` has stopped, in the order of their dependencies.
    ///
    /// - Parameter containers: As they were.
    /// - Throws: ``DeploymentError``; a container that is gone is one.
    public func start(_ containers: [Container]) throws(DeploymentError) {
        let levels = try stack().startLevels
        for level in levels {
            try engine.start(containers.filter { level.contains($0.service) }.map(\.id))
        }
        let named = Set(levels.joined())
        try engine.start(containers.filter { !named.contains($0.service) }.map(\.id))
    }

    /// Holds running services still.
    ///
    /// - Parameter services: Their names.
    /// - Returns: The containers that were paused now, for ``unpause(_:)``.
    /// - Throws: ``DeploymentError``; then some may be paused.
    public func pause(_ services: [String]) throws(DeploymentError) -> [Container] {
        let running = try containers().filter {
            $0.state == "running" && services.contains($0.service)
        }
        try engine.pause(running.map(\.id))
        return running
    }

    /// Lets paused services go on; those that are not paused stay as they are.
    ///
    /// - Parameter services: Their names.
    /// - Throws: ``DeploymentError``.
    public func unpause(_ services: [String]) throws(DeploymentError) {
        let paused = try containers().filter {
            $0.state == "paused" && services.contains($0.service)
        }
        try engine.unpause(paused.map(\.id))
    }

    private func compose(
        _ words: [String],
        overrides: [String] = [],
        deadlineSeconds: Double
    ) throws(DeploymentError) {
        try refuseForeignText()
        var all = flavour.words
        for file in settings.files.map({ $0.text ?? $0.description }) + overrides {
            all += ["-f", file]
        }
        if let file = settings.environmentFile?.text { all += ["--env-file", file] }
        for profile in settings.profiles { all += ["--profile", profile] }
        all += ["-p", project.name]
        _ = try runner.run(all + words, deadlineSeconds: deadlineSeconds, keepsOutput: false)
    }
}
