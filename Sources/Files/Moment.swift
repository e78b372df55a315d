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
        return Moment(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
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
    /// - Parameter text: With `Z` or an offset; nil comes of any other form.
    public init?(rfc3339 text: String) {
        let letters = Array(text.utf8)
        guard letters.count >= 20 else { return nil }
        func number(_ start: Int, _ count: Int) -> Int? {
            Int(String(decoding: letters[start..<(start + count)], as: UTF8.self))
        }
        guard let year = number(0, 4), let month = number(5, 2), let day = number(8, 2),
            let hour = number(11, 2), let minute = number(14, 2), let second = number(17, 2)
        else { return nil }
        var offset = 0
        if letters[19] != 0x5A {
            guard letters.count == 25, let hours = number(20, 2), let minutes = number(23, 2)
            else { return nil }
            offset = (letters[19] == 0x2D ? -1 : 1) * (hours * 3600 + minutes * 60)
        }
        var fields = unsafe tm()
        unsafe fields.tm_year = Int32(year - 1900)
        unsafe fields.tm_mon = Int32(month - 1)
        unsafe fields.tm_mday = Int32(day)
        unsafe fields.tm_hour = Int32(hour)
        unsafe fields.tm_min = Int32(minute)
        unsafe fields.tm_sec = Int32(second)
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
