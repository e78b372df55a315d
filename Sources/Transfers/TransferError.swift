/// Why no response came; a status such as 404 is a response, not an error.
public struct TransferError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What went wrong, for callers that branch.
    public enum Code: Sendable {
        /// The address or a header is malformed, holds a secret, or is neither HTTP nor HTTPS.
        case invalidRequest
        /// The host name has no address.
        case hostNotFound
        /// Nobody accepts connections there.
        case notReachable
        /// The peer took longer than the limits allow.
        case timedOut
        /// The peer's certificate or the TLS handshake was refused.
        case notTrusted
        /// The response is larger than the caller allowed.
        case tooLarge
        /// The exchange broke off, or the peer does not speak HTTP.
        case broken
        /// We were asked to stop.
        case cancelled
        /// Whoever took the body, or gave it, wanted no more.
        case stopped
        /// libcurl itself could not be set up.
        case setup
    }

    /// What went wrong.
    public let code: Code
    /// What was tried; names scheme, host and port only: paths and headers may hold secrets.
    public let message: String
    /// libcurl's own text.
    public let cause: String?

    /// One line for people.
    public var description: String { cause.map { "\(message): \($0)" } ?? message }

    init(_ code: Code, _ message: String, cause: String? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }
}
