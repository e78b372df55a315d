public import Files

/// The name of a snapshot: `20260114T021000Z-7f3a`, UTC seconds and a random suffix.
public struct SnapshotID: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The name.
    public let text: String

    /// Whether it is of a later second: within one, luck orders the names.
    ///
    /// - Parameter name: A name, or what begins with one.
    /// - Returns: False also where both are of one second.
    public func isLater(than name: some StringProtocol) -> Bool {
        name.prefix(16) < text.prefix(16)
    }

    /// Takes a name of the right form.
    ///
    /// - Parameter text: The name; nil comes of any other form.
    public init?(_ text: String) {
        let letters = Array(text.utf8)
        guard letters.count == 21, letters[8] == 0x54, letters[15] == 0x5A, letters[16] == 0x2D
        else { return nil }
        for (index, letter) in letters.enumerated() where ![8, 15, 16].contains(index) {
            let isDigit = (0x30...0x39).contains(letter)
            guard isDigit || (index > 16 && (0x61...0x66).contains(letter)) else { return nil }
        }
        self.text = text
    }

    /// Makes a new name.
    ///
    /// - Parameter moment: The start of the run.
    public init(at moment: Moment) {
        let suffix = String(UInt16.random(in: 0 ... .max), radix: 16)
        text = moment.compactUTC + "-" + String(repeating: "0", count: 4 - suffix.count) + suffix
    }

    /// Reads the name from a document.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = SnapshotID(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "\(text) is no snapshot id"
            )
        }
        self = id
    }

    /// Writes the name into a document.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// The name.
    public var description: String { text }

    /// Reads the name of the object that holds it.
    init?(objectName: String) {
        guard objectName.hasPrefix("snapshots/"), objectName.hasSuffix(".json") else { return nil }
        self.init(String(objectName.dropFirst("snapshots/".count).dropLast(".json".count)))
    }

    /// The object that holds it.
    var objectName: String { "snapshots/\(text).json" }
}
