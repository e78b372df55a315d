/// Year, month, day and time of day as a clock on the wall shows them, in no zone of its own.
public struct CivilTime: Hashable, Sendable {
    /// As people count it: 2026.
    public var year: Int
    /// 1 to 12.
    public var month: Int
    /// 1 to 31.
    public var day: Int
    /// 0 to 23.
    public var hour: Int
    /// 0 to 59.
    public var minute: Int
    /// 0 to 59.
    public var second: Int

    /// Names a time.
    ///
    /// - Parameters:
    ///   - year: As people count it.
    ///   - month: 1 to 12.
    ///   - day: 1 to 31.
    ///   - hour: 0 to 23.
    ///   - minute: 0 to 59.
    ///   - second: 0 to 59.
    public init(
        year: Int,
        month: Int,
        day: Int,
        hour: Int = 0,
        minute: Int = 0,
        second: Int = 0
    ) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
    }

    /// The time so many seconds after the start of 1970, counted without any zone.
    ///
    /// - Parameter seconds: May be negative.
    public init(secondsSince1970 seconds: Int64) {
        let (dayNumber, rest) = Self.split(seconds, 86_400)
        let (hour, inHour) = Self.split(rest, 3600)
        let (minute, second) = Self.split(inHour, 60)
        // Days from civil, after Howard Hinnant: years begin in March, eras last 400 years.
        let shifted = dayNumber + 719_468
        let (era, dayOfEra) = Self.split(shifted, 146_097)
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        self.init(
            year: Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0),
            month: Int(month),
            day: Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1),
            hour: Int(hour),
            minute: Int(minute),
            second: Int(second)
        )
    }

    /// The seconds since the start of 1970, counted without any zone.
    public var secondsSince1970: Int64 {
        let year = Int64(month <= 2 ? self.year - 1 : self.year)
        let (era, yearOfEra) = Self.split(year, 400)
        let shiftedMonth = Int64(month > 2 ? month - 3 : month + 9)
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + Int64(day) - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let dayNumber = era * 146_097 + dayOfEra - 719_468
        return dayNumber * 86_400 + Int64(hour * 3600 + minute * 60 + second)
    }

    /// Whether the calendar has such a time: no 30th of February.
    public var isReal: Bool { CivilTime(secondsSince1970: secondsSince1970) == self }

    /// Division towards the past, so that what is left over is never negative.
    private static func split(_ value: Int64, _ unit: Int64) -> (Int64, Int64) {
        let quotient = value >= 0 ? value / unit : -((unit - 1 - value) / unit)
        return (quotient, value - quotient * unit)
    }
}
