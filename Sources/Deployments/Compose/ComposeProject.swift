internal import Files

/// What compose calls a deployment, and how that is known.
public struct ComposeProject: Sendable, Equatable, Codable {
    /// How a name is known, the surest first.
    public enum Origin: String, Sendable, Codable {
        /// The labels of containers that are there.
        case labels
        /// `COMPOSE_PROJECT_NAME` of this process or of the env file.
        case environment
        /// The key `name` of a compose file.
        case file
        /// The name of the folder.
        case folder
    }

    /// The name.
    public let name: String
    /// How it is known.
    public let origin: Origin

    /// Finds it as compose does, but believes containers that are there first.
    ///
    /// - Parameters:
    ///   - settings: The deployment.
    ///   - stack: Its files, read.
    ///   - variables: The environment of this process over the env file.
    ///   - running: What the containers' labels say.
    init(
        _ settings: DeploymentSettings,
        _ stack: ComposeStack,
        _ variables: [String: String],
        running: [RunningProject]
    ) {
        let found = running.filter { Self.isSame($0, settings) }
        if let project = found.max(by: { $0.containerCount < $1.containerCount }) {
            (name, origin) = (project.name, .labels)
        } else if let text = variables["COMPOSE_PROJECT_NAME"], !text.isEmpty {
            (name, origin) = (text, .environment)
        } else if let text = stack.name, !text.isEmpty {
            (name, origin) = (text, .file)
        } else {
            (name, origin) = (Self.name(of: settings.folder), .folder)
        }
    }

    /// A label may hold files as they were typed, in a folder that nobody knows any more.
    private static func isSame(_ project: RunningProject, _ settings: DeploymentSettings) -> Bool {
        if project.files == settings.files.map(\.normalized) { return true }
        guard project.folder == settings.folder.normalized,
            project.files.count == settings.files.count
        else { return false }
        return zip(project.files, settings.files).allSatisfy { label, file in
            !label.isAbsolute && label.lastComponent == file.lastComponent
        }
    }

    private static func name(of folder: Path) -> String {
        let letters = folder.lastComponent.description.lowercased().filter {
            $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_")
        }
        let name = letters.drop { $0 == "-" || $0 == "_" }
        return name.isEmpty ? "default" : String(name)
    }
}
