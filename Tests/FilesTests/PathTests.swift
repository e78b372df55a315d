import Files
import Testing

@Suite struct PathTests {
    /// In ascending order: a folder's content comes directly behind it.
    private static let ordered = [
        "", "/", "/a", "0", "a", "a/", "a/b", "a/b/c", "a/b-c", "a/z", "a\u{1}", "a b", "a!", "a-b",
        "a-b/c", "a.b", "aa", "b",
    ]

    @Test func everyPairOfPathsIsInTheOrderOfAWalk() {
        for (left, one) in Self.ordered.enumerated() {
            for (right, two) in Self.ordered.enumerated() {
                #expect((Path(one) < Path(two)) == (left < right), "\(one) and \(two)")
            }
        }
    }

    @Test func theOrderIsThatOfTheComponents() {
        var random = SplitMix(state: 7)
        let paths = (0..<300).map { _ in
            Path(
                bytes: (0..<Int.random(in: 1...6, using: &random)).map { _ in
                    [UInt8(1), .slash, 0x61, 0xFF, 0x2D].randomElement(using: &random) ?? 0x62
                }
            )
        }.filter { !$0.bytes.starts(with: [.slash]) && $0 == $0.normalized }
        #expect(paths.count > 50)
        for one in paths {
            for two in paths {
                let parts = one.components.lexicographicallyPrecedes(two.components) {
                    $0.bytes.lexicographicallyPrecedes($1.bytes)
                }
                #expect((one < two) == parts, "\(one) and \(two)")
            }
        }
    }

    @Test(arguments: [
        ("a/b/c", "a/b", "c"), ("a", ".", "a"), ("/a", "/", "a"), ("/", "/", ""), ("a/", "a", ""),
    ])
    func aPathHasAParentAndALastComponent(path: String, parent: String, last: String) {
        #expect(Path(path).parent == Path(parent))
        #expect(Path(path).lastComponent == Path(last))
    }

    @Test(arguments: [
        ("a/./b//c/", "a/b/c"), ("/../a", "/a"), ("../a/../..", "../.."), ("a/..", "."), ("/", "/"),
        ("", "."), ("./...", "..."), ("/a/b/../../..", "/"),
    ])
    func aPathIsNormalizedByItsText(path: String, normalized: String) {
        #expect(Path(path).normalized == Path(normalized))
    }

    @Test(arguments: [
        ("a", "b", "a/b"), ("a/", "b", "a/b"), ("", "b", "b"), ("a", "", "a"), ("a", "/b", "/b"),
        ("/", "b", "/b"),
    ])
    func pathsAreJoined(path: String, other: String, joined: String) {
        #expect(Path(path).appending(other) == Path(joined))
    }

    @Test(arguments: [
        ("a", "a/b", "b"), ("a", "a", ""), ("a", "ab", nil), ("a/b", "a", nil),
        ("/", "/a/b", "a/b"),
    ])
    func whatLiesBelowAPathIsRelativeToIt(path: String, other: String, relative: String?) {
        #expect(Path(path).relative(Path(other)) == relative.map { Path($0) })
        #expect(Path(path).contains(Path(other)) == (relative != nil))
    }

    @Test func peopleSeeNoControlCharacters() {
        #expect(Path("caf\u{e9}").description == "caf\u{e9}")
        #expect(Path(bytes: [0x61, 0x0A, 0xFF, 0x1B]).description == "a\\x0a\\xff\\x1b")
        #expect(Path(bytes: [0xC3, 0x28]).text == nil)
    }

    @Test func aTextEndsAtItsNUL() {
        #expect(Path("a\0b") == Path("a"))
    }
}

/// The same numbers at every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
