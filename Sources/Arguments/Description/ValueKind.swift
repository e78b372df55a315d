/// What may be written in one place of a command line, and what a shell offers there.
public enum ValueKind: Sendable, Equatable {
    /// Any text; nothing is offered.
    case text
    /// The path of a file.
    case file
    /// The path of a folder.
    case folder
    /// One of these words; any other is refused.
    case choice([String])
    /// Any text; a shell offers the lines this shell command prints, up to a tab in each.
    ///
    /// What follows the tab describes the value, in shells that show descriptions.
    case listed(by: String)

    /// The words allowed, where not every word is.
    var choices: [String]? {
        if case .choice(let words) = self { words } else { nil }
    }
}
