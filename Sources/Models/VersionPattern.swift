public import Calendars

/// How version folders are named: a time such as `YYYYMMDDHHMM`, perhaps with separators.
public struct VersionPattern: Hashable, Sendable {
    /// As the configuration writes it.
    public let text: String
    private let fields: [Field]

    private enum Field: Hashable {
        case year
        case month
        case day
        case hour
        case minute
        case second
        case letter(UInt8)

        var width: Int {
            switch self {
            case .year: 4
            case .letter: 1
            default: 2
            }
        }
    }

    /// The names that the trainers use.
    public static let standard = VersionPattern(checked: "YYYYMMDDHHMM")

    /// Reads a pattern.
    ///
    /// - Parameter text: Year, month and day, then perhaps hour, minute and second, with one of
    ///   `-`, `_`, `.` or `T` between; nil comes of anything else.
    public init?(_ text: String) {
        var rest = Substring(text)
        var fields: [Field] = []
        let order: [(String, Field)] = [
            ("YYYY", .year), ("MM", .month), ("DD", .day), ("HH", .hour), ("MM", .minute),
            ("SS", .second),
        ]
        for (letters, field) in order {
            if rest.isEmpty, field == .hour || field == .second { break }
            if let mark = rest.utf8.first, "-_.T".utf8.contains(mark), field != .year {
                fields.append(.letter(mark))
                rest.removeFirst()
            }
            guard rest.hasPrefix(letters) else { return nil }
            fields.append(field)
            rest.removeFirst(letters.count)
        }
        guard rest.isEmpty else { return nil }
        self.text = text
        self.fields = fields
    }

    private init(checked text: String) {
        guard let pattern = VersionPattern(text) else { preconditionFailure("a known pattern") }
        self = pattern
    }

    /// How far apart two neighbouring names are.
    public var stepSeconds: Int64 {
        if fields.contains(.second) { return 1 }
        return fields.contains(.minute) ? 60 : 86_400
    }

    /// The name of a time; what the pattern does not show is dropped.
    ///
    /// - Parameter time: In the zone of the names.
    /// - Returns: The folder's name.
    public func name(of time: CivilTime) -> String {
        fields.map { field in
            switch field {
            case .year: padded(time.year, 4)
            case .month: padded(time.month, 2)
            case .day: padded(time.day, 2)
            case .hour: padded(time.hour, 2)
            case .minute: padded(time.minute, 2)
            case .second: padded(time.second, 2)
            case .letter(let letter): String(Unicode.Scalar(letter))
            }
        }.joined()
    }

    /// Reads a folder's name.
    ///
    /// - Parameter name: The name.
    /// - Returns: Its time, or nil where it is no name of this pattern or no real time.
    public func time(of name: String) -> CivilTime? {
        var rest = Array(name.utf8)[...]
        var time = CivilTime(year: 0, month: 1, day: 1)
        for field in fields {
            let piece = rest.prefix(field.width)
            guard piece.count == field.width else { return nil }
            rest = rest.dropFirst(field.width)
            if case .letter(let letter) = field {
                guard piece.first == letter else { return nil }
                continue
            }
            guard piece.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            let value = piece.reduce(0) { $0 * 10 + Int($1 - 0x30) }
            switch field {
            case .year: time.year = value
            case .month: time.month = value
            case .day: time.day = value
            case .hour: time.hour = value
            case .minute: time.minute = value
            case .second: time.second = value
            case .letter: break
            }
        }
        guard rest.isEmpty, time.year >= 1970, time.isReal else { return nil }
        return time
    }

    private func padded(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
