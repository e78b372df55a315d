internal import Deployments
internal import Documents
internal import Files

/// Everything that was found of a stack: what `recover.yaml` will say, and what it cannot.
struct StackDetection {
    /// What detection asks of the world outside the file system.
    struct Sources {
        var runningProjects: () -> [RunningProject]
        var qdrantAnswer: (String) -> String
    }

    let folder: Path
    private(set) var files: ComposeFiles
    private(set) var environment: StackEnvironment
    private(set) var stackName: String
    private(set) var tagKey: String?
    private(set) var proposals: [Proposal] = []
    private(set) var unprotected: [String] = []
    private(set) var foreign: [Path] = []
    /// Volumes with a name that somebody writes in.
    private(set) var volumes: [ServerNotes.Volume] = []
    /// What servers said that were asked who they are.
    private(set) var answers: [String] = []
    private(set) var warnings: [Report.Warning] = []

    /// Whether there is anything that a configuration could speak of.
    var isEmpty: Bool { files.chosen.isEmpty && proposals.isEmpty }

    /// Looks.
    ///
    /// - Parameters:
    ///   - folder: The working folder, absolute.
    ///   - named: Compose files that somebody chose, absolute.
    ///   - variables: Of this process.
    ///   - sources: The world outside.
    ///   - limits: Of the walks.
    init(
        in folder: Path,
        composeFiles named: [Path] = [],
        variables: [String: String],
        sources: Sources,
        limits: Survey.Limits = Survey.Limits()
    ) {
        self.folder = folder
        environment = StackEnvironment(in: [folder])
        files =
            named.isEmpty
            ? ComposeFiles(
                in: folder,
                variables: environment.values,
                running: sources.runningProjects
            )
            : ComposeFiles(named: named)
        if files.base != folder { environment = StackEnvironment(in: [folder, files.base]) }
        var stack = Self.stack(files, environment, variables)
        tagKey = stack.tagKey
        if let tagKey, environment.prefer(fileSetting: tagKey) {
            stack = Self.stack(files, environment, variables)
        }
        let name = files.projectName ?? stack.name ?? environment.values["COMPOSE_PROJECT_NAME"]
        stackName = ComponentNames.valid(
            name ?? folder.lastComponent.description,
            fallback: "stack"
        )
        noteChoices(stack)
        let references = stack.services.flatMap(DatabaseReference.all)
        classify(stack, references, limits)
        let notes = ServerNotes(stack, environment.values, answer: sources.qdrantAnswer)
        unprotected += notes.unprotected
        answers = notes.answers
        volumes = notes.volumes
        noteReferences(references)
        if proposals.isEmpty {
            warn("no-components", "no component was found: nothing is protected until one is added")
        }
    }

    private static func stack(
        _ files: ComposeFiles,
        _ environment: StackEnvironment,
        _ variables: [String: String]
    ) -> ComposeStack {
        // As for compose, what the shell says counts more than the file.
        let all = variables.merging(environment.values) { own, _ in own }
        return ComposeStack(files: files.chosen, base: files.base, variables: all)
    }

    private mutating func warn(_ code: String, _ message: String) {
        warnings.append(.init(code: code, message: message))
    }

    private mutating func noteChoices(_ stack: ComposeStack) {
        func names(_ paths: [Path]) -> String {
            paths.map { (folder.relative($0) ?? $0).description }.joined(separator: ", ")
        }
        if files.isGuess {
            warn(
                "compose-guess",
                "several compose files lie here and no running container tells which is in use: "
                    + "took \(names(files.chosen)), left \(names(files.others)); if that is wrong, "
                    + "remove recover.yaml and say: recover init --compose FILE"
            )
        }
        for problem in stack.problems { warn("compose", problem) }
        noteExtensions()
        if !stack.unsetVariables.isEmpty {
            warn(
                "unset-variable",
                "no value for \(stack.unsetVariables.sorted().joined(separator: ", ")): "
                    + "the mounts that need it were not looked at"
            )
        }
        if !environment.others.isEmpty, let file = environment.file {
            warn(
                "env-guess",
                "several env files: took \(names([file])), left \(names(environment.others))"
            )
        }
        if let file = environment.file, environment.isReadableByOthers {
            warn("env-mode", "others can read \(names([file])); chmod 600 it")
        }
    }

    /// What a service takes over from another file is not among its mounts here.
    private mutating func noteExtensions() {
        for file in files.chosen {
            guard let bytes = try? OpenFile(file, .read).readAll(limitBytes: 1 << 20),
                let root = try? YAMLNode(parsing: bytes, name: file.description)
            else { continue }
            for service in root["services"]?.entries ?? [] {
                guard let other = service.value["extends"]?["file"]?.scalar?.text else { continue }
                warn(
                    "compose",
                    "\(file.lastComponent): service \(service.key) extends one of \(other), "
                        + "whose mounts were not looked at"
                )
            }
        }
    }

    private mutating func classify(
        _ stack: ComposeStack,
        _ references: [DatabaseReference],
        _ limits: Survey.Limits
    ) {
        let security = references.filter(\.isSecurity).compactMap(\.hostPath).filter {
            (try? FileStatus(of: $0, following: true)) != nil
        }
        var classifier = Classifier(folder: folder, securityPaths: Set(security), limits: limits)
        let list = PlaceList(
            stack.services,
            folder: folder,
            base: files.base,
            variables: environment.values
        )
        for place in list.places { classifier.take(place) }
        proposals = classifier.proposals.sorted {
            ($0.role.rawValue, $0.path) < ($1.role.rawValue, $1.path)
        }
        unprotected = classifier.unprotected
        foreign = classifier.foreign
        for line in classifier.limited { warn("survey-limit", line) }
        for key in list.missingFolders {
            warn("missing-folder", "\(key) of the env file names a folder that is not there")
        }
        for place in classifier.missing where !place.services.isEmpty {
            warn(
                "missing-mount",
                "\(place.path), mounted by \(place.services.joined(separator: ", ")), is not there"
            )
        }
    }

    private mutating func noteReferences(_ references: [DatabaseReference]) {
        let security = proposals.filter { $0.role == .security }.map(\.path)
        for reference in references {
            let subject = "\(reference.key) of service \(reference.service)"
            switch reference.residence {
            case .container:
                unprotected.append("\(subject): a database in the container itself, lost with it")
            case .volume(let name):
                unprotected.append("\(subject): a database in volume \(name)")
            case .host(let path):
                if (try? FileStatus(of: path, following: true)) == nil {
                    warn("missing-database", "\(subject) means \(path), which is not there")
                } else if !proposals.contains(where: { $0.covers(path) }) {
                    warn(
                        "uncovered-database",
                        "\(subject) means \(path), which no component covers"
                    )
                }
                if reference.isSecurity, !security.isEmpty, !security.contains(path) {
                    let names = security.map(\.description).joined(separator: ", ")
                    warn("other-database", "\(subject) means \(path), yet \(names) was found")
                }
            }
        }
    }
}

extension DatabaseReference {
    var hostPath: Path? {
        if case .host(let path) = residence { path } else { nil }
    }
}
