/// A verb, or a group of verbs when it has subcommands.
public struct Command: Sendable {
    /// The word on the command line.
    public let name: String
    /// Other words for it that no help or completion shows.
    public let aliases: [String]
    /// The heading it stands under in the overview.
    public let section: String
    /// What it does, on one line.
    public let summary: String
    /// More about it: paragraphs parted by empty lines; lines that begin with a space are kept.
    public let discussion: String
    /// Command lines worth copying, the most usual first.
    public let examples: [Example]
    /// The words it takes, in their order.
    public let positionals: [Positional]
    /// Its options; those of a group hold for each of its verbs.
    public let options: [Option]
    /// What holds between several options or positionals.
    public let constraints: [Constraint]
    /// The verbs of a group; a group takes no words of its own.
    public let subcommands: [Command]

    /// Describes one.
    ///
    /// - Parameters:
    ///   - name: The word on the command line.
    ///   - summary: What it does, on one line.
    ///   - section: The heading it stands under in the overview.
    ///   - aliases: Other words for it, not shown.
    ///   - discussion: More about it, in paragraphs.
    ///   - examples: Command lines worth copying.
    ///   - positionals: The words it takes.
    ///   - options: Its options.
    ///   - constraints: What holds between several options or positionals.
    ///   - subcommands: The verbs of a group.
    public init(
        _ name: String,
        _ summary: String,
        section: String = "Commands",
        aliases: [String] = [],
        discussion: String = "",
        examples: [Example] = [],
        positionals: [Positional] = [],
        options: [Option] = [],
        constraints: [Constraint] = [],
        subcommands: [Command] = []
    ) {
        self.name = name
        self.summary = summary
        self.section = section
        self.aliases = aliases
        self.discussion = discussion
        self.examples = examples
        self.positionals = positionals
        self.options = options
        self.constraints = constraints
        self.subcommands = subcommands
    }

    var isGroup: Bool { !subcommands.isEmpty }

    func isCalled(_ word: String) -> Bool {
        name == word || aliases.contains(word)
    }
}
