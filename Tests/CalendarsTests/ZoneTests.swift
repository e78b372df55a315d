import Calendars
import Files
import Testing

@Suite struct ZoneTests {
    @Test func civilTimeIsThatOfTheCalendar() throws {
        #expect(CivilTime(secondsSince1970: 0) == CivilTime(year: 1970, month: 1, day: 1))
        let leap = CivilTime(year: 2024, month: 2, day: 29, hour: 23, minute: 59, second: 59)
        #expect(leap.secondsSince1970 == 1_709_251_199)
        #expect(CivilTime(secondsSince1970: 1_709_251_199) == leap)
        #expect(!CivilTime(year: 2023, month: 2, day: 29).isReal)
        #expect(!CivilTime(year: 2023, month: 13, day: 1).isReal)
        #expect(!CivilTime(year: 2023, month: 1, day: 1, hour: 24).isReal)
    }

    @Test(arguments: [-5_000_000_000, -86_401, -1, 0, 1, 951_868_800, 253_402_300_799])
    func civilTimeComesBack(seconds: Int64) {
        #expect(CivilTime(secondsSince1970: seconds).secondsSince1970 == seconds)
    }

    @Test func seoulIsNineHoursAhead() throws {
        let seoul = try #require(Zone("Asia/Seoul"))
        let moment = try #require(Moment(rfc3339: "2026-01-14T02:10:00+09:00"))
        #expect(seoul.offsetSeconds(at: moment) == 32_400)
        let shown = CivilTime(year: 2026, month: 1, day: 14, hour: 2, minute: 10)
        #expect(seoul.civilTime(at: moment) == shown)
        #expect(seoul.moment(of: shown) == moment)
    }

    @Test func hourShownTwiceMeansTheFirst() throws {
        let york = try #require(Zone("America/New_York"))
        let twice = CivilTime(year: 2026, month: 11, day: 1, hour: 1, minute: 30)
        #expect(york.moment(of: twice) == Moment(rfc3339: "2026-11-01T01:30:00-04:00"))
    }

    @Test func hourSkippedGoesOnFromBefore() throws {
        let york = try #require(Zone("America/New_York"))
        let skipped = CivilTime(year: 2026, month: 3, day: 8, hour: 2, minute: 30)
        #expect(york.moment(of: skipped) == Moment(rfc3339: "2026-03-08T03:30:00-04:00"))
    }

    @Test func unknownZoneIsNil() {
        #expect(Zone("Asia/Soul") == nil)
    }
}
