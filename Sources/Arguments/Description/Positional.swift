/// A word on the command line that is told by its place, such as `SNAPSHOT`.
public struct Positional: Sendable {
    /// How many words a positional takes.
    public enum Count: Sendable {
        /// Exactly one.
        case required
        /// None or one.
        case optional
        /// Any number, also none.
        case repeated
        /// At least one.
        case oneOrMore
    }

    /// What the help calls it, in capitals; values are asked for by this name.
    public let name: String
    /// How many words it takes.
    public let count: Count
    /// What it is, in one or two sentences.
    public let help: String
    /// What the words may be.
    public let kind: ValueKind

    /// Describes one.
    ///
    /// - Parameters:
    ///   - name: What the help calls it, in capitals.
    ///   - count: How many words it takes.
    ///   - help: What it is.
    ///   - kind: What the words may be.
    public init(_ name: String, _ count: Count, _ help: String, kind: ValueKind = .text) {
        self.name = name
        self.count = count
        self.help = help
        self.kind = kind
    }

    var isRequired: Bool { count == .required || count == .oneOrMore }
    var isRepeating: Bool { count == .repeated || count == .oneOrMore }

    /// The name, with dots when several words may come.
    var heading: String { isRepeating ? "\(name)..." : name }

    /// The heading, in brackets when it may be left out.
    var usage: String { isRequired ? heading : "[\(heading)]" }

    /// The help, with the words allowed in parentheses.
    var details: String {
        kind.choices.map { "\(help) (one of: \($0.joined(separator: ", ")))" } ?? help
    }
}
