/// One option: a flag such as `--json`, or one with a value such as `--tag TAG`.
public struct Option: Sendable {
    /// The long name without its dashes; values are asked for by this name.
    public let name: String
    /// The one letter that stands for the long name.
    public let short: Character?
    /// What the help calls the value; `nil` for a flag.
    public let placeholder: String?
    /// What the value may be.
    public let kind: ValueKind
    /// What the option does, in one or two sentences.
    public let help: String
    /// Whether it may be given more than once.
    public let isRepeatable: Bool
    /// The variable that gives the value when the command line does not.
    public let environment: String?
    /// What holds when the option is absent, in words; the parser does not act on it.
    public let defaultText: String?

    /// Whether the option stands alone, without a value.
    public var isFlag: Bool { placeholder == nil }

    /// An option without a value.
    ///
    /// - Parameters:
    ///   - name: The long name without its dashes.
    ///   - help: What it does.
    ///   - short: A letter for it.
    ///   - repeatable: Whether `-vv` means more than `-v`.
    ///   - environment: A variable that sets it by `1`, `true`, `yes` or `on`.
    /// - Returns: The option.
    public static func flag(
        _ name: String,
        _ help: String,
        short: Character? = nil,
        repeatable: Bool = false,
        environment: String? = nil
    ) -> Option {
        Option(
            name: name,
            short: short,
            placeholder: nil,
            kind: .text,
            help: help,
            isRepeatable: repeatable,
            environment: environment,
            defaultText: nil
        )
    }

    /// An option with a value.
    ///
    /// - Parameters:
    ///   - name: The long name without its dashes.
    ///   - placeholder: What the help calls the value, in capitals.
    ///   - help: What it does.
    ///   - kind: What the value may be.
    ///   - short: A letter for it.
    ///   - repeatable: Whether it may be given more than once.
    ///   - environment: A variable that gives one value.
    ///   - defaultText: What holds when it is absent, in words.
    /// - Returns: The option.
    public static func value(
        _ name: String,
        _ placeholder: String,
        _ help: String,
        kind: ValueKind = .text,
        short: Character? = nil,
        repeatable: Bool = false,
        environment: String? = nil,
        default defaultText: String? = nil
    ) -> Option {
        Option(
            name: name,
            short: short,
            placeholder: placeholder,
            kind: kind,
            help: help,
            isRepeatable: repeatable,
            environment: environment,
            defaultText: defaultText
        )
    }

    /// Understood everywhere, without being declared.
    static let help = flag("help", "Show help for the command, examples first.", short: "h")

    /// Understood before any command, without being declared.
    static let version = flag("version", "Show the version.")

    /// Every way to write it, such as `-n` and `--dry-run`.
    var spellings: [String] {
        (short.map { ["-\($0)"] } ?? []) + ["--\(name)"]
    }

    /// The long form with its value, such as `--tag TAG`.
    var usage: String {
        placeholder.map { "--\(name) \($0)" } ?? "--\(name)"
    }

    /// All forms with the value, such as `-c, --config FILE`, long forms in one column.
    var heading: String {
        (short.map { "-\($0), " } ?? "    ") + usage
    }

    /// The help, with what it takes, its default and its variable in parentheses.
    var details: String {
        var notes: [String] = []
        if let words = kind.choices { notes.append("one of: \(words.joined(separator: ", "))") }
        if let defaultText { notes.append("default: \(defaultText)") }
        if isRepeatable { notes.append("may be repeated") }
        if let environment { notes.append("environment: \(environment)") }
        return notes.isEmpty ? help : "\(help) (\(notes.joined(separator: "; ")))"
    }
}
