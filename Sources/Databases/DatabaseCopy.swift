internal import CSQLite
internal import Glibc

/// A finished copy of a database: one file that nobody else knows, without anything beside it.
///
/// Pages keep their numbers. The copy is not synced to disk; it is meant to be read and thrown
/// away, and lies in a folder of the caller's own.
public struct DatabaseCopy: Sendable, Equatable {
    /// How many pages are copied between two looks at the caller's wish to stop.
    public static let pagesPerStep: Int32 = 1024

    /// Where it is; the mode is 0600.
    public let path: [UInt8]
    /// How many pages it has; 0 where the database is a file without a byte.
    public let pageCount: Int
    /// What SQLite had to do before it could read the original.
    public let recovery: Recovery

    /// Copies what a connection sees in the read transaction it is in.
    init(
        of source: Database,
        schemaVersion: Int64,
        recovery: Recovery,
        isWholeInFile: Bool = false,
        to path: [UInt8],
        pagesPerStep: Int32,
        progress: (_ copied: Int, _ total: Int) -> Bool
    ) throws(DatabaseError) {
        precondition(pagesPerStep > 0, "a step copies pages")
        self.path = path
        self.recovery = recovery
        try Self.makeFile(path)
        do throws(DatabaseError) {
            if isWholeInFile, let count = try Self.copyFile(source, path, pagesPerStep, progress) {
                pageCount = count
            } else {
                pageCount = try Self.copyPages(source, path, pagesPerStep, progress)
            }
            try Self.finish(path, pageCount, schemaVersion, source.header)
        } catch {
            _ = unsafe path.withCString { unsafe unlink($0) }
            throw error
        }
    }

    /// Recovers a database that was found with its log or journal, such as in an old archive, and
    /// copies it into one clean file.
    ///
    /// - Parameters:
    ///   - found: The database, in a private folder together with its `-wal` or `-journal` under
    ///     their own names and without `-shm`. SQLite writes there; throw the folder away then.
    ///   - destination: An absolute path where nothing is yet.
    ///   - progress: Gets copied and total pages; false stops.
    /// - Returns: The copy; ``recovery`` tells what was found.
    /// - Throws: ``DatabaseError``; nothing is left at the destination then.
    public static func recovering(
        _ found: [UInt8],
        to destination: [UInt8],
        progress: (_ copied: Int, _ total: Int) -> Bool = { _, _ in true }
    ) throws(DatabaseError) -> DatabaseCopy {
        let source = try Database(scratch: found)
        var schemaVersion: Int64 = 0
        let recovery = try RecoveryNotices.listen { () throws(DatabaseError) in
            try source.execute("BEGIN", "read")
            schemaVersion = try source.number("PRAGMA schema_version", "read")
        }
        return try DatabaseCopy(
            of: source,
            schemaVersion: schemaVersion,
            recovery: recovery,
            to: destination,
            pagesPerStep: pagesPerStep,
            progress: progress
        )
    }

    /// Makes the empty file, and makes sure that SQLite will not take a stranger for its journal.
    private static func makeFile(_ path: [UInt8]) throws(DatabaseError) {
        for suffix in ["-wal", "-journal"] {
            let beside = path.adding(suffix: suffix)
            if FileStamp(of: beside) != nil {
                throw DatabaseError(errorNumber: EEXIST, action: "copy beside", path: beside)
            }
        }
        let descriptor = repeated {
            unsafe path.withCString {
                unsafe open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            }
        }
        if descriptor == -1 {
            throw DatabaseError(errorNumber: errno, action: "create", path: path)
        }
        close(descriptor)
    }

