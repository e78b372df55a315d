internal import Documents

/// Everything that is wrong with a configuration, in the order of the file.
struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    enum Code: Sendable {
        /// The file could not be read as YAML; nothing behind that place was looked at.
        case unreadable
        case invalid
    }

    let code: Code
    /// Never empty.
    let problems: [ConfigurationProblem]
    /// libyaml's words.
    let cause: String?

    init(problems: [ConfigurationProblem]) {
        precondition(!problems.isEmpty)
        self.code = .invalid
        self.problems = problems.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
        self.cause = nil
    }

    init(_ error: DocumentError, fileName: String) {
        let origin = ConfigurationOrigin.file(fileName, error.position)
        self.code = .unreadable
        self.problems = [ConfigurationProblem(.syntax, at: origin, error.problem)]
        self.cause = error.cause
    }

    /// One line for each problem.
    var message: String { problems.map(\.message).joined(separator: "\n") }

    var description: String {
        guard let cause else { return message }
        return "\(message) (\(cause))"
    }
}

extension ConfigurationProblem {
    fileprivate var line: Int {
        guard case .file(_, let position) = origin else { return 0 }
        return position.line
    }

    fileprivate var column: Int {
        guard case .file(_, let position) = origin else { return 0 }
        return position.column
    }
}
