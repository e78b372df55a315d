/// The completion script for bash.
///
/// One function walks the words before the cursor and keeps the path of commands; functions
/// with nothing but a `case` hold what the description says of each path.
struct BashCompletion {
    let tree: CompletionTree
    private var function: String { tree.function }

    var script: String {
        """
        # Completion of \(tree.name) for bash.

        \(tree.sourceFunctions)
        # Follows the word $1 from $path; fails when it is no command there.
        \(function)_step() {
            case "$path $1" in
        \(steps)
            *) return 1 ;;
            esac
        }

        # Puts into $kind what the option $1 takes at $path; fails when it takes nothing.
        \(function)_kind() {
            case "$path $1" in
        \(kinds)
            *) return 1 ;;
            esac
        }

        # Puts into $kind what word number $taken at $path is; fails when there is none.
        \(function)_word() {
            case "$path $taken" in
        \(words)
            *) return 1 ;;
            esac
        }

        # Prints the options at $path.
        \(function)_options() {
            printf '%s\\n' \(spellings(tree.everywhere))
            case $path in
        \(options)
            esac
        }

        # Prints the commands at $path.
        \(function)_commands() {
            case $path in
        \(commands)
            esac
        }

        \(Self.walk.split(separator: "FUNCTION").joined(separator: function))
        complete -F \(function) \(tree.name)

        """
    }

    /// One line of a `case`.
    private func branch(_ patterns: [String], _ body: String) -> String {
        "    \(patterns.joined(separator: " | "))) \(body) ;;"
    }

    private var steps: String {
        tree.nodes.flatMap { node in
            node.commands.map { command in
                branch(
                    ([command.name] + command.aliases).map { shellQuoted("\(node.path) \($0)") },
                    "path=\(shellQuoted("\(node.path) \(command.name)"))"
                )
            }
        }.joined(separator: "\n")
    }

    private var kinds: String {
        let everywhere = tree.everywhere.filter { !$0.isFlag }.map { option in
            branch(option.spellings.map { "*' \($0)'" }, "kind=\(name(of: option.kind))")
        }
        let local = tree.nodes.flatMap { node in
            node.options.filter { !$0.isFlag }.map { option in
                branch(
                    option.spellings.map { shellQuoted("\(node.path) \($0)") },
                    "kind=\(name(of: option.kind))"
                )
            }
        }
        return (everywhere + local).joined(separator: "\n")
    }

    private var words: String {
        tree.nodes.flatMap { node in
            node.positionals.enumerated().map { index, positional in
                let place = positional.isRepeating ? " '*" : " \(index)'"
                return branch(["'\(node.path)\(place)"], "kind=\(name(of: positional.kind))")
            }
        }.joined(separator: "\n")
    }

    private var options: String {
        tree.nodes.filter { !$0.options.isEmpty }.map { node in
            branch([shellQuoted(node.path)], "printf '%s\\n' \(spellings(node.options))")
        }.joined(separator: "\n")
    }

    private var commands: String {
        tree.nodes.filter { !$0.commands.isEmpty }.map { node in
            let names = node.commands.map(\.name).joined(separator: " ")
            return branch([shellQuoted(node.path)], "printf '%s\\n' \(names)")
        }.joined(separator: "\n")
    }

    private func spellings(_ options: [Option]) -> String {
        options.flatMap(\.spellings).joined(separator: " ")
    }

    private func name(of kind: ValueKind) -> String {
        switch kind {
        case .text: "text"
        case .file: "file"
        case .folder: "folder"
        case .choice, .listed: tree.sourceFunction(kind) ?? "text"
        }
    }
}
