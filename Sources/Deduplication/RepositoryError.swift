internal import Files
internal import Manifests
public import Storage

/// A repository that cannot do what it was asked; never about a source.
public struct RepositoryError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Code: Sendable {
        /// There is no repository at that place.
        case missing
        /// There is something else, or a repository already.
        case occupied
        /// A format or a feature that this version does not know.
        case unsupported
        /// Stored bytes are not what they were.
        case damaged
        /// No space.
        case full
        /// No such snapshot, component or file.
        case notFound
        /// More than one snapshot begins with the given letters.
        case ambiguous
        /// Somebody revoked this backup while it ran.
        case revoked
        /// Whether the snapshot was published could not be learned.
        case uncertain
        /// We were asked to stop.
        case cancelled
        /// A file of the source could not be read.
        case source
        /// Anything else that the store reported.
        case storage
    }

    /// What kind of failure it is.
    public let code: Code
    /// What failed.
    public let message: String
    /// What the store said, where it was the store.
    public let cause: StorageError?

    /// States a failure.
    ///
    /// - Parameters:
    ///   - code: Its kind.
    ///   - message: What failed.
    ///   - cause: What the store said.
    public init(code: Code, message: String, cause: StorageError? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    init(_ cause: StorageError) {
        self.init(
            code: cause.code == .full ? .full : .storage,
            message: cause.message,
            cause: cause
        )
    }

    init(_ cause: ManifestError, in place: String) {
        self.init(code: .damaged, message: "\(place): \(cause.message)")
    }

    /// The message.
    public var description: String { message }
}

/// Runs a call to the store, its failure becoming one of the repository.
func storing<Result>(
    _ body: () throws(StorageError) -> Result
) throws(RepositoryError) -> Result {
    do throws(StorageError) {
        return try body()
    } catch {
        throw RepositoryError(error)
    }
}

/// Runs a call that reads a source file, its failure becoming one of the source.
func reading<Result: ~Copyable>(_ body: () throws(FileError) -> Result) throws(RepositoryError)
    -> Result
{
    do throws(FileError) {
        return try body()
    } catch {
        throw RepositoryError(code: .source, message: error.message)
    }
}
