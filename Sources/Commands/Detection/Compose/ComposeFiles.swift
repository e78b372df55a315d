internal import Deployments
internal import Files

/// The compose files of a stack, chosen among those that lie side by side.
struct ComposeFiles {
    /// The files of the deployment in their order, absolute; empty where there is none.
    private(set) var chosen: [Path] = []
    /// The others.
    private(set) var others: [Path] = []
    /// Where relative paths in them start.
    private(set) var base: Path
    /// What running containers call the project.
    private(set) var projectName: String?
    /// Whether several were as likely as the one that was taken.
    private(set) var isGuess = false

    private static let plainNames = [
        "compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml",
    ]

    /// Takes the files that somebody named.
    init(named files: [Path]) {
        chosen = files
        base = files[0].parent
    }

    /// Looks in a folder and in its `docker/`.
    ///
    /// Running containers decide, then `COMPOSE_FILE`, then a plain name with its override.
    ///
    /// - Parameters:
    ///   - folder: The working folder.
    ///   - variables: Of the env file.
    ///   - running: What the containers' labels say; asked only where it matters.
    init(in folder: Path, variables: [String: String], running: () -> [RunningProject]) {
        base = folder
        let found = [folder, folder.appending("docker")].flatMap(Self.candidates)
        guard !found.isEmpty else { return }
        let projects = running().filter { $0.files.contains(where: found.contains) }
        if let project = projects.max(by: { $0.containerCount < $1.containerCount }) {
            chosen = project.files
            base = project.folder ?? project.files[0].parent
            projectName = project.name
        } else if let listed = Self.listed(variables, in: folder) {
            chosen = listed
            base = listed[0].parent
        } else {
            chosen = choose(found)
            base = chosen[0].parent
        }
        let taken = chosen
        others = found.filter { !taken.contains($0) }
    }

    private mutating func choose(_ found: [Path]) -> [Path] {
        for file in found where Self.plainNames.contains(file.lastComponent.description) {
            let parts = file.lastComponent.description.split(separator: ".", maxSplits: 1)
            let override = file.parent.appending("\(parts[0]).override.\(parts[1])")
            return found.contains(override) ? [file, override] : [file]
        }
        isGuess = found.count > 1
        // The one that describes most is the likeliest to be the whole stack.
        let sized = found.map { (file: $0, sizeBytes: (try? FileStatus(of: $0))?.sizeBytes ?? 0) }
        return sized.max { $0.sizeBytes < $1.sizeBytes }.map { [$0.file] } ?? []
    }

    /// What `COMPOSE_FILE` of the env file names, as far as all of it is there.
    private static func listed(_ variables: [String: String], in folder: Path) -> [Path]? {
        guard let text = variables["COMPOSE_FILE"] else { return nil }
        let separator = variables["COMPOSE_PATH_SEPARATOR"]?.first ?? ":"
        let files = text.split(separator: separator).map {
            folder.appending(String($0)).normalized
        }
        let areThere = files.allSatisfy { (try? FileStatus(of: $0, following: true)) != nil }
        return files.isEmpty || !areThere ? nil : files
    }

    /// Names that compose itself or its users give, plain ones first.
    private static func candidates(in folder: Path) -> [Path] {
        guard let names = try? Directory(folder).names() else { return [] }
        let plain = plainNames.map { Path($0) }.filter(names.contains)
        let rest = names.filter { name in
            guard let text = name.text, !plain.contains(name) else { return false }
            let isYAML = text.hasSuffix(".yml") || text.hasSuffix(".yaml")
            return isYAML && (text.hasPrefix("docker-compose") || text.hasPrefix("compose."))
        }
        return (plain + rest).map(folder.appending).filter {
            (try? FileStatus(of: $0, following: true))?.kind == .file
        }
    }
}
