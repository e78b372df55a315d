internal import CLinux
internal import Glibc

/// A point in time, to the nanosecond.
public struct Moment: Hashable, Comparable, Sendable {
    /// Since 1970, UTC.
    public let nanoseconds: Int64

    /// Takes nanoseconds since 1970.
    ///
    /// - Parameter nanoseconds: Since 1970, UTC.
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The present, by the machine's clock.
    public static var now: Moment {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        // In 2262 the nanoseconds end, with room for sums; no kernel lets its clock come so far.
        let seconds = min(Int64(time.tv_sec), 9_223_000_000)
        return Moment(nanoseconds: seconds * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// Whole seconds since 1970, rounded towards the past.
    public var secondsSince1970: Int64 {
        let billion: Int64 = 1_000_000_000
        return nanoseconds >= 0 ? nanoseconds / billion : -((billion - 1 - nanoseconds) / billion)
    }

    /// Takes whole seconds since 1970; a time beyond 2262 or before 1678 becomes the last one known.
    ///
    /// - Parameter secondsSince1970: May be negative.
    public init(secondsSince1970: Int64) {
        let limit = Int64.max / 1_000_000_000
        let held = min(max(secondsSince1970, -limit), limit)
        self.init(nanoseconds: held * 1_000_000_000)
    }

    /// How long it is after another one; any two moments can be compared, however far a clock jumped.
    ///
    /// - Parameter other: The earlier one.
    /// - Returns: Negative where it is the later one.
    public func seconds(since other: Moment) -> Double {
        Double(nanoseconds) / 1e9 - Double(other.nanoseconds) / 1e9
    }

    /// Whether a clock must have been wrong that was read here, or is wrong now: those of two machines,
    /// or of one before and after it is put right, are no more than an hour apart.
    ///
    /// - Parameter now: The present.
    /// - Returns: False for the past and for the hour to come.
    public func isOfTheFuture(at now: Moment = .now) -> Bool {
        secondsSince1970 > now.secondsSince1970 + 3600
    }

    /// Earlier moments first.
    public static func < (left: Moment, right: Moment) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// RFC 3339 with the machine's offset, in whole seconds: `2026-01-14T02:10:00+09:00`.
    public var rfc3339: String {
        let fields = Fields(self, local: true)
        let minutes = abs(fields.offsetSeconds) / 60
        let zone = Self.two(minutes / 60) + ":" + Self.two(minutes % 60)
        return fields.date("-") + "T" + fields.time(":")
            + (fields.offsetSeconds < 0 ? "-" : "+") + zone
    }

    /// In UTC without separators: `20260114T021000Z`.
    public var compactUTC: String {
        let fields = Fields(self, local: false)
        return fields.date("") + "T" + fields.time("") + "Z"
    }

    /// Reads RFC 3339 as ``rfc3339`` writes it.
    ///
    /// - Parameter text: In whole seconds, with `Z` or an offset, between 1678 and 2261; nil comes
    ///   of any other form.
    public init?(rfc3339 text: String) {
        let letters = Array(text.utf8)
        let form = Array(
            (letters.count == 20 ? "9999-99-99T99:99:99Z" : "9999-99-99T99:99:99+99:99").utf8
        )
        guard letters.count == form.count else { return nil }
        for (letter, wanted) in zip(letters, form) {
            switch wanted {
            case UInt8(ascii: "9"): guard (0x30...0x39).contains(letter) else { return nil }
            case UInt8(ascii: "+"):
                guard letter == wanted || letter == UInt8(ascii: "-") else { return nil }
            default: guard letter == wanted else { return nil }
            }
        }
        func number(_ start: Int, _ count: Int = 2) -> Int {
            letters[start..<(start + count)].reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }
        guard (1678...2261).contains(number(0, 4)), (1...12).contains(number(5)),
            (1...31).contains(number(8)), number(11) < 24, number(14) < 60, number(17) <= 60
        else { return nil }
        var offset = 0
        if letters.count == 25 {
            offset =
                (letters[19] == UInt8(ascii: "-") ? -1 : 1) * (number(20) * 3600 + number(23) * 60)
        }
        var fields = unsafe tm()
        unsafe fields.tm_year = Int32(number(0, 4) - 1900)
        unsafe fields.tm_mon = Int32(number(5) - 1)
        unsafe fields.tm_mday = Int32(number(8))
        unsafe fields.tm_hour = Int32(number(11))
        unsafe fields.tm_min = Int32(number(14))
        unsafe fields.tm_sec = Int32(number(17))
        let seconds = unsafe timegm(&fields) - offset
        nanoseconds = Int64(seconds) * 1_000_000_000
    }

    private struct Fields {
        let parts: [Int]
        let offsetSeconds: Int

        init(_ moment: Moment, local: Bool) {
            // Rounded towards the past, also before 1970.
            var seconds = time_t(moment.nanoseconds / 1_000_000_000)
            if moment.nanoseconds % 1_000_000_000 < 0 { seconds -= 1 }
            var raw = unsafe tm()
            if local {
                _ = unsafe localtime_r(&seconds, &raw)
            } else {
                _ = unsafe gmtime_r(&seconds, &raw)
            }
            parts = unsafe [
                Int(raw.tm_year) + 1900, Int(raw.tm_mon) + 1, Int(raw.tm_mday),
                Int(raw.tm_hour), Int(raw.tm_min), Int(raw.tm_sec),
            ]
            offsetSeconds = unsafe local ? raw.tm_gmtoff : 0
        }

        func date(_ separator: String) -> String {
            let year = String(parts[0])
            let padded = String(repeating: "0", count: max(0, 4 - year.count)) + year
            return [padded, two(parts[1]), two(parts[2])].joined(separator: separator)
        }

        func time(_ separator: String) -> String {
            parts[3...].map { two($0) }.joined(separator: separator)
        }
    }

    private static func two(_ value: Int) -> String {
        value < 10 ? "0\(value)" : String(value)
    }
}
