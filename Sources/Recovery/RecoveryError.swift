/// A restore that could not be done.
public struct RecoveryError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Code: Sendable {
        /// The repository does not give back what it was given.
        case damaged
        /// The repository does not answer.
        case repository
        /// The target is not fit: not empty, not a folder, of another kind.
        case target
        /// The target has no room.
        case full
        /// A process holds what would be replaced.
        case held
        /// We were asked to stop.
        case cancelled
        /// What was staged is not what was captured.
        case unproven
        /// Anything else about the target's files.
        case file
    }

    /// What kind of failure it is.
    public let code: Code
    /// What failed.
    public let message: String

    /// States a failure.
    ///
    /// - Parameters:
    ///   - code: Its kind.
    ///   - message: What failed.
    public init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
