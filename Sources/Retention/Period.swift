internal import Calendars
internal import Files

/// The periods of a calendar of which a rule keeps the newest snapshot.
enum Period: String, CaseIterable {
    case hourly
    case daily
    case weekly
    case monthly
    case yearly

    func count(in rule: RetentionRule) -> Int {
        switch self {
        case .hourly: rule.hourly
        case .daily: rule.daily
        case .weekly: rule.weekly
        case .monthly: rule.monthly
        case .yearly: rule.yearly
        }
    }

    /// The period in which a moment lies by the clocks of a zone; equal texts are one period.
    ///
    /// An hour that the clocks show twice is two: each with its distance from universal time.
    func name(of moment: Moment, in zone: Zone) -> String {
        let time = zone.civilTime(at: moment)
        let month = "\(time.year)-\(Self.two(time.month))"
        switch self {
        case .hourly:
            let offset = zone.offsetSeconds(at: moment)
            let sign = offset < 0 ? "-" : "+"
            let minutes = abs(offset) / 60
            let distance = sign + Self.two(minutes / 60) + ":" + Self.two(minutes % 60)
            return "\(month)-\(Self.two(time.day))T\(Self.two(time.hour))\(distance)"
        case .daily: return "\(month)-\(Self.two(time.day))"
        case .weekly: return Self.week(of: time)
        case .monthly: return month
        case .yearly: return "\(time.year)"
        }
    }

    /// The ISO week: it belongs to the year in which its Thursday lies.
    private static func week(of time: CivilTime) -> String {
        let day = CivilTime(year: time.year, month: time.month, day: time.day)
        let number = day.secondsSince1970 / 86_400 - (day.secondsSince1970 % 86_400 < 0 ? 1 : 0)
        // The first of January 1970 was a Thursday.
        let weekday = ((number + 3) % 7 + 7) % 7
        let thursday = CivilTime(secondsSince1970: (number - weekday + 3) * 86_400)
        let newYear = CivilTime(year: thursday.year, month: 1, day: 1)
        let days = (thursday.secondsSince1970 - newYear.secondsSince1970) / 86_400
        return "\(thursday.year)-W\(two(Int(days / 7) + 1))"
    }

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
