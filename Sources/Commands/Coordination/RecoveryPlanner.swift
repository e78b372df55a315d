internal import Deduplication
internal import Deployments
internal import Files
internal import Recovery
internal import Subjects

/// Decides what a recovery will do, by looking and changing nothing.
struct RecoveryPlanner {
    let request: RecoveryRequest
    let configuration: Configuration
    /// Nil where compose does not run the stack.
    let driver: ComposeDriver?
    let context: Context

    /// Decides.
    ///
    /// - Parameters:
    ///   - jobs: The files that come back.
    ///   - servers: The servers whose collections come back.
    /// - Returns: The plan.
    /// - Throws: ``CommandFailure`` with 28 where an image is missing, or a choice is needed.
    func plan(
        _ jobs: [RestoreInPlace.Job],
        _ servers: [ServerReturn]
    ) throws(CommandFailure) -> RecoveryPlan {
        var plan = RecoveryPlan(
            operation: context.operation,
            verb: request.verb,
            stack: configuration.stack
        )
        plan.snapshot = request.snapshot?.id.text
        plan.tag = request.tag
        plan.flags = request.flags
        plan.schemas = request.schemas
        plan.notes = request.notes
        plan.parts = jobs.map { job in
            let path = job.source.path
            return .init(name: job.target.name, place: path, steps: ["replace \(path)"])
        }
        plan.parts += servers.map { .init(name: $0.name, place: $0.place, steps: $0.lines) }
        if let driver {
            try driving { () throws(DeploymentError) in try decideTag(driver, &plan) }
            try decideImages(driver, &plan)
            try driving { () throws(DeploymentError) in
                try decideServices(driver, jobs, servers, &plan)
            }
            if let warning = driver.flavour.warning { plan.notes.append("note: \(warning)") }
        } else if !configuration.stop.isEmpty || !configuration.start.isEmpty {
            plan.notes.append("the services are stopped and started by the configured commands")
        }
        plan.checks = RecoveryGate(configuration: configuration, driver: driver, context: context)
            .lines(plan.starts + plan.running)
        return plan
    }

    // MARK: TAG and images

    private func decideTag(
        _ driver: ComposeDriver,
        _ plan: inout RecoveryPlan
    ) throws(DeploymentError) {
        let settings = driver.settings
        plan.tagBefore = try settings.environmentValues()[settings.tagKey].flatMap {
            $0.isEmpty ? nil : $0
        }
        guard let tag = request.tag, request.services == nil, tag != plan.tagBefore,
            try driver.stack().services.contains(where: { $0.tagKeys.contains(settings.tagKey) }),
            let edit = try? EnvironmentEdit(settings.environmentFileInUse),
            let raw = try? edit.raw([settings.tagKey]), raw[settings.tagKey] != nil
        else { return }
        plan.tagChange = .init(
            path: settings.environmentFileInUse.description,
            key: settings.tagKey,
            from: plan.tagBefore,
            to: tag
        )
    }

    private func decideImages(
        _ driver: ComposeDriver,
        _ plan: inout RecoveryPlan
    ) throws(CommandFailure) {
        guard let tag = request.tag else { return }
        let files = try driving { () throws(DeploymentError) in try driver.stack() }
        let tagged = try driving { () throws(DeploymentError) in try driver.stack(tag: tag) }
        let containers = try driving { () throws(DeploymentError) in try driver.containers() }
        var missing: [String] = []
        var stateful: [String] = []
        for service in tagged.services where request.services?.contains(service.name) ?? true {
            let running = containers.first { $0.service == service.name && $0.isUp }?.imageID
            // What is stopped stays so, unless everything is; what died by itself is no such thing.
            let hasFailed = containers.contains { $0.service == service.name && $0.hasFailed }
            if running == nil, !hasFailed, containers.contains(where: \.isUp) {
                if request.services != nil { throw Self.stopped(service.name) }
                plan.notes.append("note: \(service.name) is stopped and stays so")
                continue
            }
            guard let wanted = try wanted(service, driver) else { continue }
            guard let id = wanted.id else {
                missing.append("\(service.name) (\(wanted.name))")
                continue
            }
            let kind = ServiceKind(image: wanted.name)
            if kind != .ordinary,
                let last = try lastImage(of: service.name, containers, files, driver), last != id
            {
                stateful.append(service.name)
            }
            plan.images.append(
                .init(service: service.name, name: wanted.name, id: id, runningID: running)
            )
            // What compose will read once the TAG is changed.
            let source = plan.tagChange == nil ? files : tagged
            let named = source.services.first { $0.name == service.name }?.shownImage
            if named != wanted.name { plan.overridden.append(service.name) }
        }
        try refuse(missing, stateful, tag)
    }

