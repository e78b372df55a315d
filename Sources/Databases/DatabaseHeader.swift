/// What the first 100 bytes of a database file say.
public struct DatabaseHeader: Sendable, Equatable, Codable {
    /// How commits reach the file.
    public enum Format: String, Sendable, Codable {
        /// Through a rollback journal.
        case rollback
        /// Through a write-ahead log.
        case wal
    }

    /// How text is encoded.
    public enum Encoding: String, Sendable, Codable {
        /// UTF-8.
        case utf8 = "UTF-8"
        /// UTF-16, low byte first.
        case utf16LittleEndian = "UTF-16le"
        /// UTF-16, high byte first.
        case utf16BigEndian = "UTF-16be"
    }

    /// What happens to free pages.
    public enum AutoVacuum: String, Sendable, Codable {
        /// They stay in the file.
        case none
        /// Each commit returns them.
        case full
        /// They are returned when an application asks.
        case incremental
    }

    /// How many bytes a header has.
    public static let byteCount = 100

    /// The page size.
    public let pageSizeBytes: Int
    /// How commits reach the file.
    public let format: Format
    /// Counts the transactions in rollback format; in WAL format it moves less often.
    public let changeCounter: UInt32
    /// The length in pages; nil where a very old writer left it stale.
    public let pageCount: UInt32?
    /// How many pages are free.
    public let freePageCount: UInt32
    /// SQLite's schema version, which moves with every change of the schema.
    public let schemaVersion: UInt32
    /// The text encoding; nil while the database has no table.
    public let encoding: Encoding?
    /// What happens to free pages.
    public let autoVacuum: AutoVacuum
    /// The application's own version number.
    public let userVersion: Int32
    /// The number by which an application marks its files.
    public let applicationID: Int32
    /// The SQLite that wrote last, such as 3040001; 0 for a very old one.
    public let writerVersion: UInt32

    /// Whether a file that starts with these bytes is SQLite's.
    ///
    /// - Parameter start: The first 16 bytes or more.
    /// - Returns: Whether they are SQLite's signature.
    public static func isSQLite(_ start: [UInt8]) -> Bool {
        start.starts(with: Array("SQLite format 3\0".utf8))
    }

    /// Reads a header; nil where the bytes are too few, not SQLite's, or name no page size.
    ///
    /// - Parameter bytes: The first 100 bytes of the file or more.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.byteCount, Self.isSQLite(bytes) else { return nil }
        func number(_ offset: Int) -> UInt32 {
            bytes[offset..<(offset + 4)].reduce(0) { $0 << 8 | UInt32($1) }
        }
        // 65536 does not fit the two bytes and is written as 1.
        let size = Int(bytes[16]) << 8 | Int(bytes[17])
        pageSizeBytes = size == 1 ? 65_536 : size
        guard pageSizeBytes >= 512, pageSizeBytes & (pageSizeBytes - 1) == 0 else { return nil }
        format = bytes[19] == 2 ? .wal : .rollback
        changeCounter = number(24)
        // Writers before 3.7.0 moved the counter and left the length as it was.
        pageCount = number(24) == number(92) && number(28) != 0 ? number(28) : nil
        freePageCount = number(36)
        schemaVersion = number(40)
        let encodings: [UInt32: Encoding] = [
            1: .utf8, 2: .utf16LittleEndian, 3: .utf16BigEndian,
        ]
        encoding = encodings[number(56)]
        autoVacuum = number(52) == 0 ? .none : number(64) == 0 ? .full : .incremental
        userVersion = Int32(bitPattern: number(60))
        applicationID = Int32(bitPattern: number(68))
        writerVersion = number(96)
    }
}
