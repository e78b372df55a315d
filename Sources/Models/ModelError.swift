public import Files

/// A model folder in which something could not be done.
public struct ModelError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Code: Sendable {
        /// No such version, link, folder or earlier good version.
        case notFound
        /// The version is there already.
        case exists
        /// The version is not whole, or nothing says what it should hold.
        case notReady
        /// Its bytes are not those of its manifest.
        case damaged
        /// What was asked for cannot be taken: a bad name, an empty folder, a device in it.
        case invalid
        /// Somebody else changes this folder.
        case busy
        /// The health check after a switch failed; the link is as it was before.
        case reverted
        /// The health check failed, and the link could not be put back.
        case notReverted
        /// Stopped on request.
        case cancelled
        /// The file system failed.
        case failed
    }

    /// What kind of failure it is.
    public let code: Code
    /// What failed, with the path.
    public let message: String
    /// What the layer below said.
    public let cause: FileError?
    /// What is changed all the same; nil where the code says it all.
    public let state: String?

    /// States a failure.
    ///
    /// - Parameters:
    ///   - code: Its kind.
    ///   - message: What failed, with the path.
    ///   - cause: What the layer below said.
    ///   - state: What is changed all the same.
    public init(_ code: Code, _ message: String, cause: FileError? = nil, state: String? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
        self.state = state
    }

    init(_ action: String, _ cause: FileError) {
        self.init(.failed, "\(action): \(cause.message)", cause: cause)
    }

    /// The message.
    public var description: String { message }

    /// Runs file calls and names what they were for.
    static func doing<Result: ~Copyable>(
        _ action: String,
        _ body: () throws(FileError) -> Result
    ) throws(ModelError) -> Result {
        do throws(FileError) {
            return try body()
        } catch {
            throw ModelError(action, error)
        }
    }
}
