internal import Deployments
internal import Files

/// The compose deployment of a configuration, driven for single services.
struct ComposeProgram {
    let driver: ComposeDriver

    /// Finds it: the plugin of `docker`, else `docker-compose`, else `podman compose`.
    ///
    /// - Parameters:
    ///   - loaded: The configuration, with its compose files.
    ///   - variables: The environment for it.
    /// - Throws: ``CommandFailure`` where there is none, or the configuration names no file.
    init(_ loaded: LoadedConfiguration, _ variables: [String: String]) throws(CommandFailure) {
        guard let settings = loaded.value.compose.flatMap(DeploymentSettings.init) else {
            throw CommandFailure(
                .configuration,
                "no-compose",
                "the configuration names no compose file, so no service can be started",
                next: "add `compose: {files: […]}` to \(loaded.path)"
            )
        }
        do throws(DeploymentError) {
            driver = try ComposeDriver(settings, variables)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Makes a service anew with its present mounts and variables, and leaves all others alone.
    ///
    /// - Parameter service: Its name.
    /// - Throws: ``CommandFailure``.
    func recreate(_ service: String) throws(CommandFailure) {
        try driving { () throws(DeploymentError) in
            try driver.up([service], isAlone: true, isAnew: true)
        }
    }

    /// Starts a service.
    ///
    /// - Parameter service: Its name.
    /// - Throws: ``CommandFailure``.
    func start(_ service: String) throws(CommandFailure) {
        try driving { () throws(DeploymentError) in try driver.up([service], isAlone: true) }
    }

    /// Stops a service.
    ///
    /// - Parameter service: Its name.
    /// - Throws: ``CommandFailure``.
    func stop(_ service: String) throws(CommandFailure) {
        try driving { () throws(DeploymentError) in _ = try driver.stop([service]) }
    }
}

/// Runs what the engine may refuse.
func driving<Result>(
    _ body: () throws(DeploymentError) -> Result
) throws(CommandFailure) -> Result {
    do throws(DeploymentError) {
        return try body()
    } catch {
        throw CommandFailure(error)
    }
}

extension CommandFailure {
    /// What a deployment refused.
    init(_ error: DeploymentError) {
        let code = error.code == .noProgram ? "no-compose" : "compose"
        self.init(.failed, code, error.message, next: "recover preflight")
    }
}

extension DeploymentSettings {
    /// The deployment of a configuration; nil where it names no compose file.
    init?(_ compose: Configuration.Compose) {
        if compose.files.isEmpty { return nil }
        self.init(
            files: compose.files.map { Path($0) },
            environmentFile: compose.envFile.map { Path($0) },
            tagKey: compose.tagKey,
            profiles: compose.profiles
        )
    }
}
