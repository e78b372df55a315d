internal import CSQLite
internal import Glibc
internal import Synchronization

/// What SQLite had to do with the leavings of a writer that died before it could read a database.
public enum Recovery: String, Sendable, Codable {
    /// Nothing.
    case none
    /// It indexed the write-ahead log anew; the commits in it are part of the database.
    case replayedLog
    /// It rolled a hot journal back: the transaction that was cut off is gone from the file, as
    /// it would be once any application had opened it.
    case rolledBackJournal
}

/// Hears from SQLite's error log what was recovered: the only place where SQLite says so.
enum RecoveryNotices {
    /// By thread, for those that listen: SQLite reports on the thread that opened the database.
    private static let heard = Mutex<[pthread_t: Recovery]>([:])

    /// Connects to SQLite's log; SQLite allows it before its first use in a process only.
    static let isListening: Bool = {
        let code = unsafe recover_sqlite_set_log { _, code, _ in RecoveryNotices.note(code) }
        return code == SQLITE_OK
    }()

    private static func note(_ code: Int32) {
        let recovery: Recovery? =
            switch code {
            case recover_sqlite_recovered_log: .replayedLog
            case recover_sqlite_recovered_journal: .rolledBackJournal
            default: nil
            }
        guard let recovery else { return }
        let thread = pthread_self()
        heard.withLock { heard in
            if heard[thread] != nil { heard[thread] = recovery }
        }
    }

    /// Runs the first read of a database and tells what SQLite recovered for it.
    ///
    /// - Parameter read: The read.
    /// - Returns: What was recovered.
    /// - Throws: What the read throws.
    static func listen(during read: () throws(DatabaseError) -> Void) throws(DatabaseError)
        -> Recovery
    {
        let thread = pthread_self()
        heard.withLock { $0[thread] = Recovery.none }
        defer { heard.withLock { $0[thread] = nil } }
        try read()
        return heard.withLock { $0[thread] } ?? .none
    }
}
