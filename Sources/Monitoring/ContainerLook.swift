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

    /// How each service stands.
    public var checks: [Check] {
        services.map { service in
            let own = containers.filter { $0.service == service.name }
            if own.isEmpty {
                return Check("container", service.name, .fail, "it has no container")
            }
            let found = own.map { judge($0, of: service) }
            guard let worst = found.max(by: { $0.0 < $1.0 }) else {
                preconditionFailure("there is a container")
            }
            let count = own.count > 1 ? " (\(own.count) containers)" : ""
            return Check("container", service.name, worst.0, worst.1 + count)
        }
    }

    private func judge(
        _ container: Container,
        of service: ComposeService
    ) -> (Check.Verdict, String) {
        if let before = restartsBefore[container.id], container.restartCount > before {
            let times = container.restartCount - before
            return (.fail, "it was restarted \(times) times while it was watched")
        }
        switch container.state {
        case "running":
            switch container.health {
            case "healthy": return restarted(container, "running, healthy")
            case "unhealthy": return (.fail, "running, but its health check fails")
            case "starting": return (.fail, "its health check has not succeeded yet")
            default: return restarted(container, "running")
            }
        case "restarting":
            return (
                .fail,
                "it ends with \(container.exitCode) and is restarted again and again, "
                    + "\(container.restartCount) times so far"
            )
        case "exited" where container.exitCode == 0 && isDone(container) && isJob(service):
            return (.pass, "ended with 0, and is not to be restarted")
        case "exited": return (.fail, "ended with \(container.exitCode)")
        default: return (.fail, container.state)
        }
    }

    private func isDone(_ container: Container) -> Bool {
        container.restartPolicy == "no" || container.restartPolicy == "on-failure"
    }

    /// What others reach by a port, or compose watches, is not meant to end.
    private func isJob(_ service: ComposeService) -> Bool {
        service.ports.isEmpty && service.healthCheck == nil
    }

    private func restarted(_ container: Container, _ state: String) -> (Check.Verdict, String) {
        container.restartCount == 0
            ? (.pass, state) : (.warn, "\(state), restarted \(container.restartCount) times")
    }
}
