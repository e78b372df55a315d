import Documents
import Testing

struct YAMLTextTests {
    @Test(arguments: [
        "plain", "a/b-c_d.e@f+g=h", "/srv/x", "24h", "90%", "20GB", "yes", "No", "NULL", "y", "5",
        "1e3", "0x1F", "12:30", "2026-01-14", "1.10", "", " ", "a b", "a: b", "a #b", "#a", "-a",
        "- a", "&a", "*a", "!a", "%a", "@a", "`a", "{a", "[a", "a,b", "a]", "?", "|", ">", "'",
        "\"",
        "\\", "a\\nb", "a\nb", "a\r\nb", "\t", "\u{0}", "\u{7F}", "\u{85}", "\u{2028}", "\u{FEFF}",
        "\u{202E}", "é", "한국어", "👩‍👩‍👧", "\u{E000}", "<<", "=", "~", "...", "---", "http://h:1/p?q=1",
    ])
    func scalarsReadBackAsTheSameText(text: String) throws {
        let written = YAMLText.scalar(text)
        #expect(!written.contains { $0.isNewline })
        for document in ["- \(written)  # x", "- [\(written), z]", "- {k: \(written)}"] {
            let node = try YAMLNode(parsing: Array(document.utf8), name: "n").items?.first
            let scalar = node?.items?.first?.scalar ?? node?["k"]?.scalar ?? node?.scalar
            #expect(scalar?.value == .text(text))
        }
        let key = try YAMLNode(parsing: Array("\(written): 1".utf8), name: "n").entries?.first?.key
        #expect(key.map { Array($0.utf8) } == Array(text.utf8))
    }

    @Test(arguments: [
        ("plain", "plain"), ("24h", "24h"), ("/srv/x-1", "/srv/x-1"), ("no", "\"no\""),
        ("12", "\"12\""), ("1e3", "\"1e3\""), ("a\nb", #""a\U0000000Ab""#), ("", "\"\""),
    ])
    func staysPlainOnlyWhereNoReaderDiffers(text: String, written: String) {
        #expect(YAMLText.scalar(text) == written)
    }

    @Test func excerptsAreShort() {
        #expect(YAMLText.excerpt(String(repeating: "x", count: 61)).hasSuffix("x…\""))
        #expect(YAMLText.excerpt(String(repeating: "x", count: 60)).hasSuffix("x\""))
        #expect(YAMLText.comment("a\nb \"c\"") == #"a\U0000000Ab "c""#)
    }
}
