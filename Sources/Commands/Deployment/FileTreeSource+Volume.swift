internal import Deployments
internal import Files
internal import Subjects

extension FileTreeSource {
    /// A named volume as the folder in which the engine keeps it.
    ///
    /// A volume that compose made bears the project's name in front of its own.
    init(
        _ component: Component,
        _ options: Component.VolumeOptions,
        _ configuration: Configuration,
        _ environment: [String: String]
    ) {
        self.init(
            name: component.name,
            path: "/",
            excludes: (configuration.exclude + options.exclude).map { Glob($0) },
            storesSecrets: configuration.secrets == .store,
            isWriterPaused: options.isWriterPaused
        )
        do throws(DeploymentError) {
            let settings = configuration.compose.flatMap(DeploymentSettings.init)
            let driver = try settings.map { (settings) throws(DeploymentError) in
                try ComposeDriver(settings, environment)
            }
            let engine = driver?.engine ?? ContainerEngine(environment: environment)
            let name = try engine.volume(options.volume, of: driver?.project.name)
            guard let folder = try engine.folder(ofVolume: name) else {
                fault = "there is no volume \(options.volume)"
                return
            }
            path = folder.text ?? folder.description
        } catch {
            fault = "volume \(options.volume) cannot be found: \(error.message)"
        }
    }
}
