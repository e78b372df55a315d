public import Databases
internal import FoundationEssentials

/// What a manifest says about a database: the `sqlite` object of its line.
public struct DatabaseRecord: Codable, Sendable {
    /// `barrier` or `per-database`.
    public var consistency: String
    /// Why it is not `barrier`.
    public var reason: String?
    /// The instant, in nanoseconds since 1970.
    public var instant: String
    /// Its files at that instant; nil where it has to be read again next time.
    public var stamp: DatabaseStamp?
    /// What SQLite had to do before it could read.
    public var recovery: Recovery
    /// What `quick_check` said of the copy.
    public var quickCheck: CheckReport
    /// What `foreign_key_check` said of the copy.
    public var foreignKeys: ForeignKeyReport?
    /// Header fields and rows.
    public var facts: DatabaseFacts

    enum CodingKeys: String, CodingKey {
        case consistency
        case reason
        case instant
        case stamp
        case recovery
        case quickCheck = "quick_check"
        case foreignKeys = "foreign_keys"
        case facts
    }

    /// Reads the object of a line.
    ///
    /// - Parameter bytes: The object; nil comes of one that is not ours.
    public init?(_ bytes: [UInt8]) {
        guard let found = try? JSONDecoder().decode(DatabaseRecord.self, from: Data(bytes)) else {
            return nil
        }
        self = found
    }

    init(
        consistency: String,
        reason: String?,
        instant: String,
        stamp: DatabaseStamp?,
        recovery: Recovery,
        quickCheck: CheckReport,
        foreignKeys: ForeignKeyReport?,
        facts: DatabaseFacts
    ) {
        self.consistency = consistency
        self.reason = reason
        self.instant = instant
        self.stamp = stamp
        self.recovery = recovery
        self.quickCheck = quickCheck
        self.foreignKeys = foreignKeys
        self.facts = facts
    }

    /// The object on one line.
    var bytes: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else {
            preconditionFailure("plain values always encode")
        }
        return Array(data)
    }
}
