/// Why a deployment could not be looked at or changed.
public struct DeploymentError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What went wrong, for callers that branch.
    public enum Code: Sendable {
        /// No program that drives containers is there, or none answers.
        case noProgram
        /// The engine does not answer, or answers with nonsense.
        case engine
        /// Compose refused, or a change of containers failed.
        case refused
        /// The compose files or the env file cannot be read.
        case files
    }

    /// What went wrong.
    public let code: Code
    /// What failed; holds no value of an env file.
    public let message: String

    /// One line for people.
    public var description: String { message }

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
