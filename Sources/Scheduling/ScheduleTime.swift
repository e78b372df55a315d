public import Calendars
public import Files

/// When something runs: every day, on one weekday, or on one day of the month, at a minute.
public struct ScheduleTime: Sendable, Hashable {
    /// How often.
    public enum Rhythm: Sendable, Hashable {
        /// Every day.
        case daily
        /// Once a week; 0 is Sunday.
        case weekly(Int)
        /// Once a month; 1 to 28, so that every month has it.
        case monthly(Int)
    }

    /// What it looks like, for editors.
    public static let pattern =
        "^((Mon|Tue|Wed|Thu|Fri|Sat|Sun|[1-9]|1[0-9]|2[0-8]) )?([01][0-9]|2[0-3]):[0-5][0-9]$"

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]

    /// How often.
    public let rhythm: Rhythm
    /// 0 to 23.
    public let hour: Int
    /// 0 to 59.
    public let minute: Int

    /// Reads a time such as `02:00`, `Sun 04:00` or `1 05:00`.
    ///
    /// - Parameter text: Nil comes of any other form.
    public init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard let clock = words.last, words.count <= 2 else { return nil }
        let digits = Array(clock.utf8)
        guard digits.count == 5, digits[2] == UInt8(ascii: ":"),
            let hour = Self.number(digits[0..<2]), let minute = Self.number(digits[3..<5]),
            hour < 24, minute < 60
        else { return nil }
        self.hour = hour
        self.minute = minute
        guard words.count == 2 else {
            rhythm = .daily
            return
        }
        if let day = Self.weekdays.firstIndex(of: String(words[0])) {
            rhythm = .weekly(day)
        } else if let day = Self.number(Array(words[0].utf8)[...]), (1...28).contains(day),
            words[0].utf8.first != UInt8(ascii: "0")
        {
            rhythm = .monthly(day)
        } else {
            return nil
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard (1...2).contains(digits.count), digits.allSatisfy({ 0x30...0x39 ~= $0 }) else {
            return nil
        }
        return digits.reduce(0) { $0 * 10 + Int($1) - 0x30 }
    }

    /// How far two runs are apart, at most.
    public var intervalSeconds: Int {
        switch rhythm {
        case .daily: 86_400
        case .weekly: 7 * 86_400
        case .monthly: 31 * 86_400
        }
    }

    /// The last time that it was due.
    ///
    /// - Parameters:
    ///   - now: Up to when, this moment included.
    ///   - zone: Whose clocks count.
    /// - Returns: The moment.
    public func last(before now: Moment, in zone: Zone) -> Moment {
        search(from: now, in: zone, step: -1) { $0 <= now }
    }

    /// The next time that it is due.
    ///
    /// - Parameters:
    ///   - now: From when, this moment not included.
    ///   - zone: Whose clocks count.
    /// - Returns: The moment.
    public func next(after now: Moment, in zone: Zone) -> Moment {
        search(from: now, in: zone, step: 1) { $0 > now }
    }

    /// Walks over the days, from the day after or before on.
    private func search(
        from now: Moment,
        in zone: Zone,
        step: Int64,
        where isWanted: (Moment) -> Bool
    ) -> Moment {
        let today = zone.civilTime(at: now)
        let noon = CivilTime(year: today.year, month: today.month, day: today.day, hour: 12)
        // A month of 31 days and a margin on both sides.
        for count in -1...33 {
            let seconds = noon.secondsSince1970 + Int64(count) * step * 86_400
            let day = CivilTime(secondsSince1970: seconds)
            guard isDue(on: day) else { continue }
            let time = CivilTime(
                year: day.year,
                month: day.month,
                day: day.day,
                hour: hour,
                minute: minute
            )
            let moment = zone.moment(of: time)
            if isWanted(moment) { return moment }
        }
        preconditionFailure("every rhythm comes round within a month")
    }

    private func isDue(on day: CivilTime) -> Bool {
        switch rhythm {
        case .daily: return true
        case .monthly(let wanted): return day.day == wanted
        case .weekly(let wanted):
            // 1970 began on a Thursday; negative days count back from there.
            let days = (day.secondsSince1970 - 12 * 3600) / 86_400
            return Int(((days + 4) % 7 + 7) % 7) == wanted
        }
    }

    private var clock: String { "\(Self.two(hour)):\(Self.two(minute))" }

    /// As it is written in the configuration.
    public var text: String {
        switch rhythm {
        case .daily: clock
        case .weekly(let day): "\(Self.weekdays[day]) \(clock)"
        case .monthly(let day): "\(day) \(clock)"
        }
    }

    /// For `OnCalendar=` of a systemd timer.
    public var onCalendar: String {
        switch rhythm {
        case .daily: "*-*-* \(clock):00"
        case .weekly(let day): "\(Self.weekdays[day]) *-*-* \(clock):00"
        case .monthly(let day): "*-*-\(Self.two(day)) \(clock):00"
        }
    }

    /// The five fields of a line for cron.
    public var cronFields: String {
        switch rhythm {
        case .daily: "\(minute) \(hour) * * *"
        case .weekly(let day): "\(minute) \(hour) * * \(day)"
        case .monthly(let day): "\(minute) \(hour) \(day) * *"
        }
    }

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
