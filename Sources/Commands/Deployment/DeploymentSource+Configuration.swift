internal import Deployments
internal import Files
internal import Subjects

extension DeploymentSource {
    /// Looks at what runs now; nil where the configuration names no compose file.
    ///
    /// Nothing that fails here is an error: the snapshot then says what could not be found out.
    init?(_ configuration: Configuration, _ state: StateFolder, _ context: Context) {
        guard let settings = configuration.compose.flatMap(DeploymentSettings.init) else {
            return nil
        }
        var key: FingerprintKey?
        var fault: String?
        do throws(FileError) {
            key = try FingerprintKey(in: state.path)
        } catch {
            fault = "env files have no fingerprints: \(error.message)"
        }
        self.init(
            DeploymentSurvey(
                settings,
                context.environment,
                key: key,
                keepsSecrets: configuration.secrets == .store
            )
        )
        if let fault { record.problems.append(fault) }
    }
}
