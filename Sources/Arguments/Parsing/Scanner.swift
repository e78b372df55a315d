/// Goes through a command line word by word and sorts it into commands, options and words.
struct Scanner {
    let program: Program
    private(set) var path: [Command] = []
    private(set) var words: [String] = []
    private(set) var given: [String: [String]] = [:]
    /// The words after the command `help`; `nil` without it.
    private(set) var helpWords: [String]?
    private(set) var asksForHelp = false
    private(set) var asksForVersion = false

    init(program: Program) {
        self.program = program
    }

    /// The options that may be written after the commands read so far, those built in apart.
    var options: [Option] { program.globalOptions + path.flatMap(\.options) }

    mutating func scan(_ arguments: [String]) throws(ArgumentsError) {
        let ahead = arguments.prefix { $0 != "--" }
        asksForHelp = ahead.contains("-h") || ahead.contains("--help")
        var rest = arguments[...]
        var optionsEnded = false
        while let word = rest.popFirst() {
            do throws(ArgumentsError) {
                if optionsEnded || word == "-" || word.utf8.first != UInt8(ascii: "-") {
                    try take(word: word)
                } else if word == "--" {
                    optionsEnded = true
                } else if word.utf8.starts(with: "--".utf8) {
                    try take(longOption: word, &rest)
                } else {
                    try take(shortOptions: word, &rest)
                }
            } catch {
                // Who asks for help has got something wrong already; only a wrong command
                // leaves nothing to help with.
                guard asksForHelp && error.code != .unknownCommand else { throw error }
            }
        }
    }

    private mutating func take(word: String) throws(ArgumentsError) {
        if helpWords != nil {
            helpWords?.append(word)
            return
        }
        let candidates = path.last.map(\.subcommands) ?? program.commands
        if candidates.isEmpty {
            words.append(word)
        } else if let command = candidates.first(where: { $0.isCalled(word) }) {
            path.append(command)
        } else if path.isEmpty && word == "help" {
            helpWords = []
        } else {
            let names = candidates.map(\.name) + (path.isEmpty ? ["help"] : [])
            throw failure(.unknownCommand, "unknown command '\(word)'\(suggestion(word, names))")
        }
    }

    private mutating func take(
        longOption word: String,
        _ rest: inout ArraySlice<String>
    ) throws(ArgumentsError) {
        let equals = word.utf8.firstIndex(of: UInt8(ascii: "="))
        let spelling = String(word[..<(equals ?? word.endIndex)])
        let option = try option(spelling)
        let attached = equals.map { String(word[word.utf8.index(after: $0)...]) }
        if option.isFlag {
            if attached != nil {
                throw failure(.unexpectedValue, "'\(spelling)' takes no value")
            }
            try record(option, spelling, value: "")
        } else {
            try record(option, spelling, value: value(option, spelling, attached, &rest))
        }
    }

    /// A group such as `-qn`; the last letter may take a value, attached (`-cFILE`, `-c=FILE`) or
    /// as the next word.
    private mutating func take(
        shortOptions word: String,
        _ rest: inout ArraySlice<String>
    ) throws(ArgumentsError) {
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            let spelling = "-\(letter)"
            let option = try option(spelling)
            guard option.isFlag else {
                let attached = String(letters.first == "=" ? letters.dropFirst() : letters)
                let given = letters.isEmpty ? nil : attached
                try record(option, spelling, value: value(option, spelling, given, &rest))
                return
            }
            try record(option, spelling, value: "")
        }
    }

    private func option(_ spelling: String) throws(ArgumentsError) -> Option {
        let known = options + [Option.help] + (path.isEmpty ? [Option.version] : [])
        if let option = known.first(where: { $0.spellings.contains(spelling) }) {
            return option
        }
        let word = String(spelling.drop { $0 == "-" })
        let near = suggestion(word, known.map(\.name), prefix: "--")
        let place = ([program.name] + path.map(\.name)).joined(separator: " ")
        throw failure(.unknownOption, "'\(place)' has no option '\(spelling)'\(near)")
    }

    /// The value attached to an option, else the next word unless that looks like an option.
    private func value(
        _ option: Option,
        _ spelling: String,
        _ attached: String?,
        _ rest: inout ArraySlice<String>
    ) throws(ArgumentsError) -> String {
        if let attached { return attached }
        if let next = rest.first, next == "-" || next.utf8.first != UInt8(ascii: "-") {
            rest.removeFirst()
            return next
        }
        let looksLikeOption = rest.first.map { ", and '\($0)' begins with a dash" } ?? ""
        throw failure(
            .missingValue,
            "'\(spelling)' needs a value \(option.placeholder ?? "")\(looksLikeOption)"
        )
    }

    private mutating func record(
        _ option: Option,
        _ spelling: String,
        value: String
    ) throws(ArgumentsError) {
        if !option.isFlag && value.isEmpty {
            throw failure(.missingValue, "the value of '\(spelling)' is empty")
        }
        if given[option.name] != nil && !option.isRepeatable {
            throw failure(.duplicateOption, "'\(spelling)' is given twice")
        }
        try check(value, of: option.kind, for: "'\(spelling)'")
        given[option.name, default: []].append(value)
        if option.name == Option.help.name { asksForHelp = true }
        if path.isEmpty && option.name == Option.version.name { asksForVersion = true }
    }

    /// Throws when choices are declared and the value is none of them.
    func check(
        _ value: String,
        of kind: ValueKind,
        for place: String,
        cause: String? = nil
    ) throws(ArgumentsError) {
        guard let choices = kind.choices, !choices.contains(value) else { return }
        let near = suggestion(value, choices)
        let list = choices.joined(separator: ", ")
        let what = "'\(value)' is no value of \(place), which takes \(list)\(near)"
        throw failure(.badChoice, what, cause: cause)
    }

    func failure(
        _ code: ArgumentsError.Code,
        _ what: String,
        cause: String? = nil
    ) -> ArgumentsError {
        program.failure(code, what, path: path, cause: cause)
    }
}
