public import Files
internal import Processes

/// The container engine of this machine, asked and told through its program; every call blocks.
public struct ContainerEngine: Sendable {
    /// `docker` or `podman`.
    public let program: String
    let runner: ProgramRunner

    /// Names the engine's program; nothing is started.
    ///
    /// - Parameters:
    ///   - program: `docker` or `podman`.
    ///   - environment: All variables for it, such as `DOCKER_HOST`.
    ///   - redaction: Takes out of its messages what must not stand there.
    public init(
        program: String = "docker",
        environment: [String: String],
        redaction: Redaction = Redaction([])
    ) {
        self.program = program
        runner = ProgramRunner(environment: Environment(environment), secrets: redaction)
    }

    /// The engine's version; proves that it answers.
    ///
    /// - Returns: Such as `28.2.2`.
    /// - Throws: ``DeploymentError``.
    public func version() throws(DeploymentError) -> String {
        let format = program == "podman" ? "{{.Client.Version}}" : "{{.Server.Version}}"
        return try ask(["version", "--format", format], deadlineSeconds: 10).trimmed
    }

    /// All containers of a project, running or not, by service and name.
    ///
    /// - Parameter project: As compose calls it.
    /// - Returns: The containers.
    /// - Throws: ``DeploymentError``.
    public func containers(of project: String) throws(DeploymentError) -> [Container] {
        let filter = "label=com.docker.compose.project=\(project)"
        let list = ["ps", "--all", "--quiet", "--no-trunc", "--filter", filter]
        // A container that goes between the two questions makes the second fail.
        var attempts = 3
        while true {
            let ids = try ask(list).split(separator: "\n").map(String.init)
            if ids.isEmpty { return [] }
            do throws(DeploymentError) {
                let words = ["inspect", "--format", ContainerReply.template] + ids
                return try ContainerReply.containers(try ask(words))
            } catch {
                attempts -= 1
                if attempts == 0 { throw error }
            }
        }
    }

    /// The image that a name stands for.
    ///
    /// - Parameter name: With its tag, or an id.
    /// - Returns: Its id, such as `sha256:…`; nil where this machine has no such image.
    /// - Throws: ``DeploymentError`` where the engine does not answer.
    public func imageID(of name: String) throws(DeploymentError) -> String? {
        let words = [program, "image", "inspect", "--format", "{{.Id}}", "--", name]
        let result = try runner.attempt(words)
        if result.succeeded { return result.output.text.trimmed }
        let said = result.errors.text.lowercased()
        let isMissing = said.contains("no such image") || said.contains("image not known")
        if isMissing { return nil }
        throw runner.failure(result, [program, "image", "inspect"], .engine)
    }

    /// The image that a name stands for, where the name must not be an argument of a program.
    ///
    /// - Parameter name: With its tag, as the engine lists it.
    /// - Returns: Its id; nil where this machine has no such image.
    /// - Throws: ``DeploymentError`` where the engine does not answer.
    func imageID(listedAs name: String) throws(DeploymentError) -> String? {
        let (repository, tag) = ImageName.parts(name)
        let wanted = "\(repository):\(tag ?? "latest")"
        let format = "{{.Repository}}:{{.Tag}}\t{{.ID}}"
        for line in try ask(["image", "ls", "--no-trunc", "--format", format]).split(
            separator: "\n"
        ) {
            let fields = line.split(separator: "\t").map(String.init)
            if fields.count == 2, fields[0] == wanted { return fields[1] }
        }
        return nil
    }

    /// Gives an image a further name.
    ///
    /// - Parameters:
    ///   - image: Its id.
    ///   - name: With a tag; what had the name loses it.
    /// - Throws: ``DeploymentError``.
    public func tag(_ image: String, as name: String) throws(DeploymentError) {
        _ = try ask(["tag", "--", image, name])
    }

    /// Writes images into an archive, layers that they share once.
    ///
    /// - Parameters:
    ///   - names: Names with tags, which the archive keeps, or ids.
    ///   - file: A path that is free.
    /// - Throws: ``DeploymentError``.
    public func save(_ names: [String], to file: Path) throws(DeploymentError) {
        let words = [program, "save", "--output", file.text ?? file.description, "--"] + names
        _ = try runner.run(words, deadlineSeconds: 7200, keepsOutput: false, code: .engine)
    }

    /// Takes a name from an image; the image goes with its last name.
    ///
    /// - Parameter name: With a tag.
    /// - Throws: ``DeploymentError``.
    public func untag(_ name: String) throws(DeploymentError) {
        _ = try ask(["rmi", "--no-prune", "--", name])
    }

