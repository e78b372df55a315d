internal import Arguments
internal import Deployments
internal import Documents
internal import Files
internal import Storage

/// One `init`: what is there is found, judged, and written down.
struct InitOperation {
    private let context: Context
    private let folder: Path
    private let target: Path
    private let isDryRun: Bool

    init(_ context: Context) {
        self.context = context
        folder = Path(".").absolute
        target =
            context.invocation.string("config").map { Path($0).absolute }
            ?? folder.appending("recover.yaml")
        isDryRun = context.invocation.flag("dry-run")
    }

    func run() throws(CommandFailure) -> Report {
        if (try? FileStatus(of: target)) != nil { return try keep() }
        do throws(FileError) {
            _ = try Directory(target.parent)
        } catch {
            throw CommandFailure(error, doing: "look for the configuration's folder")
        }
        let named = context.invocation.strings("compose")
        for file in named where (try? FileStatus(of: Path(file), following: true))?.kind != .file {
            throw CommandFailure(.usage, "usage", "--compose \(file): there is no such file")
        }
        let detection = detect(named: named)
        guard !detection.isEmpty else {
            throw CommandFailure(
                .notFound,
                "nothing-found",
                "no compose file, database or model folder in \(folder)",
                next: "run it in the stack's folder, or write \(target.lastComponent) by hand: "
                    + "recover config schema"
            )
        }
        let stack = try stackName(detection)
        let place = try repositoryPlace(stack)
        let draft = detection.draft(stack: stack, repository: place, home: target.parent)
        let configuration = try check(draft)
        try refuseInside(configuration, place, .usage)
        var outcome = InitOutcome(target: target, repository: place.path)
        outcome.describe(detection, configuration)
        outcome.warnings = detection.warnings + unprotected(detection) + elsewhere()
        if isDryRun {
            outcome.warn(placeOf: configuration, place)
            return outcome.report(showing: draft.text)
        }
        outcome.take(try RepositoryMaking.make(place.path))
        outcome.warn(placeOf: configuration, place)
        try ConfigurationFile.write(draft.text, to: target)
        return outcome.report()
    }

    /// An existing configuration is never touched; its repository is made where it is missing.
    private func keep() throws(CommandFailure) -> Report {
        let loaded = try LoadedConfiguration.find(
            named: target.description,
            environment: context.environment
        )
        let configuration = loaded.value
        let detection = detect(named: configuration.compose?.files ?? [])
        let place = RepositoryPlace(Path(configuration.repository))
        try refuseInside(configuration, place, .configuration)
        var outcome = InitOutcome(target: target, repository: place.path, isKept: true)
        outcome.describe(detection, configuration)
        outcome.warnings = detection.uncovered(by: configuration)
        for (option, value) in [
            ("stack", configuration.stack), ("repository", configuration.repository),
        ] {
            let given = context.invocation.string(option)
            guard let given, given != value, Path(given).absolute != Path(value) else { continue }
            outcome.warn("kept", "\(target) is kept: --\(option) was not applied")
        }
        if !isDryRun { outcome.take(try RepositoryMaking.make(place.path)) }
        outcome.warn(placeOf: configuration, place)
        return outcome.report(showing: isDryRun ? "" : nil)
    }

    private func detect(named files: [String]) -> StackDetection {
        context.console.phase("looking at \(folder)")
        let environment = context.environment
        return StackDetection(
            in: folder,
            composeFiles: files.map { Path($0).absolute },
            variables: environment,
            sources: .init(
                runningProjects: { RunningProject.all(environment) },
                qdrantAnswer: QdrantProbe.answer
            )
        )
    }

    private func stackName(_ detection: StackDetection) throws(CommandFailure) -> String {
        guard let name = context.invocation.string("stack") else { return detection.stackName }
        guard TextRule.name.accepts(name) else {
            throw CommandFailure(.usage, "usage", "--stack takes \(TextRule.name.expected)")
        }
        return name
    }

    private func repositoryPlace(_ stack: String) throws(CommandFailure) -> RepositoryPlace {
        let given =
            context.invocation.string("repository") ?? context.environment["RECOVER_REPOSITORY"]
        guard let given else {
            return RepositoryPlace(
                for: stack,
                beside: target.parent,
                environment: context.environment
            )
        }
        guard TextRule.path.accepts(given) else {
            throw CommandFailure(.usage, "usage", "--repository takes \(TextRule.path.expected)")
        }
        return RepositoryPlace(Path(given).absolute)
    }

    private func check(_ draft: ConfigurationDraft) throws(CommandFailure) -> Configuration {
        do throws(ConfigurationError) {
            return try Configuration.parse(
                bytes: Array(draft.text.utf8),
                fileName: target.lastComponent.description,
                folder: target.parent.description
            )
        } catch {
            throw CommandFailure(
                .failed,
                "draft",
                "what was found cannot be written down: \(error.description)",
                next: "write \(target) by hand: recover config schema"
            )
        }
    }

    private func refuseInside(
        _ configuration: Configuration,
        _ place: RepositoryPlace,
        _ status: ExitStatus
    ) throws(CommandFailure) {
        let holders = place.holders(among: configuration.paths)
        guard let holder = holders.first else { return }
        throw CommandFailure(
            status,
            "repository-inside",
            "the repository \(place.path) lies inside component \(holder), which it would hold",
            component: holder,
            next: "recover init --repository DIR, on another disk at best"
        )
    }

    private func unprotected(_ detection: StackDetection) -> [Report.Warning] {
        detection.unprotected.map {
            .init(code: "unprotected", message: YAMLText.comment($0))
        }
    }

    /// A configuration above belongs to another stack: it is named, and not used.
    private func elsewhere() -> [Report.Warning] {
        var above = target.parent
        while above != Path("/") {
            above = above.parent
            let other = above.appending("recover.yaml")
            guard (try? FileStatus(of: other, following: true)) != nil else { continue }
            return [
                .init(
                    code: "other-configuration",
                    message: "\(other) is another stack's and is not used here"
                )
            ]
        }
        return []
    }
}

extension Configuration {
    /// Every path component by name.
    var paths: [(name: String, path: String)] {
        components.compactMap { component in
            guard case .path(let options) = component.kind else { return nil }
            return (component.name, options.path)
        }
    }
}
