internal import CSQLite
internal import Glibc

/// A connection to a database; owns its handle.
///
/// Outside this module it opens finished copies only. Live databases are opened by
/// ``WriteBarrier``, and nothing else of this process may open their files: closing any
/// descriptor of a file drops the locks that SQLite holds on it for this process.
@safe
public final class Database: @unchecked Sendable {
    // Sendable because SQLite serialises the calls on one connection.

    /// The path it was opened by.
    public let path: [UInt8]
    private let handle: OpaquePointer
    /// Whether the last one to close may remove an empty log: only where we made it.
    private var madeLog = false

    /// Opens a finished copy: read-only, without locks, sidecars or any trace beside it.
    ///
    /// - Parameter path: An absolute path of a file that nobody writes any more.
    /// - Throws: ``DatabaseError``.
    public convenience init(finished path: [UInt8]) throws(DatabaseError) {
        let name = path.fileURI + Array("?mode=ro&immutable=1".utf8)
        try self.init(name, path, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI)
    }

    /// Opens a live database, never creating it.
    ///
    /// It is opened for writing, although nothing is ever written through it: only so can SQLite
    /// take a write lock, share the log's index, and roll a dead writer's journal back.
    /// Closing it does not checkpoint.
    convenience init(live path: [UInt8], busyMilliseconds: Int32) throws(DatabaseError) {
        try self.init(path, path, SQLITE_OPEN_READWRITE)
        unsafe recover_sqlite_switch(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        wait(forLocksMilliseconds: busyMilliseconds)
        madeLog = FileStamp(of: resolvedPath.adding(suffix: "-wal")) == nil
    }

    /// Opens a private file that is being made or recovered.
    convenience init(scratch path: [UInt8]) throws(DatabaseError) {
        try self.init(path, path, SQLITE_OPEN_READWRITE)
    }

    private init(_ name: [UInt8], _ path: [UInt8], _ flags: Int32) throws(DatabaseError) {
        precondition(path.first == UInt8(ascii: "/"), "a database is named by an absolute path")
        precondition(RecoveryNotices.isListening, "SQLite was used before this module")
        var opened: OpaquePointer?
        let code = unsafe name.withCString {
            unsafe sqlite3_open_v2($0, &opened, flags | SQLITE_OPEN_EXRESCODE, nil)
        }
        guard let found = unsafe opened else { preconditionFailure("no memory for a database") }
        unsafe handle = found
        self.path = path
        guard code == SQLITE_OK else { throw error("open") }
        // A hostile schema must not reach functions with side effects; a file that is cut short
        // while it is mapped would kill this process.
        unsafe recover_sqlite_switch(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
        unsafe recover_sqlite_switch(handle, SQLITE_DBCONFIG_DEFENSIVE, 1)
        try execute("PRAGMA mmap_size = 0", "open")
    }

    deinit {
        // The folder is left as it was found. Should somebody commit right here and close, the
        // last to leave checkpoints: that would be us, as it would be any application.
        if madeLog, FileStamp(of: resolvedPath.adding(suffix: "-wal"))?.sizeBytes == 0 {
            unsafe recover_sqlite_switch(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
        }
        unsafe sqlite3_close_v2(handle)
    }

    /// How long a call waits for another process's lock.
    func wait(forLocksMilliseconds milliseconds: Int32) {
        unsafe sqlite3_busy_timeout(handle, milliseconds)
    }

    /// The path with symbolic links resolved, beside which SQLite keeps its other files.
    var resolvedPath: [UInt8] {
        guard let name = unsafe sqlite3_db_filename(handle, "main") else { return path }
        return unsafe [UInt8](cString: name)
    }

    /// Whether SQLite got the file for reading only.
    var isReadOnly: Bool { unsafe sqlite3_db_readonly(handle, "main") == 1 }

    /// Whether the path no longer names the file that is open.
    var hasMoved: Bool { unsafe recover_sqlite_has_moved(handle) != 0 }

    /// The header of the file as it is on disk; nil where the file is too short or foreign.
    var header: DatabaseHeader? {
        var bytes = [UInt8](repeating: 0, count: DatabaseHeader.byteCount)
        let code = unsafe bytes.withUnsafeMutableBytes {
            unsafe recover_sqlite_read(handle, $0.baseAddress, Int32($0.count), 0)
        }
        return code == SQLITE_OK ? DatabaseHeader(bytes) : nil
    }

    /// Whether commits go through a write-ahead log, as of the transaction that is open.
    var isInLogMode: Bool {
        guard let statement = try? prepare("PRAGMA journal_mode", "read"),
            let hasRow = try? statement.step("read"), hasRow
        else { return false }
        return statement.text(0) == "wal"
    }

    /// How many frames the write-ahead log holds; negative where that cannot be told.
    ///
    /// Only for a connection that is ``isInLogMode``.
    var logFrameCount: Int64 { unsafe recover_sqlite_log_frames(handle) }

    func prepare(_ sql: String, _ action: String) throws(DatabaseError) -> Statement {
        var statement: OpaquePointer?
        let code = unsafe sqlite3_prepare_v2(handle, sql, -1, &statement, nil)
        guard code == SQLITE_OK, let found = unsafe statement else { throw error(action) }
        return unsafe Statement(handle: found, database: self)
    }

    func execute(_ sql: String, _ action: String) throws(DatabaseError) {
        try prepare(sql, action).run(action)
    }

    /// The first value of the first row.
    func number(_ sql: String, _ action: String) throws(DatabaseError) -> Int64 {
        let statement = try prepare(sql, action)
        return try statement.step(action) ? statement.number(0) : 0
    }

    /// The failure of the last call on this connection.
    func error(_ action: String) -> DatabaseError {
        let code = unsafe sqlite3_extended_errcode(handle)
        // The kernel's number is a left-over of some earlier call unless a file call failed.
        let isFileCode = [SQLITE_IOERR, SQLITE_CANTOPEN].contains(code & 0xFF)
        return DatabaseError(
            extendedCode: code,
            systemNumber: isFileCode ? unsafe sqlite3_system_errno(handle) : 0,
            words: unsafe String(cString: sqlite3_errmsg(handle)),
            action: action,
            path: path
        )
    }

    /// Lends the handle for a call that this type does not wrap.
    func withHandle<Result>(_ body: (OpaquePointer) -> Result) -> Result {
        unsafe body(handle)
    }
}
