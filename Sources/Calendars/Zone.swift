public import Files
internal import Foundation
internal import FoundationInternationalization

/// A time zone by its name, also on a machine without zone files.
///
/// The one place that needs Foundation whole: its small part knows no named zone.
public struct Zone: Hashable, Sendable {
    private let zone: TimeZone

    /// Its name, such as `Asia/Seoul`.
    public var name: String { zone.identifier }

    /// Universal time.
    public static var utc: Zone { Zone(zone: .gmt) }

    /// The zone that this machine is set to.
    public static var ofHost: Zone { Zone(zone: .current) }

    /// Finds a zone.
    ///
    /// - Parameter name: Such as `Asia/Seoul` or `UTC`; nil comes of a name that no zone has.
    public init?(_ name: String) {
        if name.isEmpty { Self.linkZones() }
        guard let found = TimeZone(identifier: name) else { return nil }
        zone = found
    }

    /// Never called with a name; but a program linked statically holds the zones only where
    /// something of their module is used, and knows no zone otherwise.
    private static func linkZones() {
        let style = Date.FormatStyle(date: .numeric, time: .omitted, timeZone: .gmt)
        _ = style.format(Date(timeIntervalSince1970: 0))
    }

    private init(zone: TimeZone) {
        self.zone = zone
    }

    /// How far its clocks are before universal time.
    ///
    /// - Parameter moment: When.
    /// - Returns: Seconds, negative west of Greenwich.
    public func offsetSeconds(at moment: Moment) -> Int {
        let seconds = Double(moment.secondsSince1970)
        return zone.secondsFromGMT(for: Date(timeIntervalSince1970: seconds))
    }

    /// What its clocks show.
    ///
    /// - Parameter moment: When.
    /// - Returns: The time of day and the date there, without fractions of a second.
    public func civilTime(at moment: Moment) -> CivilTime {
        CivilTime(
            secondsSince1970: moment.secondsSince1970 + Int64(offsetSeconds(at: moment))
        )
    }

    /// When its clocks show a time.
    ///
    /// An hour that the clocks show twice means the first of the two; an hour that they skip
    /// means the time at which they would have shown it, had they not been moved.
    ///
    /// - Parameter time: What they show.
    /// - Returns: The moment, without fractions of a second.
    public func moment(of time: CivilTime) -> Moment {
        let wall = time.secondsSince1970
        let day: Int64 = 86_400
        let before = offsetSeconds(at: Moment(secondsSince1970: wall - day))
        let after = offsetSeconds(at: Moment(secondsSince1970: wall + day))
        for offset in [before, after] {
            let moment = Moment(secondsSince1970: wall - Int64(offset))
            if offsetSeconds(at: moment) == offset { return moment }
        }
        return Moment(secondsSince1970: wall - Int64(before))
    }
}
