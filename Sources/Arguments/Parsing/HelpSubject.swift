/// What a page of help is about.
public enum HelpSubject: Sendable, Equatable {
    /// The whole program.
    case overview
    /// The command these names lead to, outermost first.
    case command([String])
    /// The topic of this name.
    case topic(String)
}
