import Testing

@testable import Commands

/// The rules for single texts, each next to the pattern that editors use for it.
struct ConfigurationSyntaxTests {
    private static let long = String(repeating: "a", count: 65)

    static let rules: [(rule: TextRule, good: [String], bad: [String])] = [
        (
            .name, ["a", "0", "a-b.c_d", String(long.dropLast())],
            ["", "A", "-a", ".a", "a b", "é", long, "a/b"]
        ),
        (.service, ["a", "Web_1.x-y"], ["", "_a", "a b", "a/b", "웹"]),
        (.environmentName, ["TAG", "_x", "a1"], ["", "1a", "A-B", "A B", "$A"]),
        (
            .path, ["a", "/", "../b", "a:b", "a b", "*.gguf", "경로"],
            ["", "~", "~/a", "http://a", "a\u{0}"]
        ),
        (.policy, ["nightly", "./a.yaml"], ["", "~/a"]),
        (.glob, ["**/*.tmp", "a\nb"], ["", "\u{0}"]),
        (.label, ["docs and notes"], [""]),
        (
            .url, ["http://h", "https://h:1/p?q#f", "http://[::1]:80/", "http://a_b/"],
            [
                "", "h", "ftp://h", "http://", "http:///p", "http://u@h", "http://u:p@h/",
                "http://h/a b", "http://h/é", "HTTP://h",
            ]
        ),
        (
            .secret, ["env:A", "file:/x", "file:x"],
            [
                "", "env:", "env:1", "env:A B", "file:", "file:~/x", "file:http://x", "ENV:A",
                "abc", "cmd:x",
            ]
        ),
        (
            .zone, ["UTC", "Asia/Seoul", "America/Argentina/Ushuaia", "Etc/GMT+9"],
            ["", "/Seoul", "Asia/", "Asia//Seoul", "Asia Seoul", "+09:00", "a/b/c/d", "9"]
        ),
        (
            .timestamp, ["YYYYMMDDHHMM", "YYYY-MM-DD", "YYYY.MM.DD_HH.MM.SS", "YYYYMMDDTHHMMSS"],
            [
                "", "YYYY", "YYYYMM", "YYYYMMDDHH", "yyyymmdd", "DDMMYYYY", "YYYYMMDDHHMM*",
                "-YYYYMMDD", "YYYYTMMDD",
            ]
        ),
        (.fileName, ["current", "_SUCCESS", "...", ".a"], ["", ".", "..", "a/b", "/", "a\u{0}"]),
        (.argument, ["", "a b", "-x"], ["\u{0}"]),
    ]

    @Test(arguments: rules.indices)
    func ruleAndPatternAgree(index: Int) throws {
        let (rule, good, bad) = Self.rules[index]
        let pattern = try Regex(rule.pattern).matchingSemantics(.unicodeScalar)
        for text in good {
            #expect(rule.accepts(text), "\(rule) refuses \(text.debugDescription)")
            #expect(try pattern.wholeMatch(in: text) != nil, "\(rule) of \(text.debugDescription)")
        }
        for text in bad {
            #expect(!rule.accepts(text), "\(rule) accepts \(text.debugDescription)")
            #expect(try pattern.wholeMatch(in: text) == nil, "\(rule) of \(text.debugDescription)")
        }
    }

    @Test(
        arguments: [
            ("0s", 0), ("30s", 30), ("10m", 600), ("24h", 86_400), ("7d", 604_800),
            ("0030s", 30), ("9999999999d", 863_999_999_913_600),
            ("", nil), ("s", nil), ("30", nil), ("30 s", nil), ("30S", nil), ("1h30m", nil),
            ("-1s", nil), ("+1s", nil), ("1.5h", nil), ("٣s", nil), ("99999999999d", nil),
            ("1w", nil),
        ] as [(String, Int?)]
    )
    func durations(text: String, seconds: Int?) throws {
        #expect(Quantity.durationSeconds(text) == seconds)
        let pattern = try Regex(Quantity.durationPattern)
        #expect(try (pattern.wholeMatch(in: text) != nil) == (seconds != nil))
    }

    @Test(
        arguments: [
            ("0B", 0), ("20GB", 20_000_000_000), ("10GiB", 10_737_418_240), ("1kB", 1_000),
            ("1KB", 1_000), ("2TiB", 2_199_023_255_552),
            ("", nil), ("20", nil), ("20G", nil), ("20gb", nil), ("1.5GB", nil), ("-1B", nil),
            ("1 GB", nil), ("1000000000000000B", nil),
        ] as [(String, Int?)]
    )
    func sizes(text: String, bytes: Int?) throws {
        #expect(Quantity.sizeBytes(text) == bytes)
        let pattern = try Regex(Quantity.sizePattern)
        #expect(try (pattern.wholeMatch(in: text) != nil) == (bytes != nil))
    }

    @Test func aSizeBeyondAnyDiskIsRefused() {
        #expect(Quantity.sizeBytes("999999999999999TiB") == nil)
    }

    @Test(
        arguments: [
            ("0%", 0), ("90%", 90), ("100%", 100), ("09%", 9),
            ("", nil), ("%", nil), ("90", nil), ("101%", nil), ("-1%", nil), ("090%", nil),
            ("9 %", nil),
        ] as [(String, Int?)]
    )
    func percentages(text: String, percent: Int?) throws {
        #expect(Quantity.percent(text) == percent)
        let pattern = try Regex(Quantity.percentPattern)
        #expect(try (pattern.wholeMatch(in: text) != nil) == (percent != nil))
    }
}
