import Calendars
import Models
import Testing

@Suite struct VersionPatternTests {
    @Test func namesComeBack() throws {
        let time = CivilTime(year: 2026, month: 1, day: 14, hour: 2, minute: 10)
        for text in ["YYYYMMDDHHMM", "YYYY-MM-DD_HH.MM", "YYYYMMDDTHHMMSS"] {
            let pattern = try #require(VersionPattern(text))
            #expect(pattern.time(of: pattern.name(of: time)) == time)
        }
        #expect(VersionPattern.standard.name(of: time) == "202601140210")
    }

    @Test(arguments: [
        "", "YYYY", "YYYYMM", "MMDDYYYY", "YYYYMMDDHH", "YYYYMMDDHHMMSSx", "YYYY/MM/DD",
    ])
    func badPatternIsNil(text: String) {
        #expect(VersionPattern(text) == nil)
    }

    @Test(arguments: ["202602300000", "202601142410", "20260114021", "2026011402100", "current"])
    func otherNamesAreNoVersions(name: String) {
        #expect(VersionPattern.standard.time(of: name) == nil)
    }
}
