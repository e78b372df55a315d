/// What a command line asks for.
public enum Request: Sendable {
    /// To run a command.
    case run(Invocation)
    /// To show a page of help.
    case help(HelpSubject)
    /// To show the version.
    case version
}
