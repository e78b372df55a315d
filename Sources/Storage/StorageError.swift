public import Files

/// A store that did not do what it was asked.
///
/// Never about a source: a full repository must not look like a file that was skipped.
public struct StorageError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Code: Sendable {
        /// No object has that name.
        case notFound
        /// The name is taken.
        case exists
        /// No space, or the quota is used up.
        case full
        /// The object ends before the wanted bytes.
        case truncated
        /// The place cannot hold a repository.
        case unsuitable
        /// Anything else: rights, input/output errors, a place that is gone.
        case failed
    }

    /// What kind of failure it is.
    public let code: Code
    /// What failed, with the object's name.
    public let message: String
    /// What the layer below said.
    public let cause: FileError?

    /// States a failure.
    ///
    /// - Parameters:
    ///   - code: Its kind.
    ///   - message: What failed, with the object's name.
    ///   - cause: What the layer below said.
    public init(code: Code, message: String, cause: FileError? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    init(_ action: String, _ cause: FileError) {
        let code: Code =
            switch cause.code {
            case .notFound: .notFound
            case .exists: .exists
            case .full: .full
            case .truncated: .truncated
            default: .failed
            }
        self.init(code: code, message: "\(action): \(cause.message)", cause: cause)
    }

    /// The message.
    public var description: String { message }
}
