internal import Files

/// A reader at work, whom a collection leaves all that it may need.
///
/// A session as a backup has one, of a snapshot that never comes.
public final class ReadingHold: Sendable {
    private let session: OpenSession

    init(_ session: OpenSession) {
        self.session = session
    }

    /// Ends it.
    public func release() { session.release() }
}

extension Repository {
    /// Tells collections that somebody reads: as long as the hold lives, no pack goes that was
    /// needed when it began.
    ///
    /// - Parameters:
    ///   - host: This machine.
    ///   - processID: This process.
    /// - Returns: The hold.
    /// - Throws: ``RepositoryError``, as where the repository may not be written to.
    public func holdForReading(
        host: String,
        processID: Int
    ) throws(RepositoryError) -> ReadingHold {
        let now = Moment.now
        let session = try OpenSession(
            try SnapshotDraft.freeID(at: now, in: store),
            in: store,
            host: host,
            processID: processID,
            startedAt: now
        )
        return ReadingHold(session)
    }
}