    /// Copies the main file as it is: a quarter of the work that SQLite has with single pages.
    ///
    /// - Returns: The pages, or nil where SQLite has to judge what is wrong with the file.
    private static func copyFile(
        _ source: Database,
        _ path: [UInt8],
        _ pagesPerStep: Int32,
        _ progress: (Int, Int) -> Bool
    ) throws(DatabaseError) -> Int? {
        let pageBytes = Int(try source.number("PRAGMA page_size", "copy"))
        let pageCount = Int(try source.number("PRAGMA page_count", "copy"))
        let descriptor = repeated {
            unsafe path.withCString { unsafe open($0, O_WRONLY | O_CLOEXEC) }
        }
        if descriptor == -1 {
            throw DatabaseError(errorNumber: errno, action: "write", path: path)
        }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: min(Int(pagesPerStep) * pageBytes, 1 << 20))
        let (sizeBytes, stepBytes) = (pageCount * pageBytes, buffer.count)
        for start in stride(from: 0, to: sizeBytes, by: stepBytes) {
            let count = min(stepBytes, sizeBytes - start)
            let code = unsafe source.withHandle { handle in
                unsafe buffer.withUnsafeMutableBytes {
                    unsafe recover_sqlite_read(handle, $0.baseAddress, Int32(count), Int64(start))
                }
            }
            guard code == SQLITE_OK else {
                _ = repeated { ftruncate(descriptor, 0) }
                return nil
            }
            var done = 0
            while done < count {
                let written = repeated {
                    unsafe buffer.withUnsafeBytes {
                        let rest = unsafe $0.baseAddress?.advanced(by: done)
                        return unsafe pwrite(descriptor, rest, count - done, off_t(start + done))
                    }
                }
                if written <= 0 {
                    throw DatabaseError(errorNumber: errno, action: "write", path: path)
                }
                done += written
            }
            if !progress((start + count) / pageBytes, pageCount) {
                throw stopped(source)
            }
        }
        return pageCount > 0 ? pageCount : nil
    }

    private static func stopped(_ source: Database) -> DatabaseError {
        DatabaseError(.interrupted, "the copy of \(source.path.shown) was stopped")
    }

    private static func copyPages(
        _ source: Database,
        _ path: [UInt8],
        _ pagesPerStep: Int32,
        _ progress: (Int, Int) -> Bool
    ) throws(DatabaseError) -> Int {
        // A copy that is cut short is thrown away: it needs no journal, no sync and no locks.
        let target = try Database(scratch: path)
        try target.execute("PRAGMA locking_mode = EXCLUSIVE", "write")
        try target.execute("PRAGMA journal_mode = OFF", "write")
        try target.execute("PRAGMA synchronous = OFF", "write")
        let started = unsafe target.withHandle { target in
            unsafe source.withHandle { unsafe sqlite3_backup_init(target, "main", $0, "main") }
        }
        guard let backup = unsafe started else { throw target.error("write") }
        var code = SQLITE_OK
        var isWanted = true
        while code == SQLITE_OK && isWanted {
            code = unsafe sqlite3_backup_step(backup, pagesPerStep)
            let total = unsafe Int(sqlite3_backup_pagecount(backup))
            isWanted = unsafe progress(total - Int(sqlite3_backup_remaining(backup)), total)
        }
        let total = unsafe Int(sqlite3_backup_pagecount(backup))
        unsafe sqlite3_backup_finish(backup)
        if code == SQLITE_DONE { return total }
        if code == SQLITE_OK {
            throw stopped(source)
        }
        throw failure(code, source, target)
    }

    /// Damage is the source's fault; everything else is the copy's.
    private static func failure(_ code: Int32, _ source: Database, _ target: Database)
        -> DatabaseError
    {
        let isSource = [SQLITE_CORRUPT, SQLITE_NOTADB].contains(code & 0xFF)
        return isSource
            ? DatabaseError(
                extendedCode: code,
                words: unsafe String(cString: sqlite3_errstr(code)),
                action: "copy",
                path: source.path
            ) : target.error("write")
    }

    /// Puts back what the copying changed on page 1: SQLite counts a copy as a change of the
    /// schema, and signs with its own version.
    private static func finish(
        _ path: [UInt8],
        _ pageCount: Int,
        _ schemaVersion: Int64,
        _ original: DatabaseHeader?
    ) throws(DatabaseError) {
        let descriptor = repeated {
            unsafe path.withCString { unsafe open($0, O_WRONLY | O_CLOEXEC) }
        }
        if descriptor == -1 {
            throw DatabaseError(errorNumber: errno, action: "finish", path: path)
        }
        defer { close(descriptor) }
        if pageCount == 0 {
            // SQLite makes a page even for a database that has none yet.
            guard repeated({ ftruncate(descriptor, 0) }) == 0 else {
                throw DatabaseError(errorNumber: errno, action: "finish", path: path)
            }
            return
        }
        var fields = [(offset: 40, value: UInt32(truncatingIfNeeded: schemaVersion))]
        if let original { fields.append((offset: 96, value: original.writerVersion)) }
        for field in fields {
            // Byte by byte: a call that writes one of them writes all that it was asked to.
            for index in 0..<4 {
                var byte = UInt8(truncatingIfNeeded: field.value >> (24 - 8 * UInt32(index)))
                let count = repeated {
                    unsafe pwrite(descriptor, &byte, 1, off_t(field.offset + index))
                }
                if count != 1 {
                    throw DatabaseError(errorNumber: errno, action: "finish", path: path)
                }
            }
        }
    }

    /// Makes a call again that a signal interrupted.
    private static func repeated<Answer: SignedInteger>(_ call: () -> Answer) -> Answer {
        while true {
            let answer = call()
            if answer != -1 || errno != EINTR { return answer }
        }
    }
}
