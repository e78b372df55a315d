/// A request to a Qdrant that did not do what was asked.
public struct QdrantError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is, for callers that branch.
    public enum Code: Sendable {
        /// No answer, or none that is complete.
        case unreachable
        /// It took longer than we wait; whether it was done is not known.
        case timedOut
        /// The answer is none of Qdrant's.
        case notQdrant
        /// No key, a wrong one, or one without the right (401, 403).
        case forbidden
        /// No such collection, shard or snapshot (404).
        case notFound
        /// The server refuses what was asked (other 4xx).
        case refused
        /// The server failed (5xx).
        case server
        /// A download went on in another file than it began in.
        case changed
        /// We were asked to stop, or whoever took the bytes wanted no more.
        case stopped
    }

    /// What kind of failure it is.
    public let code: Code
    /// What was asked and what the server said.
    public let message: String
    /// The HTTP status, where there was one.
    public let status: Int?
    /// The error below.
    public let cause: (any Error)?

    /// What was asked and what the server said.
    public var description: String { message }

    init(_ code: Code, _ message: String, status: Int? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.status = status
        self.cause = cause
    }
}
