/// Makes an invocation of a scanned line: deals out the words, looks into the environment,
/// checks what holds between options.
struct Resolver {
    let scanner: Scanner
    let environment: [String: String]

    func invocation() throws(ArgumentsError) -> Invocation {
        guard let command = scanner.path.last, !command.isGroup else {
            let place = ([scanner.program.name] + scanner.path.map(\.name)).joined(separator: " ")
            let verbs = scanner.path.last?.subcommands.map(\.name) ?? []
            let choice = verbs.isEmpty ? "" : ": \(verbs.joined(separator: ", "))"
            throw scanner.failure(.missingCommand, "'\(place)' needs a command\(choice)")
        }
        let options = scanner.options
        let constraints = scanner.path.flatMap(\.constraints)
        let words = try dealtWords(command.positionals)
        var given = scanner.given.mapValues {
            Invocation.Given(values: $0, origin: .commandLine)
        }
        let present = scanner.given.keys.map { "--\($0)" } + words.keys.filter { words[$0] != [] }
        let settled = Set(
            present
                + constraints.map(\.members).filter { $0.contains(where: present.contains) }
                .joined()
        )
        for option in options where !settled.contains("--\(option.name)") {
            given[option.name] = try mirroredValue(option)
        }
        for constraint in constraints {
            try check(constraint, given: given, words: words)
        }
        return Invocation(
            path: scanner.path.map(\.name),
            declared: Dictionary(uniqueKeysWithValues: options.map { ($0.name, $0) }),
            given: given,
            words: words
        )
    }

    /// The words by the positional that takes them.
    private func dealtWords(
        _ positionals: [Positional]
    ) throws(ArgumentsError) -> [String: [String]] {
        var rest = scanner.words[...]
        var dealt: [String: [String]] = [:]
        for positional in positionals {
            let taken = positional.isRepeating ? rest : rest.prefix(1)
            rest = rest.dropFirst(taken.count)
            if taken.isEmpty && positional.isRequired {
                throw scanner.failure(.missingPositional, "\(positional.name) is missing")
            }
            for word in taken {
                if word.isEmpty {
                    throw scanner.failure(.missingValue, "\(positional.name) is empty")
                }
                try scanner.check(word, of: positional.kind, for: positional.name)
            }
            dealt[positional.name] = Array(taken)
        }
        if let surplus = rest.first {
            throw scanner.failure(.surplusPositional, "'\(surplus)' is one word too many")
        }
        return dealt
    }

    /// The value a variable gives an option.
    private func mirroredValue(_ option: Option) throws(ArgumentsError) -> Invocation.Given? {
        guard let name = option.environment, let text = environment[name], !text.isEmpty else {
            return nil
        }
        let cause = "\(name) in the environment"
        let origin = ValueOrigin.environment(name)
        guard option.isFlag else {
            try scanner.check(text, of: option.kind, for: "'--\(option.name)'", cause: cause)
            return Invocation.Given(values: [text], origin: origin)
        }
        switch text.lowercased() {
        case "1", "true", "yes", "on":
            return Invocation.Given(values: [""], origin: origin)
        case "0", "false", "no", "off":
            return nil
        default:
            let what = "'\(text)' neither sets nor unsets '--\(option.name)' (1, 0)"
            throw scanner.failure(.badChoice, what, cause: cause)
        }
    }

    private func check(
        _ constraint: Constraint,
        given: [String: Invocation.Given],
        words: [String: [String]]
    ) throws(ArgumentsError) {
        let present = constraint.members.filter { member in
            words[member].map { !$0.isEmpty } ?? given.keys.contains { "--\($0)" == member }
        }
        if present.count > 1 {
            let origins = present.compactMap { given[String($0.dropFirst(2))]?.origin }
            let variables = origins.compactMap { origin in
                if case .environment(let name) = origin { name } else { nil }
            }
            throw scanner.failure(
                .excludedCombination,
                "\(present.joined(separator: " and ")) exclude one another",
                cause: variables.isEmpty
                    ? nil : "\(variables.joined(separator: ", ")) in the environment"
            )
        }
        if present.isEmpty && constraint.isRequired {
            let names = constraint.members.joined(separator: ", ")
            let what =
                constraint.members.count == 1 ? "\(names) is missing" : "one of \(names) is missing"
            throw scanner.failure(.missingOption, what)
        }
    }
}
