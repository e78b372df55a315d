public import Deployments
public import Threads

/// Asks a whole stack until all of it is healthy or the time is up: containers and URLs at once.
public struct StackGate: Sendable {
    /// One URL of a service.
    public struct Question: Sendable {
        /// The service, or what else is asked.
        public let name: String
        /// What is asked, and the answer of a healthy one.
        public let probe: HTTPProbe

        /// States a question.
        ///
        /// - Parameters:
        ///   - name: The service.
        ///   - probe: What is asked.
        public init(_ name: String, _ probe: HTTPProbe) {
            self.name = name
            self.probe = probe
        }
    }

    /// Asks for the containers; nil where compose does not run the stack.
    public var driver: ComposeDriver?
    /// The services that must be at work.
    public var services: [ComposeService] = []
    /// What is asked besides.
    public var questions: [Question] = []
    /// How long each check may fail.
    public var windowSeconds = 30
    /// How long between two tries.
    public var intervalSeconds = 2
    /// Whether the services were started just now: then the time that compose gives them counts.
    public var isFresh = false

    /// More than this is not waited for, whatever a compose file says.
    private static let windowLimitSeconds = 1800.0

    /// Nothing to ask yet.
    public init() {}

    /// Asks; blocks until all is well or the window is over, whichever comes first.
    ///
    /// - Parameter cancellation: Ends the asking.
    /// - Returns: The last verdict of every check, containers first.
    public func wait(_ cancellation: Cancellation) -> [Check] {
        let answers = Monitor<[Int: HTTPProbe.Verdict]>([:])
        let threads = questions.enumerated().map { index, question in
            let gate = HealthGate(
                question.probe,
                windowSeconds: isFresh ? startLimitSeconds : windowSeconds,
                intervalSeconds: intervalSeconds
            )
            return OwnedThread {
                let verdict = gate.wait(cancellation)
                answers.change { $0[index] = verdict }
            }
        }
        let containers = lookAtContainers(cancellation)
        for thread in threads { thread.join() }
        let verdicts = answers.change { $0 }
        return containers
            + questions.enumerated().map { index, question in
                let url = question.probe.url
                switch verdicts[index] {
                case .healthy:
                    return Check("http", question.name, .pass, "\(url) answers as it should")
                case .unhealthy(let why):
                    let shown = driver?.redaction.cleaned(why) ?? why
                    return Check("http", question.name, .fail, shown)
                case nil: return Check("http", question.name, .fail, "\(url) was not asked")
                }
            }
    }

    private func lookAtContainers(_ cancellation: Cancellation) -> [Check] {
        guard let driver, !services.isEmpty else { return [] }
        let clock = ContinuousClock()
        let start = clock.now
        var first: [Container]?
        while true {
            var checks: [Check]
            var limit = windowSeconds
            do throws(DeploymentError) {
                let found = try driver.containers()
                let look = ContainerLook(services, found, since: first ?? [])
                first = first ?? found
                checks = look.checks
                // What is still starting has the time that its own check gives it.
                if isFresh || look.isStarting { limit = startLimitSeconds }
            } catch {
                checks = [Check("container", nil, .fail, error.message)]
            }
            let isWell = checks.allSatisfy { $0.verdict != .fail }
            let end = start + .seconds(limit)
            if isWell || cancellation.reason != nil
                || clock.now + .seconds(intervalSeconds) >= end
            {
                return checks
            }
            cancellation.wait(seconds: Double(intervalSeconds))
        }
    }

    /// How long a service may take whose start is not over.
    private var startLimitSeconds: Int {
        let slowest = services.compactMap(\.healthCheck).map(\.windowSeconds).max() ?? 0
        return max(windowSeconds, Int(min(slowest, Self.windowLimitSeconds)))
    }
}