    /// The image that wrote what a service has now: of its container, also of one that is stopped,
    /// else what the files name.
    private func lastImage(
        of service: String,
        _ containers: [Container],
        _ files: ComposeStack,
        _ driver: ComposeDriver
    ) throws(CommandFailure) -> String? {
        let mine = containers.filter { $0.service == service }
        if let container = mine.first(where: \.isUp) ?? mine.first { return container.imageID }
        guard let named = files.services.first(where: { $0.name == service }) else { return nil }
        return try driving { () throws(DeploymentError) in try driver.imageID(of: named) }
    }

    /// The image of a service under the wanted TAG; nil where nothing of it changes.
    private func wanted(
        _ service: ComposeService,
        _ driver: ComposeDriver
    ) throws(CommandFailure) -> (name: String, id: String?)? {
        if let record = request.record?[service: service.name], let name = record.image,
            let id = record.runningImageID ?? record.imageID
        {
            let found = try driving { () throws(DeploymentError) in
                try driver.engine.imageID(of: id)
            }
            return (name, found)
        }
        guard service.tagKeys.contains(driver.settings.tagKey), let name = service.image else {
            return nil
        }
        let found = try driving { () throws(DeploymentError) in try driver.imageID(of: service) }
        return (service.shownImage ?? name, found)
    }

    private static func stopped(_ service: String) -> CommandFailure {
        CommandFailure(
            .notFound,
            "service-stopped",
            "\(service) is stopped, and what is stopped stays so: there is nothing to change",
            next: "start it, then run this again"
        )
    }

    /// What there is to do where images are gone: out of the snapshot where it holds them.
    private func waysToImages(_ tag: String) throws(CommandFailure) -> String {
        let snapshot = request.recordedIn
        let saved = try snapshot.map { (snapshot) throws(CommandFailure) in
            try context.repository().savedImages(in: snapshot)
        }
        guard let snapshot, let saved, !saved.isEmpty else {
            let build = "build TAG \(tag) again"
            if request.snapshot == nil { return build }
            return build + ", or: recover restore … --data-only, which leaves the running TAG"
        }
        let component = DeploymentRecord.componentName
        let load = saved.map { path in
            " && \(driver?.engine.program ?? "docker") load -i DIR/\(component)/\(path)"
        }
        return "recover restore --snapshot \(snapshot.id) \(component) --to DIR"
            + load.joined() + ", then the same again"
    }

    private func refuse(
        _ missing: [String],
        _ stateful: [String],
        _ tag: String
    ) throws(CommandFailure) {
        if !missing.isEmpty {
            throw CommandFailure(
                .incompatible,
                "image-missing",
                "this machine no longer has the images of TAG \(tag) for "
                    + missing.joined(separator: ", "),
                state: "nothing was changed",
                next: try waysToImages(tag)
            )
        }
        if !stateful.isEmpty, !request.allowsStateful {
            throw CommandFailure(
                .incompatible,
                "image-stateful",
                "the image of \(stateful.joined(separator: ", ")) would change, and another "
                    + "version may not read its data",
                next: "add --stateful once you know that it does, or name the other services "
                    + "with --service"
            )
        }
    }

    // MARK: Services