    /// Names by which this machine has images of a repository.
    ///
    /// - Parameter repository: Such as `ai/backend`, without a tag.
    /// - Returns: Tags with the ids of their images, the newest first.
    /// - Throws: ``DeploymentError``.
    public func tags(of repository: String) throws(DeploymentError)
        -> [(tag: String, imageID: String)]
    {
        let format = "{{.Tag}}\t{{.ID}}"
        let words = ["image", "ls", "--no-trunc", "--format", format, "--", repository]
        return try ask(words).split(separator: "\n").compactMap { line in
            let fields = line.split(separator: "\t").map(String.init)
            return fields.count == 2 && fields[0] != "<none>" ? (fields[0], fields[1]) : nil
        }
    }

    /// Where a named volume lies on this machine.
    ///
    /// - Parameter name: As the engine calls it.
    /// - Returns: The folder; nil where there is no such volume.
    /// - Throws: ``DeploymentError`` where the engine does not answer.
    public func folder(ofVolume name: String) throws(DeploymentError) -> Path? {
        let words = [program, "volume", "inspect", "--format", "{{.Mountpoint}}", "--", name]
        let result = try runner.attempt(words)
        if result.succeeded { return Path(result.output.text.trimmed) }
        let said = result.errors.text.lowercased()
        if said.contains("no such volume") { return nil }
        throw runner.failure(result, [program, "volume", "inspect"], .engine)
    }

    /// What the engine calls a volume that a project's compose file names.
    ///
    /// - Parameters:
    ///   - name: As the compose file has it, or whole.
    ///   - project: The project; nil takes the name as it is.
    /// - Returns: The engine's name of it; the name itself where the project has no such volume.
    /// - Throws: ``DeploymentError``.
    public func volume(_ name: String, of project: String?) throws(DeploymentError) -> String {
        guard let project else { return name }
        let label = "label=com.docker.compose"
        let words = [
            "volume", "ls", "--quiet", "--filter", "\(label).project=\(project)",
            "--filter", "\(label).volume=\(name)",
        ]
        return try ask(words).split(separator: "\n").first.map(String.init) ?? name
    }

    /// Those of some containers that are there and paused.
    ///
    /// - Parameter ids: Containers, also such as are gone.
    /// - Returns: Their ids.
    /// - Throws: ``DeploymentError`` where the engine does not answer.
    public func paused(among ids: [String]) throws(DeploymentError) -> [String] {
        let words = ["ps", "--quiet", "--no-trunc", "--filter", "status=paused"]
        let found = Set(try ask(words).split(separator: "\n").map(String.init))
        return ids.filter(found.contains)
    }

    /// Stops containers at once, each within its own time of grace.
    ///
    /// - Parameter ids: Which; those that are stopped stay so.
    /// - Throws: ``DeploymentError``.
    public func stop(_ ids: [String]) throws(DeploymentError) { try change("stop", ids) }

    /// Starts containers that are there already, as they are.
    ///
    /// - Parameter ids: Which; those that run go on.
    /// - Throws: ``DeploymentError``.
    public func start(_ ids: [String]) throws(DeploymentError) { try change("start", ids) }

    /// Holds the processes of containers still.
    ///
    /// - Parameter ids: Running ones.
    /// - Throws: ``DeploymentError``.
    public func pause(_ ids: [String]) throws(DeploymentError) { try change("pause", ids) }

    /// Lets paused containers go on.
    ///
    /// - Parameter ids: Paused ones.
    /// - Throws: ``DeploymentError``.
    public func unpause(_ ids: [String]) throws(DeploymentError) { try change("unpause", ids) }

    /// The last lines that a container has said; they are the application's own and may hold
    /// anything.
    ///
    /// - Parameters:
    ///   - id: Which.
    ///   - lineCount: How many.
    /// - Returns: Standard output and standard error together.
    /// - Throws: ``DeploymentError``.
    public func lastLines(_ id: String, lineCount: Int) throws(DeploymentError) -> [String] {
        let words = [program, "logs", "--tail", "\(lineCount)", id]
        let result = try runner.attempt(words, deadlineSeconds: 20)
        guard result.succeeded else { throw runner.failure(result, [program, "logs"], .engine) }
        return (result.output.text + result.errors.text).split(separator: "\n").map(String.init)
    }

    private func change(_ verb: String, _ ids: [String]) throws(DeploymentError) {
        if ids.isEmpty { return }
        let words = [program, verb] + ids
        _ = try runner.run(words, deadlineSeconds: 300, keepsOutput: false)
    }

    private func ask(
        _ words: [String],
        deadlineSeconds: Double = 60
    ) throws(DeploymentError) -> String {
        try runner.run([program] + words, deadlineSeconds: deadlineSeconds, code: .engine)
    }
}

extension String {
    /// Without white space at its ends.
    var trimmed: String {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
