/// What tells by `stat` alone whether a database was written: its file, its write-ahead log and
/// its rollback journal.
///
/// A log or journal without a byte counts as none: it holds nothing, and SQLite makes and
/// removes such files without a commit. Nor does the time of last change count of these two: as
/// root SQLite gives them their owner again whenever it opens them, be it to read. Whoever puts
/// older files there with older times changes the main file, too.
public struct DatabaseStamp: Sendable, Hashable, Codable {
    /// How long a file must have been at rest before its stamp is trusted.
    ///
    /// File times move in ticks: a write right after the capture may leave them as they are.
    public static let settlingNanoseconds: Int64 = 2_000_000_000

    /// The database file.
    public let main: FileStamp
    /// Its write-ahead log.
    public let log: FileStamp?
    /// Its rollback journal.
    public let journal: FileStamp?
    /// When the stamp was taken, in nanoseconds since 1970.
    public let capturedNanoseconds: Int64

    /// Asks about a database; nil where no regular file can be seen there.
    ///
    /// - Parameter path: The database; the other two lie beside what a symbolic link leads to.
    public init?(of path: [UInt8]) {
        guard let resolved = path.resolved else { return nil }
        self.init(resolved: resolved)
    }

    init?(resolved path: [UInt8]) {
        // The clock first: a write after it makes the stamp look unsettled, never settled.
        capturedNanoseconds = Clock.wallNanoseconds
        guard let main = FileStamp(of: path) else { return nil }
        self.main = main
        log = Self.filled(path.adding(suffix: "-wal"))
        journal = Self.filled(path.adding(suffix: "-journal"))
    }

    private static func filled(_ path: [UInt8]) -> FileStamp? {
        guard let stamp = FileStamp(of: path), stamp.sizeBytes > 0 else { return nil }
        return stamp
    }

    /// Whether another stamp shows the same three files, none of them written in between.
    ///
    /// - Parameter other: A stamp of the same path from another time.
    /// - Returns: Whether nothing tells of a write.
    public func showsSameFiles(as other: DatabaseStamp) -> Bool {
        main == other.main && Self.areSame(log, other.log) && Self.areSame(journal, other.journal)
    }

    private static func areSame(_ one: FileStamp?, _ two: FileStamp?) -> Bool {
        guard let one, let two else { return one == nil && two == nil }
        return one.showsSameContent(as: two)
    }

    /// Whether the files had been at rest for long enough to trust a later equal stamp.
    ///
    /// - Parameter nanoseconds: How long is long enough.
    /// - Returns: False also for times that lie in the future.
    public func isSettled(for nanoseconds: Int64 = settlingNanoseconds) -> Bool {
        let times = [
            main.modifiedNanoseconds, main.changedNanoseconds,
            log?.modifiedNanoseconds, journal?.modifiedNanoseconds,
        ]
        return times.allSatisfy { ($0 ?? .min) <= capturedNanoseconds - nanoseconds }
    }
}
