internal import Files
internal import Processes

/// A compose project that has containers on this host, by their labels.
struct RunningProject: Equatable {
    let name: String
    /// Absolute.
    let files: [Path]
    /// Where relative paths start.
    let folder: Path?
    var containerCount = 1

    private static let deadlineSeconds = 3.0
    private static let labels = ["project", "project.config_files", "project.working_dir"]

    /// Asks docker; none where it is missing or does not answer.
    ///
    /// - Parameter environment: Of this process.
    /// - Returns: The projects.
    static func all(_ environment: [String: String]) -> [RunningProject] {
        let columns = labels.map { "{{.Label \"com.docker.compose.\($0)\"}}" }
        var command = Processes.Command(
            ["docker", "ps", "--all", "--format", columns.joined(separator: "\t")],
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
    static func parse(_ text: String) -> [RunningProject] {
        var found: [RunningProject] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard fields.count == 3, !fields[0].isEmpty, !fields[1].isEmpty else { continue }
            let project = RunningProject(
                name: String(fields[0]),
                files: fields[1].split(separator: ",").map { Path(String($0)).normalized },
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
}
