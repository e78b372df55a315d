import Files
import Testing

@testable import Commands

@Suite struct TextTests {
    @Test(
        "Columns of a terminal",
        arguments: [
            ("abc", 3), ("백업", 4), ("한글 태그", 9), ("é", 1), ("e\u{301}", 1), ("日本", 4),
            ("–", 1), ("👩‍💻", 2), ("", 0),
        ]
    )
    func columns(text: String, count: Int) {
        #expect(VisibleText.columns(text) == count)
    }

    @Test(
        "Nothing that a terminal would obey",
        arguments: [
            ("plain 백업", "plain 백업"), ("a\u{1B}[2Jb", #"a\u{1b}[2Jb"#), ("a\nb", #"a\u{a}b"#),
            ("x\u{202E}y", #"x\u{202e}y"#), ("\u{9B}1m", #"\u{9b}1m"#),
        ]
    )
    func visible(text: String, shown: String) {
        #expect(VisibleText.line(text) == shown)
    }

    @Test func tablesAlignWideText() {
        var table = TextTable([("TAG", .left), ("SIZE", .right), ("END", .left)])
        table.add(["백업", "1", ""])
        table.add(["abc", "100", "x"])
        #expect(table.lines == ["TAG   SIZE  END", "백업     1", "abc    100  x"])
    }

    @Test func times() throws {
        let now = try #require(Moment(rfc3339: "2026-01-14T12:00:00Z"))
        let day = try #require(Moment(rfc3339: "2026-01-07T12:00:00Z"))
        #expect(TimeText.moment("7d", now: now) == day)
        #expect(TimeText.moment("9999999999d", now: now)?.nanoseconds == 0)
        #expect(TimeText.moment("2026-01-14T21:00:00+09:00") == now)
        let midnight = try #require(TimeText.moment("2026-01-14"))
        #expect(midnight.rfc3339.hasPrefix("2026-01-14T00:00:00"))
        for wrong in ["", "7", "d", "-1d", "7y", "2026-1-14", "tomorrow", "2026-01-14T25"] {
            #expect(TimeText.moment(wrong) == nil, "\(wrong)")
        }
        let precise = TimeText.precise(Moment(nanoseconds: now.nanoseconds + 5))
        #expect(precise.dropFirst(19).hasPrefix(".000000005"))
    }
}
