import Documents
import Testing

/// An input that must be refused, and with which code.
struct NastyInput: CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    let code: DocumentError.Code

    init(_ description: String, _ text: String, _ code: DocumentError.Code) {
        self.init(description, Array(text.utf8), code)
    }

    init(_ description: String, _ bytes: [UInt8], _ code: DocumentError.Code) {
        self.testDescription = description
        self.bytes = bytes
        self.code = code
    }

    /// Nine levels of nine aliases each would be 400 million nodes.
    static let laughs =
        "l0: &l0 [x]\n"
        + (1...9).map { level in
            let aliases = Array(repeating: "*l\(level - 1)", count: 9).joined(separator: ", ")
            return "l\(level): &l\(level) [\(aliases)]\n"
        }.joined()

    /// Each anchor holds the one before: the depth grows by aliases alone.
    static let ladder =
        "a0: &a0 x\n" + (1...70).map { "a\($0): &a\($0) [*a\($0 - 1)]\n" }.joined()

    /// One long text, named ten thousand times.
    static let echo =
        "t: &t \(String(repeating: "x", count: 10_000))\nall: ["
        + String(repeating: "*t,", count: 10_000) + "]\n"

    /// libyaml alone would take seconds for these.
    static let directives = (0..<60_000).map { "%TAG !a\($0)! b\n" }.joined()

    static let all: [NastyInput] = [
        NastyInput("no YAML", "a: [1, 2", .syntax),
        NastyInput("tab as indentation", "a:\n\tb: 1", .syntax),
        NastyInput("stray brace", "}", .syntax),
        NastyInput("open quote", "a: \"text", .syntax),
        NastyInput("unknown escape", "\"\\q\"", .syntax),
        NastyInput("surrogate by escape", "\"\\ud800\"", .syntax),
        NastyInput("code point beyond Unicode", "\"\\U00110000\"", .syntax),
        NastyInput("foreign version", "%YAML 3.0\n---\na: 1", .syntax),
        NastyInput("undeclared tag handle", "a: !x!y 1", .syntax),
        NastyInput("NUL byte", [0x61, 0x3A, 0x20, 0x00], .encoding),
        NastyInput("escape character", "a: \u{1B}[31m", .encoding),
        NastyInput("byte that begins nothing", [0x61, 0x3A, 0x20, 0xFF], .encoding),
        NastyInput("overlong slash", [0xC0, 0xAF], .encoding),
        NastyInput("surrogate in UTF-8", [0xED, 0xA0, 0x80], .encoding),
        NastyInput("text cut inside a character", [0x61, 0x3A, 0x20, 0xE2, 0x82], .encoding),
        NastyInput("UTF-16", [0xFF, 0xFE, 0x61, 0x00], .encoding),
        NastyInput("laughs", laughs, .limit),
        NastyInput("ladder of aliases", ladder, .limit),
        NastyInput("echoed text", echo, .limit),
        NastyInput("deep lists", String(repeating: "[", count: 100_000), .limit),
        NastyInput("deep mappings", String(repeating: "{a: ", count: 100_000), .limit),
        NastyInput("deep blocks", String(repeating: "- ", count: 1_000) + "x", .limit),
        NastyInput("deep keys", String(repeating: "? ", count: 1_000) + "x", .limit),
        NastyInput("tag directives", directives, .limit),
        NastyInput("too large", String(repeating: "# filler\n", count: 200_000), .limit),
        NastyInput("two documents", "a: 1\n---\nb: 2\n", .multipleDocuments),
        NastyInput("duplicate key", "a: 1\nb: 2\na: 3\n", .duplicateKey),
        NastyInput("duplicate in other quotes", "a: 1\n'a': 2\n", .duplicateKey),
        NastyInput("duplicate merge key", "x: &x {a: 1}\ny:\n  <<: *x\n  <<: *x\n", .duplicateKey),
        NastyInput("list as key", "? [a]\n: 1\n", .key),
        NastyInput("alias of a list as key", "x: &x [a]\n*x : 1\n", .key),
        NastyInput("alias without anchor", "a: *b\n", .alias),
        NastyInput("alias before its anchor", "a: *b\nc: &b 1\n", .alias),
        NastyInput("node within itself", "a: &a [*a]\n", .alias),
        NastyInput("mapping merged into itself", "a: &a\n  <<: *a\n", .alias),
        NastyInput("merge of text", "a: {<<: text}\n", .merge),
        NastyInput("merge of a list of text", "a: {<<: [text]}\n", .merge),
        NastyInput("private tag", "a: !secret x\n", .tag),
        NastyInput("foreign tag", "a: !!python/object:os.system x\n", .tag),
        NastyInput("binary", "a: !!binary aGVsbG8=\n", .tag),
        NastyInput("set", "a: !!set {x}\n", .tag),
        NastyInput("tag that contradicts", "a: !!int text\n", .tag),
        NastyInput("list tagged as mapping", "a: !!map [1]\n", .tag),
    ]
}
