internal import Deployments
internal import Monitoring

/// The requests that a working stack answers, one after another.
struct SmokeTest {
    /// A proxy that has just been started may need a moment.
    private static let windowSeconds = 10

    let configuration: Configuration
    let context: Context

    /// Asks; a request that failed is tried again for a moment.
    func checks() -> [Check] {
        let redaction = Redaction(configuration, context.environment)
        return configuration.smoke.map { check in
            do throws(CommandFailure) {
                var probe = try check.probe(context.environment)
                probe.method = check.method
                // What may change something is asked once.
                let window =
                    HTTPCheck.readingMethods.contains(check.method) ? Self.windowSeconds : 0
                let gate = HealthGate(probe, windowSeconds: window, intervalSeconds: 2)
                let what = "\(check.method) \(check.url)"
                switch gate.wait(context.cancellation) {
                case .healthy: return Check("smoke", nil, .pass, what)
                case .unhealthy(let why):
                    return Check("smoke", nil, .fail, "\(check.method) \(redaction.cleaned(why))")
                }
            } catch {
                return Check("smoke", nil, .fail, "\(check.method) \(check.url): \(error.message)")
            }
        }
    }
}
