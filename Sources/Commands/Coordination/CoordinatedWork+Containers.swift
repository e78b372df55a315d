internal import Deployments
internal import Files
internal import Operations
internal import Recovery

/// Services brought up from images by their ids, with compose and without its registry.
extension CoordinatedWork {
    /// The override of this operation.
    var overridePath: Path { journal.folder.appending(RunningProject.overrideName) }

    /// Brings services up and looks whether they run what they should.
    ///
    /// The env file says the TAG by now. Where a name means another image than it should, as after a
    /// second build on the same day, the name moves to the image; where the files name another tag,
    /// an override names the image.
    ///
    /// - Parameters:
    ///   - services: Which.
    ///   - images: What they must run, by service.
    ///   - isStarted: Whether containers that are made are started, too.
    /// - Throws: ``CommandFailure``.
    func bringUp(
        _ services: [String],
        images: [String: String],
        isStarted: Bool = true
    ) throws(CommandFailure) {
        guard let driver, !services.isEmpty else { return }
        var overridden: [String: String] = [:]
        let stack = try driving { () throws(DeploymentError) in try driver.stack() }
        for service in stack.services where services.contains(service.name) {
            guard let wanted = images[service.name] else { continue }
            let found = try driving { () throws(DeploymentError) in
                try driver.imageID(of: service)
            }
            if found == wanted { continue }
            let name = plan.images.first { $0.service == service.name && $0.id == wanted }?.name
            // A name that must not be an argument of a program stays what it means.
            if let named = service.image, name == named, service.isImageShown {
                try rename(wanted, to: named, from: found, driver)
            } else {
                overridden[service.name] = wanted
            }
        }
        var overrides: [String] = []
        if !overridden.isEmpty {
            try writeOverride(overridden, driver)
            overrides = [overridePath.description]
        }
        // Of more than one container of a service the files need not know.
        let counts = try RunningBefore(journal).counts
        try driving { () throws(DeploymentError) in
            try driver.up(
                services,
                isAlone: true,
                isStarted: isStarted,
                counts: counts,
                overrides: overrides
            )
        }
    }

    /// Gives a name to another image; what it meant before is noted.
    private func rename(
        _ image: String,
        to name: String,
        from before: String?,
        _ driver: ComposeDriver
    ) throws(CommandFailure) {
        try write("image-name", .intent, ["name": name, "before": before ?? "", "after": image])
        try driving { () throws(DeploymentError) in try driver.engine.tag(image, as: name) }
    }

    /// Names mean again what they meant.
    func renameBack() throws(CommandFailure) {
        guard let driver else { return }
        for entry in journal.entries.reversed()
        where entry.step == "image-name" && entry.phase == .intent {
            guard let name = entry.detail["name"], let image = entry.detail["before"],
                !image.isEmpty
            else { continue }
            try driving { () throws(DeploymentError) in
                if try driver.engine.imageID(of: name) != image {
                    try driver.engine.tag(image, as: name)
                }
            }
        }
    }

    private func writeOverride(
        _ images: [String: String],
        _ driver: ComposeDriver
    ) throws(CommandFailure) {
        let version = ImageOverride.version(of: driver.settings.files[0])
        let text = ImageOverride.text(images, version: version)
        do throws(FileError) {
            try Directory(journal.folder).writeNote(
                overridePath.lastComponent,
                Array(text.utf8)
            )
        } catch {
            throw CommandFailure(error, doing: "write the override")
        }
    }

    /// Starts exactly what ran before, from the images that it ran; stops what did not run.
    func startWhatRan() throws(CommandFailure) {
        guard let driver else {
            try command(configuration.start, "start")
            return
        }
        let running = try RunningBefore(journal)
        let before = running.up
        let now = try driving { () throws(DeploymentError) in try driver.containers() }
        let ran = Set(before.map(\.service))
        let strangers = Set(now.filter(\.isUp).map(\.service)).subtracting(ran)
            .intersection(plan.starts)
        let there = before.filter { old in now.contains { $0.id == old.id } }
        let gone = Set(before.filter { !there.contains($0) }.map(\.service))
        try driving { () throws(DeploymentError) in
            _ = try driver.stop(Array(strangers))
            try driver.start(there)
        }
        let names = before.map(\.service).filter(gone.contains).uniqued
        try bringUp(names, images: running.images)
        try makeIdle(running, now)
    }

    /// What had died by itself, and whose container does not tell so any more.
    var forgottenDeaths: [String] {
        journal.entries.filter { $0.step == "made-anew" }.compactMap { $0.detail["dead"] }.uniqued
    }

    /// Makes containers of what did not run anew from the images that they had, or that the files name
    /// where there were none: whoever starts one later means that, and so does the engine.
    private func makeIdle(
        _ running: RunningBefore,
        _ now: [Container]
    ) throws(CommandFailure) {
        guard let driver else { return }
        let ran = running.images
        let stack = try driving { () throws(DeploymentError) in try driver.stack() }
        var images: [String: String] = [:]
        for service in stack.services
        where plan.starts.contains(service.name) && ran[service.name] == nil {
            let mine = now.filter { $0.service == service.name }
            let old = running.idleImages[service.name]
            if old == nil, mine.isEmpty { continue }
            let wanted = try driving { () throws(DeploymentError) -> String? in
                if let old { return old }
                return try driver.imageID(of: service)
            }
            // What was there before is as it was.
            let made = mine.filter { one in !running.containers.contains { $0.id == one.id } }
            guard let named = wanted, mine.isEmpty || made.contains(where: { $0.imageID != named })
            else {
                continue
            }
            images[service.name] = named
        }
        let names = images.keys.sorted()
        if names.isEmpty { return }
        for name in names
        where running.containers.contains(where: { $0.service == name && $0.hasFailed }) {
            try write("made-anew", .note, ["dead": name])
        }
        do throws(CommandFailure) {
            try bringUp(names, images: images, isStarted: false)
        } catch {
            // What ran runs: no reason to call everything lost.
            context.warn(
                "idle",
                "containers of \(names.joined(separator: ", ")), which do not run, may be of the "
                    + "images that were taken back still: \(error.message)"
            )
        }
    }
}

extension Array where Element: Hashable {
    /// Each element once, where it came first.
    var uniqued: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
