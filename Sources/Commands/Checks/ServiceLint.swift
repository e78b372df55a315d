internal import Deployments
internal import Files
internal import Monitoring

/// What the compose files say of the services, against what a restore needs and what runs.
struct ServiceLint {
    let services: [ComposeService]
    let record: DeploymentRecord
    let listeners: [Int: Set<String>]
    let redaction: Redaction

    var checks: [Check] {
        services.flatMap { service in
            [image(service), health(service), restart(service)].compactMap(\.self) + ports(service)
                + mounts(service)
        } + services.compactMap { variables($0) }
    }

    private func containers(_ service: ComposeService) -> [Container] {
        record[service: service.name]?.containers ?? []
    }

    /// Nothing is pulled: an image that is gone is found out before anything stops.
    private func image(_ service: ComposeService) -> Check? {
        guard record.engineVersion != nil, let kept = record[service: service.name],
            let name = kept.image
        else { return nil }
        guard let id = kept.imageID else {
            return service.isBuilt
                ? Check(
                    "image",
                    service.name,
                    .warn,
                    "\(name) is not here; it has to be built first"
                )
                : Check("image", service.name, .fail, "\(name) is not here")
        }
        if let drift = kept.drift { return Check("image", service.name, .warn, drift) }
        return Check("image", service.name, .pass, "\(name) is \(id.prefix(19))")
    }

    private func health(_ service: ComposeService) -> Check {
        let hasOwn = containers(service).contains { $0.health != nil }
        return service.healthCheck != nil || hasOwn
            ? Check("healthcheck", service.name, .pass, "there is one")
            : Check("healthcheck", service.name, .warn, "nothing looks at its health")
    }

    private func restart(_ service: ComposeService) -> Check {
        switch service.restart {
        case "always":
            let text =
                "restart: always also starts what was stopped for a restore; "
                + "unless-stopped does not"
            return Check("restart", service.name, .warn, text)
        case nil, "no":
            return Check("restart", service.name, .warn, "nothing starts it again after a failure")
        case .some(let policy): return Check("restart", service.name, .pass, policy)
        }
    }

    private func ports(_ service: ComposeService) -> [Check] {
        let isOurs = containers(service).contains(where: \.isUp)
        return service.ports.map { port in
            let name = "\(service.name)"
            guard let sockets = listeners[port.published] else {
                let text = "\(port.published) is \(isOurs ? "ours" : "free")"
                return Check("port", name, .pass, text)
            }
            if isOurs { return Check("port", name, .pass, "\(port.published) is ours") }
            let holder = PortHolder.find(sockets)
            return Check("port", name, .fail, "\(port.published) is held by \(holder.text)")
        }
    }

    /// The engine makes an empty folder, owned by root, where a mount has none.
    private func mounts(_ service: ComposeService) -> [Check] {
        service.mounts.compactMap { mount in
            guard case .host(let path) = mount.source,
                (try? FileStatus(of: path, following: true)) == nil
            else { return nil }
            let shown = redaction.cleaned("\(path)")
            let text = "\(shown) is not there; the engine would mount an empty folder in its place"
            return Check("path", service.name, .fail, text)
        }
    }

    /// By name only: a container that lacks a variable was made before it was written.
    private func variables(_ service: ComposeService) -> Check? {
        guard let container = containers(service).first(where: \.isUp) else { return nil }
        let missing = Set(service.environment.keys).subtracting(container.environmentKeys).sorted()
        if missing.isEmpty { return nil }
        let text = "its container lacks \(missing.joined(separator: ", ")): it was made before"
        return Check("container.env", service.name, .warn, text)
    }
}
