internal import Calendars

/// Times as a server writes them, in seconds since 1970.
enum ServerTime {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The time in a header, such as `Sat, 21 Nov 2026 16:12:22 GMT`.
    static func header(_ text: String) -> Int64? {
        let words = text.split { " ,:".contains($0) }
        guard words.count == 8, let month = months.firstIndex(of: String(words[2])) else {
            return nil
        }
        return seconds([words[3], "\(month + 1)", words[1], words[4], words[5], words[6]])
    }

    /// The time in the name of an archive, such as `notes-shard-0-2026-11-21-16-12-22.snapshot`.
    static func name(_ name: String) -> Int64? {
        guard name.hasSuffix(".snapshot") else { return nil }
        return seconds(name.dropLast(9).suffix(19).split(separator: "-"))
    }

    private static func seconds(_ parts: [Substring]) -> Int64? {
        let numbers = parts.compactMap { Int($0) }
        // A server may say any number, and with the largest no calendar can reckon.
        guard numbers.count == 6, numbers.allSatisfy({ (0...9999).contains($0) }) else {
            return nil
        }
        let time = CivilTime(
            year: numbers[0],
            month: numbers[1],
            day: numbers[2],
            hour: numbers[3],
            minute: numbers[4],
            second: numbers[5]
        )
        return time.isReal ? time.secondsSince1970 : nil
    }
}
