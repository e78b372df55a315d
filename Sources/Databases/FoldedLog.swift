/// Brings what lies in a database's logs into its file, so that the file alone is the database.
public enum FoldedLog {
    /// Checkpoints a log, or rolls a dead writer's journal back, as the next to open it would.
    ///
    /// Only for a database that nobody has open and that is about to be replaced: no backup
    /// ever does this to one that stays.
    ///
    /// - Parameter path: An absolute path.
    /// - Throws: ``DatabaseError``; the database is as it was to whoever opens it.
    public static func fold(_ path: [UInt8]) throws(DatabaseError) {
        let database = try Database(scratch: path)
        try database.execute("PRAGMA wal_checkpoint(TRUNCATE)", "checkpoint")
        // The last connection to close removes the logs.
    }
}
