internal import Deployments

extension Redaction {
    /// Takes the values of the env files of the configured deployment.
    ///
    /// - Parameters:
    ///   - configuration: Names the deployment; without one, and without a file that can be read, there
    ///     are no values that anybody could know.
    ///   - environment: Of this process.
    init(_ configuration: Configuration, _ environment: [String: String]) {
        guard let settings = configuration.compose.flatMap(DeploymentSettings.init),
            let stack = try? settings.stack(environment),
            let found = try? settings.redaction(stack)
        else {
            self.init([])
            return
        }
        self = found
    }
}
