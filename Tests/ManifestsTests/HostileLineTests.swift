import Files
import Manifests
import Testing

/// A manifest comes from a disk that somebody else may have written to.
@Suite struct HostileLineTests {
    private static let hex = String(repeating: "0a", count: 32)
    private static let good =
        #"{"path":"a/b","type":"file","mode":"0644","uid":1,"gid":1,"mtime":"1","ctime":"1","inode":"1","#
        + #""device":"1","size":3,"sha256":"HEX","extents":[["HEX",0,3]]}"#

    private static func bytes(_ text: String, end: String = "\n") -> [UInt8] {
        Array((text.replacing("HEX", with: hex) + end).utf8)
    }

    struct Change: Sendable, CustomTestStringConvertible {
        let from: String
        let to: String

        var testDescription: String { to }
    }

    @Test func theLineThatIsChangedIsGood() throws {
        #expect(try entries(Self.bytes(Self.good)).map(\.path) == [Path("a/b")])
    }

    @Test(arguments: [
        "/etc/passwd", "..", "../x", "a/..", "a/../b", ".", "./a", "a/.", "a//b", "a/", "/",
        String(repeating: "n", count: 256), "a/" + String(repeating: "n", count: 256),
        String(repeating: "n/", count: 2048) + "n",
    ])
    func aPathThatLeadsElsewhereIsUnsafe(path: String) {
        let text = Self.good.replacing("a/b", with: path)
        let error = #expect(throws: ManifestError.self) { try entries(Self.bytes(text)) }
        #expect(error?.code == .unsafePath)
    }

    private static let changes = [
        Change(from: #""path":"a/b""#, to: #""path":"""#),
        Change(from: #""path":"a/b""#, to: #""path":"a\u0000b""#),
        Change(from: #""path":"a/b""#, to: #""path":"a","path":"b""#),
        Change(from: #""path":"a/b""#, to: #""path":"a","path_b64":"Yg==""#),
        Change(from: #""path":"a/b""#, to: #""path_b64":"%%%%""#),
        Change(from: #""path":"a/b","#, to: ""),
        Change(from: #""type":"file","#, to: ""),
        Change(from: #""size":3"#, to: #""elsewhere":true,"size":3"#),
        Change(from: #","extents":[["HEX",0,3]]"#, to: #","elsewhere":false"#),
        Change(
            from: #""size":3,"sha256":"HEX","extents":[["HEX",0,3]]"#,
            to: #""size":0,"sha256":"HEX","elsewhere":true"#
        ),
        Change(from: #""type":"file""#, to: #""type":"folder","elsewhere":true"#),
        Change(from: #""type":"file""#, to: #""type":"device""#),
        Change(from: #""type":"file""#, to: #""type":"link""#),
        Change(from: #""0644""#, to: #""10000""#),
        Change(from: #""0644""#, to: #""0888""#),
        Change(from: #""0644""#, to: #""+644""#),
        Change(from: #""0644""#, to: "420"),
        Change(from: #""uid":1"#, to: #""uid":4294967296"#),
        Change(from: #""uid":1"#, to: #""uid":-1"#),
        Change(from: #""uid":1"#, to: #""uid":1.5"#),
        Change(from: #""mtime":"1""#, to: #""mtime":"9223372036854775808""#),
        Change(from: #""mtime":"1""#, to: #""mtime":"""#),
        Change(from: #""mtime":"1""#, to: #""mtime":"1e3""#),
        Change(from: #""inode":"1""#, to: #""inode":"18446744073709551616""#),
        Change(from: #""inode":"1""#, to: #""inode":"-1""#),
        Change(from: #""size":3"#, to: #""size":9223372036854775808"#),
        Change(from: #""size":3"#, to: #""size":18446744073709551616"#),
        Change(from: #""size":3,"#, to: ""),
        Change(from: #""size":3"#, to: #""size":3,"size":3"#),
        Change(from: #""sha256":"HEX","#, to: ""),
        Change(from: #""sha256":"HEX""#, to: #""sha256":"HEXA""#),
        Change(from: #"["HEX",0,3]"#, to: #"["HEX",4294967296,3]"#),
        Change(from: #"["HEX",0,3]"#, to: #"["HEX",0,4294967296]"#),
        Change(from: #"["HEX",0,3]"#, to: #"["HEX",0]"#),
        Change(from: #"["HEX",0,3]"#, to: #"["HEX",0,-3]"#),
        Change(from: #"["HEX",0,3]"#, to: #"{"hole":9223372036854775808}"#),
        Change(from: #"["HEX",0,3]"#, to: "{}"),
        Change(from: #"["HEX",0,3]"#, to: #"{"hole":1,"hole":2}"#),
        Change(from: #"["HEX",0,3]"#, to: #"{"pit":3}"#),
        Change(from: "]]}", to: "]]} "),
        Change(from: "]]}", to: "]]}{}"),
        Change(from: "]]}", to: "]],}"),
        Change(from: "]]}", to: "]]"),
        Change(from: "{", to: ""),
        Change(from: "{", to: "\u{FEFF}{"),
    ]

    @Test(arguments: changes)
    func aLineThatIsNotOneIsRefused(change: Change) {
        let text = Self.good.replacing(change.from, with: change.to, maxReplacements: 1)
        #expect(text != Self.good)
        let error = #expect(throws: ManifestError.self) { try entries(Self.bytes(text)) }
        #expect(error?.code == .malformed)
    }

    @Test func aLineCutAnywhereIsRefused() {
        let whole = Self.bytes(Self.good)
        for count in 1..<whole.count {
            #expect(throws: ManifestError.self, "\(count) bytes") {
                try entries(Array(whole[..<count]))
            }
            #expect(throws: ManifestError.self, "\(count) bytes and a line feed") {
                // The last cut leaves the line whole.
                guard count < whole.count - 1 else {
                    throw ManifestError(code: .malformed, message: "")
                }
                _ = try entries(Array(whole[..<count]) + [0x0A])
            }
        }
    }

    @Test func anyByteMayBeAnyOther() {
        // Nothing to expect but that it ends, without a trap, in an entry or an error.
        let whole = Self.bytes(Self.good)
        for index in whole.indices {
            for byte: UInt8 in [
                0, 0x0A, 0x22, 0x2C, 0x2D, 0x39, 0x5B, 0x5C, 0x5D, 0x7B, 0x7D, 0xFF,
            ] {
                var bytes = whole
                bytes[index] = byte
                _ = try? entries(bytes)
            }
        }
    }

    @Test func deepNestingIsRefusedInsteadOfExhaustingTheStack() {
        let deep = String(repeating: "[", count: 100_000)
        let text = Self.good.replacing(#""uid""#, with: #""new":\#(deep),"uid""#)
        #expect(throws: ManifestError.self) { try entries(Self.bytes(text)) }
    }

    @Test(arguments: ["", "[", "[]]", "[,]", "{}", "[1]", "[[]]", "null", "[{\"b64\":\"*\"}]"])
    func aListOfExtentsThatIsNoneIsRefused(text: String) {
        #expect(throws: ManifestError.self) { try LineReader.extents(Array(text.utf8)) }
    }
}
