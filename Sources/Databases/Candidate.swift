/// A live database on its way to be pinned: one connection that locks, one that reads.
final class Candidate {
    let path: [UInt8]
    let reader: Database
    private let locker: Database
    /// What SQLite had to recover at the first read.
    let recovery: Recovery
    /// Why the write lock cannot be had; nil as long as it is to be taken.
    var refusal: DatabaseError?
    /// Why the last attempt to pin failed.
    private(set) var failure: DatabaseError?
    private(set) var stamp: DatabaseStamp?
    private(set) var schemaVersion: Int64 = 0
    /// Whether the main file alone is the pinned state, as long as the pin holds.
    private(set) var isWholeInFile = false
    private var isLocked = false

    /// Opens a database and reads it once, so that whatever SQLite must recover or wait for is
    /// done before any lock is held.
    init(
        _ path: [UInt8],
        waitMilliseconds: Int32,
        refusesLog: ([UInt8]) -> Bool
    ) throws(DatabaseError) {
        self.path = path
        let reader = try Database(live: path, busyMilliseconds: waitMilliseconds)
        if reader.header?.format == .wal, refusesLog(reader.resolvedPath) {
            throw DatabaseError(
                .networkFileSystem,
                "\(path.shown) is in WAL mode on a file system that other machines may write: "
                    + "it can only be read where its application runs, or while that is stopped"
            )
        }
        do throws(DatabaseError) {
            recovery = try RecoveryNotices.listen { () throws(DatabaseError) in
                try reader.execute("PRAGMA schema_version", "read")
            }
        } catch {
            throw error.explained(for: reader)
        }
        self.reader = reader
        reader.wait(forLocksMilliseconds: 0)
        locker = try Database(live: path, busyMilliseconds: 0)
        // Begun on such a connection, a writing transaction is a reading one without a word.
        if locker.isReadOnly {
            refusal = DatabaseError(.readOnly, "\(path.shown) cannot be locked: not writable")
        }
    }

    /// Takes the write lock if it is free.
    ///
    /// - Returns: False where another process holds it; true also where it can never be had, and
    ///   then ``refusal`` says why.
    func tryLock() -> Bool {
        do throws(DatabaseError) {
            try locker.execute("BEGIN IMMEDIATE", "lock")
            isLocked = true
        } catch {
            if error.code == .locked { return false }
            refusal = error.explained(for: locker)
        }
        return true
    }

    func unlock() {
        guard isLocked else { return }
        isLocked = false
        // Nothing was written, so that nothing can fail but a connection that is already broken.
        try? locker.execute("ROLLBACK", "unlock")
    }

    /// Pins the present state.
    ///
    /// The stamp comes first. It is kept only if the lock is held: without it a commit may have
    /// written its last byte before the stamp and become visible after the pin.
    func pin() {
        stamp = isLocked ? DatabaseStamp(resolved: reader.resolvedPath) : nil
        failure = nil
        isWholeInFile = false
        do throws(DatabaseError) {
            try reader.execute("BEGIN", "pin")
            // The cookie is on page 1: reading it takes the snapshot without parsing a schema.
            schemaVersion = try reader.number("PRAGMA schema_version", "pin")
            // A reader of an empty log keeps every checkpoint out of the file, and one in rollback
            // format every commit. The log's index is asked, too: a log that somebody removed under
            // its application has no bytes either.
            if let stamp, stamp.log == nil, stamp.journal == nil {
                isWholeInFile = !reader.isInLogMode || reader.logFrameCount == 0
            }
        } catch {
            unpin()
            failure = error.explained(for: reader)
        }
    }

    func unpin() {
        // Fails only where no transaction was begun.
        try? reader.execute("ROLLBACK", "unpin")
    }

    /// Tries once more to pin what another process kept locked, waiting for it.
    func pinLate(waitMilliseconds: Int32) {
        reader.wait(forLocksMilliseconds: waitMilliseconds)
        pin()
    }
}

extension DatabaseError {
    /// Says what SQLite's code means for this database, judging by what lies beside it.
    fileprivate func explained(for database: Database) -> DatabaseError {
        let path = database.resolvedPath
        switch code {
        case .notADatabase:
            let names = ["-wal", "-journal"].filter {
                FileStamp(of: path.adding(suffix: $0)) != nil
            }
            if names.isEmpty { return self }
            return explained(
                as: .encryptedOrForeign,
                "not SQLite's format, yet a \(names.joined(separator: " and a ")) lies beside it: "
                    + "encrypted, or another program's"
            )
        case .hotJournal:
            return explained(
                as: .hotJournal,
                "a writer died in a transaction; SQLite must roll its journal back first, "
                    + "which this user may not"
            )
        case .missing where FileStamp(of: path) == nil:
            return self
        // It is the index of the log that is missing where the database is there.
        case .readOnly, .cannotOpen, .permission, .missing:
            guard database.header?.format == .wal else { return self }
            return explained(
                as: .readOnly,
                "in WAL mode, which needs a file and a folder that this user can write"
            )
        default:
            return self
        }
    }
}
