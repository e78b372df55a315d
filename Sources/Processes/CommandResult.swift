/// How a program ended and what it wrote.
public struct CommandResult: Equatable, Sendable {
    /// The end of a process as the system reports it.
    public enum End: Equatable, Sendable {
        /// It exited with this status, 0 to 255.
        case exited(status: Int32)
        /// This signal ended it.
        case signaled(number: Int32)
    }

    /// How it ended.
    public let end: End
    /// Whether it ran into its deadline and was told to stop.
    public let reachedDeadline: Bool
    /// Its standard output; empty when passed through.
    public let output: CapturedOutput
    /// Its standard error; empty when passed through.
    public let errors: CapturedOutput

    /// Whether it exited with status 0 before its deadline.
    public var succeeded: Bool { end == .exited(status: 0) && !reachedDeadline }
}
