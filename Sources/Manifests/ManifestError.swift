/// A manifest that does not say what a manifest must say.
public struct ManifestError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Code: Sendable {
        /// Not JSON as we write it, or a field is missing or out of its range.
        case malformed
        /// A path leads out of its component, or is not one path.
        case unsafePath
    }

    /// What kind of failure it is.
    public let code: Code
    /// What is wrong, with the place.
    public let message: String

    /// States a failure.
    ///
    /// - Parameters:
    ///   - code: Its kind.
    ///   - message: What is wrong.
    public init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
