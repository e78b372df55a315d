/// A restore into a Qdrant that was not done.
public struct QdrantRestoreError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Code: Sendable {
        /// The server cannot be reached, is none, or failed at what was asked.
        case server
        /// No key, a wrong one, or one without the right to restore.
        case forbidden
        /// Versions, formats or configurations do not fit.
        case incompatible
        /// The snapshot does not hold what a restore needs.
        case damaged
        /// What is on the server is not what was captured.
        case unproven
        /// The snapshot holds no such collection.
        case notFound
        /// A name is taken.
        case occupied
        /// We were asked to stop.
        case cancelled
        /// The live collection is neither what was wanted nor what it was.
        case notReverted
    }

    /// What kind of failure it is.
    public let code: Code
    /// What failed.
    public let message: String
    /// What to do about it, where that is known here.
    public var next: String?
    /// Whether the live collection was replaced and then put back.
    public var wasPutBack = false
    /// Whether something that was made for the restore is still on the server.
    public var isLeftBehind = false

    /// States a failure.
    ///
    /// - Parameters:
    ///   - code: Its kind.
    ///   - message: What failed.
    ///   - next: What to do about it.
    public init(_ code: Code, _ message: String, next: String? = nil) {
        self.code = code
        self.message = message
        self.next = next
    }

    /// A request that failed.
    init(_ error: QdrantError) {
        let code: Code =
            switch error.code {
            case .forbidden: .forbidden
            case .stopped: .cancelled
            default: .server
            }
        self.init(code, error.message)
    }

    /// Content of the snapshot that cannot be had.
    init(_ error: CaptureError) {
        if let cause = error.cause as? QdrantError {
            self.init(cause)
        } else {
            self.init(error.code == .cancelled ? .cancelled : .damaged, error.message)
        }
    }

    /// What failed.
    public var description: String { message }
}

/// Asks a server, a failure becoming one of the restore.
func restoring<Result>(
    _ body: () throws(QdrantError) -> Result
) throws(QdrantRestoreError) -> Result {
    do throws(QdrantError) {
        return try body()
    } catch {
        throw QdrantRestoreError(error)
    }
}

/// Reads from the snapshot, a failure becoming one of the restore.
func fetching<Result>(
    _ body: () throws(CaptureError) -> Result
) throws(QdrantRestoreError) -> Result {
    do throws(CaptureError) {
        return try body()
    } catch {
        throw QdrantRestoreError(error)
    }
}
