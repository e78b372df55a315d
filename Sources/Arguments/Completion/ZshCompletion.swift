/// The completion script for zsh: one function per place of the tree, each around `_arguments`.
///
/// The outermost function holds the options understood everywhere in an array for the others,
/// except for those whose constraints name such an option.
struct ZshCompletion {
    let tree: CompletionTree
    private var function: String { tree.function }

    var script: String {
        """
        #compdef \(tree.name)
        # Completion of \(tree.name) for zsh.

        \(tree.sourceFunctions)
        # Offers the lines the function $1 prints; what follows a tab describes the value.
        \(function)_offer() {
            local line value
            local -a values
            while IFS= read -r line; do
                value=${line%%$'\\t'*}
                values+=("${value//:/\\\\:}:${${line#$value}#$'\\t'}")
            done < <($1 2>/dev/null)
            _describe -t values value values
        }

        \(tree.nodes.map(nodeFunction).joined(separator: "\n"))
        if [[ $funcstack[1] == \(function) ]]; then
            \(function) "$@"
        else
            compdef \(function) \(tree.name)
        fi

        """
    }

    private func name(_ path: String) -> String {
        function + path.map { $0 == " " ? "__" : $0 == "-" ? "_" : String($0) }.joined()
    }

    private func nodeFunction(_ node: CompletionTree.Node) -> String {
        let isGroup = !node.commands.isEmpty
        let members = node.constraints.flatMap(\.members)
        let isShared = !tree.everywhere.contains { members.contains("--\($0.name)") }
        let options = node.options + (isShared ? [] : tree.everywhere)
        var specifications = options.flatMap { self.specifications($0, node) }
        specifications += node.positionals.enumerated().map(specification)
        specifications += isGroup ? ["1: :->command", "*:: :->rest"] : []
        // With -A the options after a command are left to that command's function.
        let words =
            ["_arguments -s -S -C"] + (isGroup ? ["-A '-*'"] : [])
            + (isShared ? ["$everywhere"] : [])
        let list = specifications.map { " \\\n        " + shellQuoted($0) }.joined()
        return """
            \(name(node.path))() {
                local curcontext=$curcontext state line
                local -A opt_args
            \(node.path.isEmpty ? everywhere(node) : "")\
                \(words.joined(separator: " "))\(list)
            \(isGroup ? dispatch(node) : "")}

            """
    }

    private func everywhere(_ root: CompletionTree.Node) -> String {
        let lines = tree.everywhere.flatMap { specifications($0, root) }
            .map { "        \(shellQuoted($0))\n" }
        return "    local -a everywhere=(\n\(lines.joined())    )\n"
    }

    private func specification(_ index: Int, _ positional: Positional) -> String {
        let place =
            switch positional.count {
            case .required: "\(index + 1):"
            case .optional: "\(index + 1)::"
            case .repeated, .oneOrMore: "*:"
            }
        return place + Self.escaped(positional.name) + action(positional.kind)
    }

    /// What follows a group: its commands, or what the function of one of them offers.
    private func dispatch(_ node: CompletionTree.Node) -> String {
        let summaries = node.commands.map { command in
            "            " + shellQuoted("\(command.name):\(firstSentence(command.summary))")
        }
        let branches = node.commands.map { command in
            let words = ([command.name] + command.aliases).joined(separator: "|")
            return "        \(words)) \(name("\(node.path) \(command.name)")) ;;"
        }
        return """
                case $state in
                command)
                    local -a commands=(
            \(summaries.joined(separator: "\n"))
                    )
                    _describe -t commands command commands
                    ;;
                rest)
                    case $words[1] in
            \(branches.joined(separator: "\n"))
                    esac
                    ;;
                esac

            """
    }

    /// One specification per spelling, each naming the spellings it rules out.
    private func specifications(_ option: Option, _ node: CompletionTree.Node) -> [String] {
        let excluded = node.constraints.map(\.members)
            .filter { $0.contains("--\(option.name)") }.joined()
        let others = (node.options + tree.everywhere)
            .filter { $0.name != option.name && excluded.contains("--\($0.name)") }
        let spellings = ([option] + others).flatMap(\.spellings).joined(separator: " ")
        let ruledOut = option.isRepeatable ? "*" : "(\(spellings))"
        return option.spellings.map { spelling in
            let value = option.placeholder.map {
                ":" + Self.escaped($0) + action(option.kind)
            }
            let mark = option.isFlag ? "" : spelling.hasPrefix("--") ? "=" : "+"
            return "\(ruledOut)\(spelling)\(mark)[\(Self.escaped(option.brief))]\(value ?? "")"
        }
    }

    private func action(_ kind: ValueKind) -> String {
        switch kind {
        case .text: ": "
        case .file: ":_files"
        case .folder: ":_files -/"
        // The space keeps `_arguments` from adding words of its own to the call.
        case .choice, .listed: ": \(function)_offer " + (tree.sourceFunction(kind) ?? "")
        }
    }

    /// Signs that part a specification for `_arguments` are escaped.
    private static func escaped(_ text: String) -> String {
        text.map { "\\[]:".contains($0) ? "\\\($0)" : String($0) }.joined()
    }
}
