import Files
import Testing

@Suite struct GlobTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let pattern: String
        let yes: [String]
        let no: [String]

        var testDescription: String { pattern }
    }

    private static let cases = [
        Case(
            pattern: "*.tmp",
            yes: ["a.tmp", ".tmp", "deep/in/a.tmp"],
            no: ["a.tmp/b", "a.tmp2"]
        ),
        Case(pattern: "**/*.tmp", yes: ["a.tmp", "x/y/a.tmp"], no: ["a.tmp/b"]),
        Case(pattern: "/*.gguf", yes: ["a.gguf"], no: ["x/a.gguf", "a.ggu"]),
        Case(
            pattern: "cache/**",
            yes: ["cache", "cache/a", "cache/a/b"],
            no: ["a/cache", "cached"]
        ),
        Case(pattern: "a/**/z", yes: ["a/z", "a/b/z", "a/b/c/z"], no: ["a/zz", "b/a/z", "a"]),
        Case(pattern: "a/*/z", yes: ["a/b/z"], no: ["a/z", "a/b/c/z"]),
        Case(pattern: "log-?", yes: ["log-1", "x/log-\u{7f}"], no: ["log-", "log-12"]),
        Case(pattern: "[a-c]x", yes: ["ax", "bx", "cx"], no: ["dx", "x", "aax"]),
        Case(pattern: "[!a-c]x", yes: ["dx", "-x"], no: ["ax", "cx"]),
        Case(pattern: "[^a]", yes: ["b"], no: ["a"]),
        Case(pattern: "[]a]", yes: ["]", "a"], no: ["b"]),
        Case(pattern: "[a", yes: ["[a"], no: ["a"]),
        Case(pattern: "a*b*c", yes: ["abc", "a--b--c", "abcbc"], no: ["ab", "acb"]),
        Case(pattern: "*", yes: ["a", "a/b"], no: [""]),
        Case(pattern: "plain", yes: ["plain", "x/plain"], no: ["plain/x", "Plain"]),
    ]

    @Test(arguments: cases)
    func aPatternMatchesWholePaths(pattern: Case) {
        let glob = Glob(pattern.pattern)
        for path in pattern.yes { #expect(glob.matches(Path(path)), "\(path)") }
        for path in pattern.no { #expect(!glob.matches(Path(path)), "\(path)") }
    }

    @Test func bytesThatAreNoTextMatchToo() {
        #expect(Glob("?.bin").matches(Path(bytes: [0xFF] + Array(".bin".utf8))))
        #expect(Glob("*.bin").matches(Path(bytes: [0xFF, 0xFE] + Array(".bin".utf8))))
    }

    @Test func manyStarsDoNotTakeForEver() {
        let glob = Glob(String(repeating: "a*", count: 30) + "b")
        let clock = ContinuousClock()
        let spent = clock.measure {
            #expect(!glob.matches(Path(String(repeating: "a", count: 255))))
        }
        #expect(spent < .seconds(1))
    }

    @Test(arguments: [
        ("/data/*.db", true), ("/data/a?", true), ("a[b]", true), ("/data/a.db", false),
    ])
    func aPatternIsToldFromAPath(text: String, isPattern: Bool) {
        #expect(Glob.isPattern(text) == isPattern)
    }
}
