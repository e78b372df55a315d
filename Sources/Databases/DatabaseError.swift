internal import CSQLite
internal import Glibc

/// Why a database could not be opened, pinned, copied or checked.
public struct DatabaseError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is, as far as callers decide by it.
    public enum Code: String, Sendable {
        /// Nothing is there by that name.
        case missing
        /// The file is not SQLite's, and no file beside it hints at a database.
        case notADatabase
        /// The file is not SQLite's, yet a `-wal` or `-journal` lies beside it.
        case encryptedOrForeign
        /// SQLite found its own structures damaged.
        case corrupt
        /// Another process holds a lock that did not go away in time.
        case locked
        /// The file or its folder cannot be written by this user.
        case readOnly
        /// A writer died in a transaction and its journal cannot be rolled back by this user.
        case hotJournal
        /// The path named another file by the time the database was pinned.
        case replaced
        /// The rights do not suffice to read it.
        case permission
        /// It could not be opened for another reason, such as being a folder.
        case cannotOpen
        /// A database in WAL mode lies where other kernels may write it.
        case networkFileSystem
        /// Something is there by the name of the new copy already.
        case exists
        /// No space is left for the copy.
        case full
        /// The caller asked to stop.
        case interrupted
        /// The device failed.
        case io
        /// Anything else SQLite reports, such as an unknown function in the schema.
        case other
    }

    /// What kind of failure it is.
    public let code: Code
    /// What was tried, on which path, and what it means.
    public let message: String
    /// SQLite's or the kernel's own words; nil where the finding is ours.
    public let cause: String?
    /// SQLite's extended result code; 0 where SQLite was not asked.
    public let extendedCode: Int32

    /// The message, and the cause behind it.
    public var description: String {
        cause.map { "\(message): \($0)" } ?? message
    }

    /// A failure of our own finding.
    init(_ code: Code, _ message: String, cause: String? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
        extendedCode = 0
    }

    /// A failure of SQLite's finding.
    ///
    /// - Parameters:
    ///   - extendedCode: SQLite's extended result code.
    ///   - systemNumber: The kernel's error number behind it, or 0.
    ///   - words: SQLite's own words.
    ///   - action: What was tried, such as `open`.
    ///   - path: The database.
    init(
        extendedCode: Int32,
        systemNumber: Int32 = 0,
        words: String,
        action: String,
        path: [UInt8]
    ) {
        code = Self.code(extendedCode, systemNumber)
        message = "cannot \(action) \(path.shown)"
        var cause = "SQLite: \(words) (code \(extendedCode))"
        if systemNumber != 0 { cause += ", " + Self.words(systemNumber) }
        self.cause = cause
        self.extendedCode = extendedCode
    }

    /// A failure of a call to the kernel.
    init(errorNumber: Int32, action: String, path: [UInt8]) {
        code = Self.code(SQLITE_IOERR, errorNumber)
        message = "cannot \(action) \(path.shown)"
        cause = Self.words(errorNumber)
        extendedCode = 0
    }

    /// The same failure with a better explanation.
    func explained(as code: Code, _ explanation: String) -> DatabaseError {
        DatabaseError(self, code, "\(message) (\(explanation))")
    }

    private init(_ other: DatabaseError, _ code: Code, _ message: String) {
        self.code = code
        self.message = message
        cause = other.cause
        extendedCode = other.extendedCode
    }

    /// Sorts a result code into one of ours; the low byte is the primary code.
    static func code(_ extendedCode: Int32, _ systemNumber: Int32) -> Code {
        switch extendedCode {
        case recover_sqlite_hot_journal: return .hotJournal
        case recover_sqlite_is_folder: return .cannotOpen
        default: break
        }
        switch extendedCode & 0xFF {
        case SQLITE_NOTADB: return .notADatabase
        case SQLITE_CORRUPT, SQLITE_FORMAT: return .corrupt
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL: return .locked
        case SQLITE_READONLY: return .readOnly
        case SQLITE_PERM, SQLITE_AUTH: return .permission
        case SQLITE_FULL: return .full
        case SQLITE_INTERRUPT, SQLITE_ABORT: return .interrupted
        case SQLITE_IOERR: return fileCode(systemNumber) ?? .io
        case SQLITE_CANTOPEN: return fileCode(systemNumber) ?? .cannotOpen
        default: return .other
        }
    }

    private static func fileCode(_ number: Int32) -> Code? {
        switch number {
        case ENOENT, ENOTDIR: .missing
        case EACCES, EPERM: .permission
        case EROFS: .readOnly
        case EEXIST: .exists
        case ENOSPC, EDQUOT, EFBIG: .full
        default: nil
        }
    }

    private static func words(_ number: Int32) -> String {
        unsafe String(cString: strerror(number))
    }
}
