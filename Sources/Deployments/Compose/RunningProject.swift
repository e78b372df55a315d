public import Files
internal import Processes

/// A compose project that has containers on this host, by their labels.
public struct RunningProject: Equatable, Sendable {
    /// What compose calls it.
    public let name: String
    /// Absolute.
    public let files: [Path]
    /// Where relative paths start.
    public let folder: Path?
    /// How many containers it has, running or not.
    public internal(set) var containerCount = 1

    /// What a recovery calls the file that it lays over those of a stack, in the folder of an operation.
    public static let overrideName = Path("override.json")

    private static let deadlineSeconds = 3.0
    private static let labels = ["project", "project.config_files", "project.working_dir"]

    /// Asks docker; none where it is missing or does not answer.
    ///
    /// - Parameters:
    ///   - environment: Of this process.
    ///   - program: The engine's.
    /// - Returns: The projects.
    public static func all(
        _ environment: [String: String],
        program: String = "docker"
    ) -> [RunningProject] {
        let columns = labels.map { "{{.Label \"com.docker.compose.\($0)\"}}" }
        var command = Processes.Command(
            [program, "ps", "--all", "--format", columns.joined(separator: "\t")],
            environment: Environment(environment)
        )
        command.deadlineSeconds = deadlineSeconds
        guard let result = try? command.run(), result.succeeded else { return [] }
        return parse(result.output.text)
    }

    /// Reads docker's lines, one for each container.
    ///
    /// - Parameter text: Project, files and folder between tabs.
    /// - Returns: The projects in order of first mention.
    public static func parse(_ text: String) -> [RunningProject] {
        var found: [RunningProject] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard fields.count == 3, !fields[0].isEmpty, !fields[1].isEmpty else { continue }
            let project = RunningProject(
                name: String(fields[0]),
                files: fields[1].split(separator: ",").map { Path(String($0)).normalized }
                    .filter { !isOverride($0) },
                folder: fields[2].isEmpty ? nil : Path(String(fields[2])).normalized
            )
            if let index = found.firstIndex(where: { $0.files == project.files }) {
                found[index].containerCount += 1
            } else {
                found.append(project)
            }
        }
        return found
    }

    /// Containers that a recovery made name its override, too; the stack is the one of before.
    private static func isOverride(_ file: Path) -> Bool {
        file.lastComponent == overrideName && file.parent.parent.lastComponent == Path("operations")
    }
}
