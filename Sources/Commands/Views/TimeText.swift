internal import Files

/// Times as people write and read them.
enum TimeText {
    /// A moment from an age such as `7d` or `12h`, a date, or RFC 3339.
    ///
    /// - Parameters:
    ///   - text: What was typed.
    ///   - now: From when an age counts.
    /// - Returns: Nil for anything else.
    static func moment(_ text: String, now: Moment = .now) -> Moment? {
        if let seconds = Quantity.durationSeconds(text) {
            let age = Int64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000)
            let isAncient = age.overflow || age.partialValue > now.nanoseconds
            return Moment(nanoseconds: isAncient ? 0 : now.nanoseconds - age.partialValue)
        }
        guard text.utf8.count == 10 else { return Moment(rfc3339: text) }
        // The offset of that day, which need not be today's.
        guard let nearly = Moment(rfc3339: "\(text)T00:00:00Z") else { return nil }
        return Moment(rfc3339: "\(text)T00:00:00\(nearly.rfc3339.suffix(6))")
    }

    /// Date and time of day on this machine, for tables.
    static func short(_ rfc3339: String) -> String {
        let text = (Moment(rfc3339: rfc3339)?.rfc3339 ?? rfc3339).prefix(19)
        return text.map { $0 == "T" ? " " : String($0) }.joined()
    }

    /// RFC 3339 with nine places after the second.
    static func precise(_ moment: Moment) -> String {
        let text = moment.rfc3339
        let rest = moment.nanoseconds % 1_000_000_000
        let digits = String(rest < 0 ? rest + 1_000_000_000 : rest)
        let padded = String(repeating: "0", count: 9 - digits.count) + digits
        return "\(text.prefix(19)).\(padded)\(text.dropFirst(19))"
    }

    /// How long something took.
    static func seconds(from start: String, to end: String) -> Int? {
        guard let start = Moment(rfc3339: start), let end = Moment(rfc3339: end) else { return nil }
        // Whole seconds first: centuries of nanoseconds do not fit.
        return Int(end.nanoseconds / 1_000_000_000 - start.nanoseconds / 1_000_000_000)
    }
}
