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

    /// Whether a file begins as SQLite's logs and journals do, whatever its name says.
    static func isLog(_ name: Path, in folder: borrowing Directory) -> Bool {
        guard let file = try? folder.open(name, .read) else { return false }
        let start = AlignedBuffer(byteCount: 512)
        guard let count = try? unsafe file.read(into: start.bytes, at: 0), count >= 8 else {
            return false
        }
        let bytes = unsafe Array(start.slice(0..<8))
        // A journal that was committed by zeroing its head counts too.
        return bytes == [0xD9, 0xD5, 0x05, 0xF9, 0x20, 0xA1, 0x63, 0xD7]
            || bytes == [0, 0, 0, 0, 0, 0, 0, 0]
            || bytes.starts(with: [0x37, 0x7F, 0x06, 0x82])
            || bytes.starts(with: [0x37, 0x7F, 0x06, 0x83])
    }

    /// Whether a log or journal of SQLite stands beside a name.
    static func isLog(beside name: Path, in folder: borrowing Directory) -> Bool {
        logSuffixes.contains { isLog(name.adding(suffix: $0), in: folder) }
    }

    /// Whether something with the name of a log or journal stands beside a name.
    static func haveLog(_ name: Path, among siblings: [Path]) -> Bool {
        siblings.contains(name.adding(suffix: "-wal"))
            || siblings.contains(name.adding(suffix: "-journal"))
    }
}
