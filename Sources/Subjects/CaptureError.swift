/// A capture that cannot go on.
public struct CaptureError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Code: Sendable {
        /// The component's source is missing, empty of what was asked for, or not readable.
        case source
        /// The repository failed: no component can be captured now.
        case repository
        /// We were asked to stop.
        case cancelled
    }

    /// What kind of failure it is.
    public let code: Code
    /// What failed.
    public let message: String
    /// The error below, for the one who knows its type.
    public let cause: (any Error)?

    /// States a failure.
    ///
    /// - Parameters:
    ///   - code: Its kind.
    ///   - message: What failed.
    ///   - cause: The error below.
    public init(code: Code, message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The message.
    public var description: String { message }
}
