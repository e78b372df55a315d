public import Deployments

/// Whether the containers of a deployment are as they should be, by one look or by two.
///
/// A service that the files describe must have a container at work, healthy where compose looks at
/// its health, or one that has ended with 0 and is not to be started again.
public struct ContainerLook: Sendable {
    private let services: [ComposeService]
    private let containers: [Container]
    private let restartsBefore: [String: Int]

    /// Takes what was seen.
    ///
    /// - Parameters:
    ///   - services: Those that should be at work.
    ///   - containers: All of the project.
    ///   - earlier: The same at an earlier look: nobody may have been restarted since.
    public init(
        _ services: [ComposeService],
        _ containers: [Container],
        since earlier: [Container] = []
    ) {
        self.services = services
        self.containers = containers
        restartsBefore = Dictionary(earlier.map { ($0.id, $0.restartCount) }) { $1 }
    }

    /// The services that an `up` with these profiles brings up.
    ///
    /// - Parameters:
    ///   - services: All of them.
    ///   - profiles: Those in use.
    /// - Returns: In the order of the files.
    public static func active(
        _ services: [ComposeService],
        _ profiles: [String]
    ) -> [ComposeService] {
        services.filter {
            $0.profiles.isEmpty || profiles.contains("*")
                || $0.profiles.contains(where: profiles.contains)
        }
    }

    /// Whether a health check that began with the container has not come to an end.
    public var isStarting: Bool {
        services.contains { service in
            containers.contains { $0.service == service.name && $0.health == "starting" }
        }
    }

    /// One container of a service, or that it has none.
    public struct Finding: Sendable {
        /// The service.
        public let service: String
        /// Nil where it has none.
        public let container: Container?
        /// How it stands.
        public let verdict: Check.Verdict
        /// In words.
        public let message: String
        /// Whether waiting is in vain: nothing starts it again, or its own check has given it up.
        public let isFinal: Bool
    }

    /// The first container for which waiting is in vain.
    public var lost: Finding? { findings.first { $0.isFinal && $0.verdict == .fail } }

    /// How each container stands, service by service.
    public var findings: [Finding] {
        services.flatMap { service -> [Finding] in
            let own = containers.filter { $0.service == service.name }
            return own.isEmpty
                ? [finding(service, nil, .fail, "it has no container")]
                : own.map { judge($0, of: service) }
        }
    }

    /// How each service stands.
    public var checks: [Check] {
        let all = findings
        return services.compactMap { service in
            let own = all.filter { $0.service == service.name }
            guard let worst = own.max(by: { $0.verdict < $1.verdict }) else { return nil }
            let count = own.count > 1 ? " (\(own.count) containers)" : ""
            return Check("container", service.name, worst.verdict, worst.message + count)
        }
    }

    private func finding(
        _ service: ComposeService,
        _ container: Container?,
        _ verdict: Check.Verdict,
        _ message: String,
        isFinal: Bool = false
    ) -> Finding {
        Finding(
            service: service.name,
            container: container,
            verdict: verdict,
            message: message,
            isFinal: isFinal
        )
    }

    private func judge(_ container: Container, of service: ComposeService) -> Finding {
        if let before = restartsBefore[container.id], container.restartCount > before {
            let times = container.restartCount - before
            let text = "it was restarted \(times) times while it was watched"
            return finding(service, container, .fail, text)
        }
        switch container.state {
        case "running": return running(container, service)
        case "restarting":
            let text =
                "it ends with \(container.exitCode) and is restarted again and again, "
                + "\(container.restartCount) times so far"
            return finding(service, container, .fail, text)
        case "exited" where container.exitCode == 0 && isDone(container) && isJob(service):
            return finding(service, container, .pass, "ended with 0, and is not to be restarted")
        case "exited":
            let text = "ended with \(container.exitCode)"
            let isFinal = container.restartPolicy == "no"
            return finding(service, container, .fail, text, isFinal: isFinal)
        default:
            let isFinal = container.state == "dead"
            return finding(service, container, .fail, container.state, isFinal: isFinal)
        }
    }

    private func running(_ container: Container, _ service: ComposeService) -> Finding {
        switch container.health {
        case "unhealthy":
            let text = "running, but its health check fails"
            return finding(service, container, .fail, text, isFinal: true)
        case "starting":
            return finding(service, container, .fail, "its health check has not succeeded yet")
        default:
            let state = container.health == "healthy" ? "running, healthy" : "running"
            let count = container.restartCount
            return count == 0
                ? finding(service, container, .pass, state)
                : finding(service, container, .warn, "\(state), restarted \(count) times")
        }
    }

    private func isDone(_ container: Container) -> Bool {
        container.restartPolicy == "no" || container.restartPolicy == "on-failure"
    }

    /// What others reach by a port, or compose watches, is not meant to end.
    private func isJob(_ service: ComposeService) -> Bool {
        service.ports.isEmpty && service.healthCheck == nil
    }
}
