/// The completion script for fish: rules, each bound to a place of the tree by a condition.
///
/// Fish evaluates equal conditions once for each completion.
struct FishCompletion {
    let tree: CompletionTree
    private var condition: String { "_" + tree.function + "_at" }
    private var takesValue: String { "_" + tree.function + "_takes_value" }

    var script: String {
        """
        # Completion of \(tree.name) for fish.

        # Succeeds when the option $argv[2] takes a value at the path $argv[1].
        function \(takesValue)
            switch "$argv"
                case \(valueOptions)
                    return 0
            end
            return 1
        end

        # Succeeds when the words before the cursor lead to the path $argv[1], and the number of
        # words after it compares to $argv[3] by $argv[2], if those are given.
        function \(condition)
            set -l path ''
            set -l taken 0
            set -l pending no
            set -l ended no
            set -l tokens (commandline -opc)
            set -e tokens[1]
            for token in $tokens
                if test $pending = yes
                    set pending no
                    continue
                end
                if test $ended = no
                    switch $token
                        case --
                            set ended yes
                            continue
                        case '--*=*'
                            continue
                        case '--*'
                            \(takesValue) "$path" $token; and set pending yes
                            continue
                        case '-?*'
                            set -l letters (string split '' -- (string sub -s 2 -- $token))
                            while set -q letters[1]; and not \(takesValue) "$path" -$letters[1]
                                set -e letters[1]
                            end
                            test (count $letters) -eq 1; and set pending yes
                            continue
                    end
                end
                switch "$path $token"
        \(steps)
                    case '*'
                        set taken (math $taken + 1)
                end
            end
            test "$path" = "$argv[1]"; or return 1
            not set -q argv[2]; or test $taken $argv[2] $argv[3]
        end

        complete -c \(tree.name) -f
        \(rules.joined(separator: "\n"))

        """
    }

    private var valueOptions: String {
        let everywhere = tree.everywhere.filter { !$0.isFlag }
            .flatMap(\.spellings).map { "'* \($0)'" }
        let local = tree.nodes.flatMap { node in
            node.options.filter { !$0.isFlag }.flatMap(\.spellings).map { "'\(node.path) \($0)'" }
        }
        return (everywhere + local).joined(separator: " ")
    }

    private var steps: String {
        tree.nodes.flatMap { node in
            node.commands.map { command in
                let words = ([command.name] + command.aliases).map { "'\(node.path) \($0)'" }
                return """
                                case \(words.joined(separator: " "))
                                    set path '\(node.path) \(command.name)'
                    """
            }
        }.joined(separator: "\n")
    }

    private var rules: [String] {
        tree.everywhere.map { rule(option: $0, place: "") }
            + tree.nodes.flatMap { node in
                node.commands.map { command in
                    rule(
                        place: at(node.path),
                        "-a \(command.name) -d \(Self.quoted(firstSentence(command.summary)))"
                    )
                }
                    + node.options.map { rule(option: $0, place: at(node.path)) }
                    + node.positionals.enumerated().compactMap { index, positional in
                        values(positional.kind).map {
                            let comparison = positional.isRepeating ? "-ge" : "-eq"
                            return rule(place: at(node.path, " \(comparison) \(index)"), $0)
                        }
                    }
            }
    }

    private func rule(option: Option, place: String) -> String {
        let short = option.short.map { "-s \($0) " } ?? ""
        let value: String =
            switch (option.isFlag, option.kind) {
            case (true, _): ""
            case (false, .file): " -r -F"
            case (false, let kind): " -x" + (values(kind).map { " \($0)" } ?? "")
            }
        return rule(
            place: place,
            "\(short)-l \(option.name)\(value) -d \(Self.quoted(option.brief))"
        )
    }

    private func rule(place: String, _ body: String) -> String {
        "complete -c \(tree.name) \(place)\(body)"
    }

    private func at(_ path: String, _ count: String = "") -> String {
        "-n \"\(condition) '\(path)'\(count)\" "
    }

    /// The arguments of `complete` that offer a kind's values; `nil` when nothing is offered.
    private func values(_ kind: ValueKind) -> String? {
        switch kind {
        case .text: nil
        case .file: "-F"
        case .folder: "-a '(__fish_complete_directories (commandline -ct))'"
        case .choice(let words): "-a " + Self.quoted(words.map(Self.quoted).joined(separator: " "))
        case .listed(let command): "-a " + Self.quoted("(\(command))")
        }
    }

    /// A text as one word of fish.
    private static func quoted(_ text: String) -> String {
        "'" + text.map { "\\'".contains($0) ? "\\\($0)" : String($0) }.joined() + "'"
    }
}
