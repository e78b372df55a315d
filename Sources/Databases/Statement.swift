internal import CSQLite

/// A prepared statement; owns its handle.
@safe
struct Statement: ~Copyable {
    private let handle: OpaquePointer
    private let database: Database

    init(handle: OpaquePointer, database: Database) {
        unsafe self.handle = handle
        self.database = database
    }

    deinit { unsafe sqlite3_finalize(handle) }

    /// Goes to the next row.
    ///
    /// - Parameter action: What the statement does, for the message.
    /// - Returns: False at the end; the statement is then ready for another run.
    /// - Throws: ``DatabaseError``; the statement is then ready for another run, too.
    func step(_ action: String) throws(DatabaseError) -> Bool {
        let code = unsafe sqlite3_step(handle)
        if code == SQLITE_ROW { return true }
        let error = code == SQLITE_DONE ? nil : database.error(action)
        reset()
        if let error { throw error }
        return false
    }

    /// Runs the statement to its end.
    ///
    /// - Parameter action: What the statement does, for the message.
    /// - Throws: ``DatabaseError``.
    func run(_ action: String) throws(DatabaseError) {
        while try step(action) {}
    }

    /// Makes the statement ready for another run.
    func reset() {
        unsafe sqlite3_reset(handle)
    }

    func number(_ column: Int32) -> Int64 {
        unsafe sqlite3_column_int64(handle, column)
    }

    func isNull(_ column: Int32) -> Bool {
        unsafe sqlite3_column_type(handle, column) == SQLITE_NULL
    }

    func text(_ column: Int32) -> String {
        guard let text = unsafe sqlite3_column_text(handle, column) else { return "" }
        return unsafe String(cString: text)
    }
}