    private func decideServices(
        _ driver: ComposeDriver,
        _ jobs: [RestoreInPlace.Job],
        _ servers: [ServerReturn],
        _ plan: inout RecoveryPlan
    ) throws(DeploymentError) {
        let stack = try driver.stack()
        let order = stack.startLevels.flatMap(\.self)
        let containers = try driver.containers()
        let up = Set(containers.filter(\.isUp).map(\.service))
        let qdrants = stack.services(of: .qdrant)
        plan.running = order.filter(up.contains) + up.subtracting(order).sorted()
        let changing = Set(
            plan.images.filter { $0.runningID != nil && $0.runningID != $0.id }.map(\.service)
        )
        var writers = try writers(stack, driver, jobs, servers).union(changing)
        // A flag reaches only containers that are made anew.
        let flagged = containers.filter { !Set($0.features.keys).isDisjoint(with: plan.flags.keys) }
        writers.formUnion(flagged.map(\.service))
        plan.stops = plan.running.filter { writers.contains($0) && !qdrants.contains($0) }
        // Whatever comes up again runs what it ran, also where the files name something else by now.
        for container in try driver.shown(containers) where container.isUp {
            guard plan.stops.contains(container.service),
                !plan.images.contains(where: { $0.service == container.service })
            else { continue }
            let (name, id) = (container.imageName, container.imageID)
            plan.images.append(
                .init(service: container.service, name: name, id: id, runningID: id)
            )
        }
        let failed = Set(containers.filter(\.hasFailed).map(\.service)).subtracting(up)
            .filter { name in writers.contains(name) || plan.images.contains { $0.service == name }
            }
        if !failed.isEmpty {
            let names = failed.sorted().joined(separator: ", ")
            plan.notes.append("note: \(names) had ended with an error and is started, too")
        }
        let starting = Set(plan.stops).union(changing).union(failed)
        let all = order + plan.running.filter { !order.contains($0) }
        plan.starts = all.filter(starting.contains)
        if up.isEmpty {
            let all = stack.services.filter { service in
                service.profiles.isEmpty
                    || !Set(service.profiles).isDisjoint(with: driver.settings.profiles)
            }
            plan.starts = order.filter { name in all.contains { $0.name == name } }
            plan.notes.append("nothing of it runs now: all services are started")
        }
    }

    /// The services that may write what is replaced.
    private func writers(
        _ stack: ComposeStack,
        _ driver: ComposeDriver,
        _ jobs: [RestoreInPlace.Job],
        _ servers: [ServerReturn]
    ) throws(DeploymentError) -> Set<String> {
        if jobs.isEmpty, servers.isEmpty { return [] }
        let volumes = jobs.isEmpty ? [:] : try folders(ofVolumes: stack, driver)
        let all = Set(stack.services.map(\.name))
        var found = Set(configuration.quiescedServices ?? [])
        var areAllKnown = servers.isEmpty
        for job in jobs {
            let place = Self.place(job.target)
            let mine = stack.services.filter { service in
                service.mounts.contains { mount in
                    let found: Path? =
                        switch mount.source {
                        case .host(let path): path
                        case .volume(let name): volumes[name]
                        case .temporary: nil
                        }
                    guard let path = found else { return false }
                    let real = (try? path.real()) ?? path.normalized
                    return real.contains(place) || place.contains(real)
                }
            }
            found.formUnion(mine.map(\.name))
            if mine.isEmpty { areAllKnown = false }
        }
        return areAllKnown || configuration.quiescedServices != nil ? found : all
    }

    /// Where the engine keeps the volumes that services mount, by the names that the files give them.
    private func folders(
        ofVolumes stack: ComposeStack,
        _ driver: ComposeDriver
    ) throws(DeploymentError) -> [String: Path] {
        var found: [String: Path] = [:]
        for mount in stack.services.flatMap(\.mounts) {
            guard case .volume(let name) = mount.source, found[name] == nil else { continue }
            let whole = try driver.engine.volume(name, of: driver.project.name)
            found[name] = try driver.engine.folder(ofVolume: whole)
        }
        return found
    }

    private static func place(_ target: RestoreTarget) -> Path {
        let path: Path
        if case .file(let name) = target.extent {
            path = target.folder.appending(name)
        } else {
            path = target.folder
        }
        return (try? path.real()) ?? path.normalized
    }
}
