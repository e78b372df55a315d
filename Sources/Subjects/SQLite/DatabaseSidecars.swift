internal import Files

/// The files that SQLite keeps beside a database.
enum DatabaseSidecars {
    static let suffixes = ["-wal", "-shm", "-journal"]
    /// Those that hold commits, or the way back from one.
    static let logSuffixes = ["-wal", "-journal"]

    /// Whether a name is that of an index, which SQLite makes anew.
    static func isIndex(_ name: Path) -> Bool {
        name.bytes.suffix(4).elementsEqual("-shm".utf8)
    }

    /// The database that a name would belong to, or nil where it is none of a sidecar.
    static func owner(of name: Path) -> Path? {
        for suffix in suffixes {
            let letters = Array(suffix.utf8)
            if name.bytes.count > letters.count,
                name.bytes.suffix(letters.count).elementsEqual(letters)
            {
                return Path(bytes: Array(name.bytes.dropLast(letters.count)))
            }
        }
        return nil
    }

    /// Whether a write-ahead log or a rollback journal stands beside a name.
    static func haveLog(_ name: Path, among siblings: [Path]) -> Bool {
        siblings.contains(name.adding(suffix: "-wal"))
            || siblings.contains(name.adding(suffix: "-journal"))
    }
}
