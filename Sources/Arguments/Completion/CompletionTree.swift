/// A program as completions see it: every place in the tree of commands, the root first.
struct CompletionTree {
    /// One place, with what can be written there.
    struct Node {
        /// The canonical names that lead there, each after a space; empty at the root.
        let path: String
        /// The commands that may follow.
        let commands: [Command]
        /// The options besides those understood everywhere.
        let options: [Option]
        /// The words that may follow.
        let positionals: [Positional]
        /// What excludes one another.
        let constraints: [Constraint]
    }

    /// The word that starts the program.
    let name: String
    /// The name of the shell function that completes it, and the beginning of all others.
    let function: String
    /// The options understood everywhere.
    let everywhere: [Option]
    /// All places.
    let nodes: [Node]
    /// The shell commands that print values, each once.
    let sources: [String]

    init(program: Program) {
        name = program.name
        function = "_" + program.name.map { $0 == "-" ? "_" : String($0) }.joined()
        everywhere = [Option.help] + program.globalOptions
        let root = Command(
            program.name,
            program.summary,
            options: [Option.version],
            subcommands: program.commands + [Self.helpCommand(program)]
        )
        let below = root.subcommands.flatMap { Self.nodes($0, path: " \($0.name)", inherited: []) }
        nodes = [Self.node(root, path: "", inherited: [])] + below
        let kinds =
            (everywhere + nodes.flatMap(\.options)).map(\.kind)
            + nodes.flatMap(\.positionals).map(\.kind)
        var seen: Set<String> = []
        sources = kinds.compactMap(Self.source).filter { seen.insert($0).inserted }
    }

    /// The command that prints a kind's values; `nil` when nothing of ours does.
    private static func source(_ kind: ValueKind) -> String? {
        switch kind {
        case .choice(let words): "printf '%s\\n' " + words.map(shellQuoted).joined(separator: " ")
        case .listed(let command): command
        case .text, .file, .folder: nil
        }
    }

    /// The shell function that prints a kind's values.
    func sourceFunction(_ kind: ValueKind) -> String? {
        Self.source(kind).flatMap { sources.firstIndex(of: $0) }.map(sourceFunction)
    }

    private func sourceFunction(_ index: Int) -> String { "\(function)_values_\(index)" }

    /// Those functions, in the words that bash and zsh share.
    var sourceFunctions: String {
        sources.enumerated().map { index, source in
            "\(sourceFunction(index))() {\n    \(source)\n}\n"
        }.joined(separator: "\n")
    }

    private static func node(_ command: Command, path: String, inherited: [Option]) -> Node {
        Node(
            path: path,
            commands: command.subcommands,
            options: inherited + command.options,
            positionals: command.positionals,
            constraints: command.constraints
        )
    }

    private static func nodes(_ command: Command, path: String, inherited: [Option]) -> [Node] {
        let node = node(command, path: path, inherited: inherited)
        return [node]
            + command.subcommands.flatMap {
                nodes($0, path: "\(path) \($0.name)", inherited: node.options)
            }
    }

    /// The built-in command, as a tree of everything there is help on.
    private static func helpCommand(_ program: Program) -> Command {
        func bare(_ command: Command) -> Command {
            Command(
                command.name,
                command.summary,
                aliases: command.aliases,
                subcommands: command.subcommands.map(bare)
            )
        }
        let topics = program.topics.map { Command($0.name, $0.summary) }
        return Command("help", "Show help.", subcommands: program.commands.map(bare) + topics)
    }
}

extension Option {
    /// The first sentence of the help, for lists.
    var brief: String { firstSentence(help) }
}

/// A text up to its first full stop.
func firstSentence(_ text: String) -> String {
    let words = text.split(separator: " ")
    guard let end = words.firstIndex(where: { $0.hasSuffix(".") }) else { return text }
    return String(words[...end].joined(separator: " ").dropLast())
}

/// A text as one word of bash or zsh.
func shellQuoted(_ text: String) -> String {
    let pieces = text.split(separator: "'", omittingEmptySubsequences: false)
    return "'" + pieces.joined(separator: #"'\''"#) + "'"
}
