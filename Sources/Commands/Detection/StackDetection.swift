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
        let first = StackEnvironment(in: [folder])
        files =
            named.isEmpty
            ? ComposeFiles(
                in: folder, variables: first.values, running: sources.runningProjects)
            : ComposeFiles(named: named)
        let folders = files.base == folder ? [folder] : [folder, files.base]
        var all = variables.merging(StackEnvironment(in: folders).values) { own, _ in own }
        var stack = ComposeStack(files: files.chosen, base: files.base, variables: all)
        tagKey = stack.tagKey
        environment = StackEnvironment(in: folders, tagKey: stack.tagKey)
        if environment.file != StackEnvironment(in: folders).file {
            all = variables.merging(environment.values) { own, _ in own }
            stack = ComposeStack(files: files.chosen, base: files.base, variables: all)
        }
        stackName = ComponentNames.valid(
            files.projectName ?? stack.name ?? all["COMPOSE_PROJECT_NAME"]
                ?? folder.lastComponent.description, fallback: "stack")
        noteChoices(stack)
        let references = stack.services.flatMap(DatabaseReference.all)
        classify(stack, references, limits)
        noteServices(stack, sources)
        noteReferences(references)
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
                    + "remove recover.yaml and say: recover init --compose FILE")
        }
        for problem in stack.problems { warn("compose", problem) }
        if !stack.unsetVariables.isEmpty {
            warn(
                "unset-variable",
                "no value for \(stack.unsetVariables.sorted().joined(separator: ", ")): "
                    + "the mounts that need it were not looked at")
        }
        if !environment.others.isEmpty, let file = environment.file {
            warn(
                "env-guess",
                "several env files: took \(names([file])), left \(names(environment.others))")
        }
        if let file = environment.file, environment.isReadableByOthers {
            warn("env-mode", "others can read \(names([file])); chmod 600 it")
        }
    }

    private mutating func classify(
        _ stack: ComposeStack,
        _ references: [DatabaseReference],
        _ limits: Survey.Limits
    ) {
        let security = references.filter(\.isSecurity).compactMap(\.hostPath)
        var classifier = Classifier(folder: folder, securityPaths: Set(security), limits: limits)
        let list = PlaceList(
            stack.services, folder: folder, base: files.base, variables: environment.values)
        for place in list.places { classifier.take(place) }
        proposals = classifier.proposals.sorted {
            ($0.role.rawValue, $0.path) < ($1.role.rawValue, $1.path)
        }
        unprotected = classifier.unprotected
        foreign = classifier.foreign
        for key in list.missingFolders {
            warn("missing-folder", "\(key) of the env file names a folder that is not there")
        }
        for place in classifier.missing where !place.services.isEmpty {
            warn(
                "missing-mount",
                "\(place.path), mounted by \(place.services.joined(separator: ", ")), is not there")
        }
    }

    private mutating func noteServices(_ stack: ComposeStack, _ sources: Sources) {
        var users: [String: [String]] = [:]
        for service in stack.services {
            for mount in service.mounts where !mount.isReadOnly {
                if case .volume(let name) = mount.source { users[name, default: []].append(service.name) }
            }
            switch ServiceKind(image: service.image) {
            case .qdrant:
                let url = service.ports.first { $0.target == 6333 }?.url
                let answer = url.map { "at \($0), \(sources.qdrantAnswer($0))" } ?? "no published port"
                unprotected.append("qdrant: service \(service.name), \(answer)")
            case .postgres: unprotected.append("postgres: service \(service.name)")
            case .server, .ordinary: break
            }
        }
        for (name, services) in users.sorted(by: { $0.key < $1.key }) {
            let what = name.hasPrefix("/") ? "a volume without a name at \(name)" : "volume \(name)"
            unprotected.append("\(what), mounted by \(services.joined(separator: ", "))")
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
                    warn("uncovered-database", "\(subject) means \(path), which no component covers")
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
