/// Why a program could not be started or watched; a failing program is a result, not an error.
public struct ProcessError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What went wrong, for callers that branch.
    public enum Code: Sendable {
        /// The command cannot be expressed: no program, or a NUL byte in a string.
        case invalidCommand
        /// No executable file of that name.
        case programNotFound
        /// The working folder cannot be entered.
        case folderUnusable
        /// The system refused to start the program or to watch it.
        case system
    }

    /// What went wrong.
    public let code: Code
    /// What was tried; names the program, never its arguments or environment.
    public let message: String
    /// The system's own text.
    public let cause: String?

    /// One line for people.
    public var description: String { cause.map { "\(message): \($0)" } ?? message }

    init(_ code: Code, _ message: String, cause: String? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }
}
