/// A whole command line: what is declared here is parsed, explained, completed and printed as
/// a manual page.
///
/// `-h`, `--help`, `--version` and the command `help` come by themselves.
public struct Program: Sendable {
    /// The word that starts it.
    public let name: String
    /// What it is, on one line.
    public let summary: String
    /// Its version, as `--version` shows it.
    public let version: String
    /// More about it: paragraphs parted by empty lines; lines that begin with a space are kept.
    public let discussion: String
    /// Command lines worth copying, shown above the overview.
    public let examples: [Example]
    /// The options every command takes, before its name and after.
    public let globalOptions: [Option]
    /// The commands, in the order of the overview.
    public let commands: [Command]
    /// The exit codes; they make the topic `exit-codes`.
    public let exitCodes: [ExitCode]
    /// Further pages of help.
    public let topics: [Topic]

    /// Describes one.
    ///
    /// A description that contradicts itself, such as an option declared twice, stops the process.
    ///
    /// - Parameters:
    ///   - name: The word that starts it.
    ///   - summary: What it is, on one line.
    ///   - version: Its version.
    ///   - discussion: More about it, in paragraphs.
    ///   - examples: Command lines worth copying.
    ///   - globalOptions: The options every command takes.
    ///   - commands: The commands, in the order of the overview.
    ///   - exitCodes: The exit codes.
    ///   - topics: Further pages of help.
    public init(
        _ name: String,
        _ summary: String,
        version: String,
        discussion: String = "",
        examples: [Example] = [],
        globalOptions: [Option] = [],
        commands: [Command],
        exitCodes: [ExitCode] = [],
        topics: [Topic] = []
    ) {
        self.name = name
        self.summary = summary
        self.version = version
        self.discussion = discussion
        self.examples = examples
        self.globalOptions = globalOptions
        self.commands = commands
        self.exitCodes = exitCodes
        self.topics = topics + (exitCodes.isEmpty ? [] : [Topic.exitCodes])
        let faults = descriptionFaults(
            globalOptions: globalOptions,
            commands: commands,
            topics: self.topics
        )
        precondition(faults.isEmpty, faults.joined(separator: "\n"))
    }

    /// The commands that canonical names lead to, outermost first; `nil` where one is unknown.
    func commands(at path: [String]) -> [Command]? {
        var found: [Command] = []
        for name in path {
            let candidates = found.last?.subcommands ?? commands
            guard let command = candidates.first(where: { $0.name == name }) else { return nil }
            found.append(command)
        }
        return found
    }
}
