/// Where the value of an option comes from.
public enum ValueOrigin: Sendable, Equatable {
    /// It was written on the command line.
    case commandLine
    /// The variable of this name holds it.
    case environment(String)
}
