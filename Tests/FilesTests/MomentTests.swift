import Files
import Testing

@Suite struct MomentTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2026-01-14T02:10:00+09:00", 1_768_324_200),
        ("2026-01-13T17:10:00Z", 1_768_324_200), ("1969-12-31T23:59:59Z", -1),
        ("2000-02-29T12:00:00-03:30", 951_838_200), ("2261-12-31T23:59:59Z", 9_214_646_399),
    ])
    func timesAreReadWithTheirOffset(text: String, seconds: Int64) {
        #expect(Moment(rfc3339: text)?.nanoseconds == seconds * 1_000_000_000)
    }

    @Test(arguments: [
        "", "yesterday", "2026-01-14", "2026-01-14T02:10:00", "2026-01-14 02:10:00Z",
        "2026/01/14T02:10:00Z", "2026-01-14T02:10:00Z ", "2026-01-14T02:10:00+0900",
        "2026-01-14T02:10:00.5Z", "2026-13-14T02:10:00Z", "2026-00-14T02:10:00Z",
        "2026-01-32T02:10:00Z", "2026-01-14T24:10:00Z", "2026-01-14T02:60:00Z",
        "+026-01-14T02:10:00Z", "2026-01-14T02:10:00x09:00", "9999-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z", "\u{ff12}026-01-14T02:10:00Z",
    ])
    func whatIsNoTimeIsRefused(text: String) {
        #expect(Moment(rfc3339: text) == nil)
    }

    @Test(arguments: [
        0, 1_768_324_200, -1, -86_401, 951_838_200, 4_102_444_800,
    ])
    func aWholeSecondSurvivesItsText(seconds: Int64) {
        let moment = Moment(nanoseconds: seconds * 1_000_000_000)
        #expect(Moment(rfc3339: moment.rfc3339) == moment)
    }

    @Test func fractionsAreRoundedTowardsThePast() {
        #expect(Moment(nanoseconds: 1_999_999_999).compactUTC == "19700101T000001Z")
        #expect(Moment(nanoseconds: -1).compactUTC == "19691231T235959Z")
        #expect(Moment(nanoseconds: 1_768_324_200_000_000_000).compactUTC == "20260113T171000Z")
    }

    @Test func theEndsOfTheRangeHaveATextToo() {
        #expect(Moment(nanoseconds: .min).compactUTC == "16770921T001243Z")
        #expect(Moment(nanoseconds: .max).compactUTC == "22620411T234716Z")
    }

    @Test func theClockRuns() {
        let start = Moment.now
        #expect(start.nanoseconds > 1_700_000_000_000_000_000)
        #expect(Moment.now >= start)
    }
}
