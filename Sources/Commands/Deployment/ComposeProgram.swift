internal import Files
internal import Processes
internal import Threads

/// The compose program of this machine, driven for one stack.
struct ComposeProgram {
    private let words: [String]
    private let environment: Environment
    private let folder: Path

    /// Finds it: the plugin of `docker`, else `docker-compose`, else `podman compose`.
    ///
    /// - Parameters:
    ///   - loaded: The configuration, with its compose files.
    ///   - variables: The environment for it.
    /// - Throws: ``CommandFailure`` where there is none, or the configuration names no file.
    init(_ loaded: LoadedConfiguration, _ variables: [String: String]) throws(CommandFailure) {
        guard let compose = loaded.value.compose, !compose.files.isEmpty else {
            throw CommandFailure(
                .configuration,
                "no-compose",
                "the configuration names no compose file, so no service can be started",
                next: "add `compose: {files: […]}` to \(loaded.path)"
            )
        }
        environment = Environment(variables)
        folder = Path(compose.files[0]).parent
        guard let found = Self.program(environment) else {
            throw CommandFailure(
                .failed,
                "no-compose",
                "neither docker compose nor docker-compose nor podman compose answers"
            )
        }
        var words = found
        for file in compose.files { words += ["-f", file] }
        if let file = compose.envFile { words += ["--env-file", file] }
        for profile in compose.profiles { words += ["--profile", profile] }
        self.words = words
    }

    /// Which program answers; asked once in a run, since some take a second to start.
    private static func program(_ environment: Environment) -> [String]? {
        if let words = known.change({ $0 }) { return words }
        let programs = [["docker", "compose"], ["docker-compose"], ["podman", "compose"]]
        let found = programs.first { words in
            var command = Processes.Command(words + ["version"], environment: environment)
            command.deadlineSeconds = 20
            return (try? command.run())?.succeeded ?? false
        }
        known.change { $0 = found }
        return found
    }

    private static let known = Monitor<[String]?>(nil)

    /// Makes a service anew with its present mounts and variables, and leaves all others alone.
    ///
    /// - Parameter service: Its name.
    /// - Throws: ``CommandFailure``.
    func recreate(_ service: String) throws(CommandFailure) {
        try run(["up", "-d", "--no-deps", "--no-build", "--force-recreate", service])
    }

    /// Starts a service.
    ///
    /// - Parameter service: Its name.
    /// - Throws: ``CommandFailure``.
    func start(_ service: String) throws(CommandFailure) {
        try run(["up", "-d", "--no-deps", "--no-build", service])
    }

    /// Stops a service.
    ///
    /// - Parameter service: Its name.
    /// - Throws: ``CommandFailure``.
    func stop(_ service: String) throws(CommandFailure) {
        try run(["stop", service])
    }

    private func run(_ arguments: [String]) throws(CommandFailure) {
        let result: CommandResult
        do throws(ProcessError) {
            var command = Processes.Command(words + arguments, environment: environment)
            command.folder = folder.bytes
            command.deadlineSeconds = 300
            result = try command.run()
        } catch {
            throw CommandFailure(.failed, "compose", "compose \(arguments[0]): \(error)")
        }
        guard result.succeeded else {
            let words = result.errors.text.split(separator: "\n").suffix(3).joined(separator: "; ")
            throw CommandFailure(.failed, "compose", "compose \(arguments[0]) failed: \(words)")
        }
    }
}
