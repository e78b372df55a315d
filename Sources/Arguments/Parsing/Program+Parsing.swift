extension Program {
    /// Reads a command line.
    ///
    /// Options may stand anywhere, `--` ends them. A value that begins with a dash is written
    /// `--option=-value`, so that a forgotten value never swallows an option. An empty value is
    /// refused, since it mostly is a script's unset variable. `-h` or `--help` before `--` asks
    /// for help, whatever else the line holds, unless it names an unknown command.
    ///
    /// - Parameters:
    ///   - arguments: The words after the program's name.
    ///   - environment: The variables that may stand in for options. A variable is used when its
    ///     option, and all that exclude it, are absent from the line; an empty one is not set.
    /// - Returns: What the line asks for.
    /// - Throws: ``ArgumentsError`` when the line, or a variable it depends on, makes no sense.
    public func parse(
        _ arguments: [String],
        environment: [String: String] = [:]
    ) throws(ArgumentsError) -> Request {
        var scanner = Scanner(program: self)
        try scanner.scan(arguments)
        if let words = scanner.helpWords {
            return .help(try helpSubject(words))
        }
        if scanner.asksForHelp {
            return .help(scanner.path.isEmpty ? .overview : .command(scanner.path.map(\.name)))
        }
        if scanner.asksForVersion { return .version }
        return .run(try Resolver(scanner: scanner, environment: environment).invocation())
    }

    /// What `help WORD...` is about.
    private func helpSubject(_ words: [String]) throws(ArgumentsError) -> HelpSubject {
        var path: [Command] = []
        for word in words {
            if path.isEmpty, words.count == 1, topics.contains(where: { $0.name == word }) {
                return .topic(word)
            }
            let candidates = path.last.map(\.subcommands) ?? commands
            guard let command = candidates.first(where: { $0.isCalled(word) }) else {
                let names = candidates.map(\.name) + (path.isEmpty ? topics.map(\.name) : [])
                throw failure(
                    .unknownTopic,
                    "there is no help on '\(word)'\(suggestion(word, names))",
                    path: path
                )
            }
            path.append(command)
        }
        return path.isEmpty ? .overview : .command(path.map(\.name))
    }

    /// An error whose message ends with the page of help to read.
    func failure(
        _ code: ArgumentsError.Code,
        _ what: String,
        path: [Command],
        cause: String? = nil
    ) -> ArgumentsError {
        let page = ([name, "help"] + path.map(\.name)).joined(separator: " ")
        return ArgumentsError(code: code, message: "\(what); run: \(page)", cause: cause)
    }
}

/// The near names as the rest of a sentence, each after a prefix; nothing when there is none.
func suggestion(_ word: String, _ names: [String], prefix: String = "") -> String {
    let near = nearestNames(to: word, among: names).map { "'\(prefix)\($0)'" }
    guard let last = near.last else { return "" }
    let others = near.dropLast().joined(separator: ", ")
    return " (did you mean " + (others.isEmpty ? last : "\(others) or \(last)") + "?)"
}
