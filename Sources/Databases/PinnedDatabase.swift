internal import Synchronization

/// A live database whose state at one instant stays readable until it is released.
///
/// While it is pinned its write-ahead log cannot start over and grows; in rollback format every
/// commit of its application waits. Copy it soon, release it then.
public final class PinnedDatabase: Sendable {
    /// How the instant relates to that of the other databases.
    public enum Consistency: Sendable {
        /// The one instant of the barrier.
        case barrier
        /// An instant of its own, with the reason why it could not be locked.
        case perDatabase(DatabaseError)
    }

    /// The path it was asked for by.
    public let path: [UInt8]
    /// How its instant relates to that of the others.
    public let consistency: Consistency
    /// How its application commits.
    public let format: DatabaseHeader.Format
    /// Its files while its write lock was held; nil where that could not be had, and then the
    /// database has to be read again next time.
    public let stamp: DatabaseStamp?
    /// What SQLite had to do before it could read.
    public let recovery: Recovery
    /// SQLite's schema version at the instant.
    public let schemaVersion: Int64
    private let isWholeInFile: Bool
    private let reader: Mutex<Database?>

    init(_ candidate: Candidate) {
        path = candidate.path
        consistency = candidate.refusal.map { .perDatabase($0) } ?? .barrier
        format = candidate.reader.isInLogMode ? .wal : .rollback
        stamp = candidate.stamp
        recovery = candidate.recovery
        schemaVersion = candidate.schemaVersion
        isWholeInFile = candidate.isWholeInFile
        reader = Mutex(candidate.reader)
    }

    /// Copies the pinned state into a new file; see ``DatabaseCopy``.
    ///
    /// - Parameters:
    ///   - destination: An absolute path where nothing is yet.
    ///   - pagesPerStep: How many pages are copied between two calls of `progress`.
    ///   - progress: Gets copied and total pages; false stops.
    /// - Returns: What was copied.
    /// - Throws: ``DatabaseError``; nothing is left at the destination then.
    public func copy(
        to destination: [UInt8],
        pagesPerStep: Int32 = DatabaseCopy.pagesPerStep,
        progress: (_ copied: Int, _ total: Int) -> Bool = { _, _ in true }
    ) throws(DatabaseError) -> DatabaseCopy {
        guard let database = reader.withLock({ $0 }) else {
            preconditionFailure("a released database is copied no more")
        }
        return try DatabaseCopy(
            of: database,
            schemaVersion: schemaVersion,
            recovery: recovery,
            isWholeInFile: isWholeInFile,
            to: destination,
            pagesPerStep: pagesPerStep,
            progress: progress
        )
    }

    /// Lets the application's log and commits go on; the state is readable no more.
    public func release() {
        reader.withLock { $0 = nil }
    }
}
