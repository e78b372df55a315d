import Documents
import Testing

struct YAMLNodeTests {
    private func read(_ text: String) throws -> YAMLNode {
        try YAMLNode(parsing: Array(text.utf8), name: "n.yaml")
    }

    @Test func keepsOrderAndPlaces() throws {
        let root = try read("z: 1\na:\n  - x\n  - {k: v}\n")
        let entries = try #require(root.entries)
        #expect(entries.map(\.key) == ["z", "a"])
        #expect(entries.map(\.position.line) == [1, 2])
        let items = try #require(root["a"]?.items)
        #expect(items[0].position == DocumentPosition(line: 3, column: 5))
        #expect(items[1]["k"]?.position == DocumentPosition(line: 4, column: 9))
    }

    @Test func aliasesCarryTheirDefinition() throws {
        let root = try read("x: &x {a: 1}\ny: *x\nz: [*x, *x]\n")
        #expect(root["y"] == root["x"])
        #expect(root["z"]?.items?.count == 2)
        #expect(root["y"]?["a"]?.position.line == 1)
    }

    @Test func theNewestAnchorCounts() throws {
        let root = try read("a: &x 1\nb: &x 2\nc: *x\nd: [&x [&x 3], *x]\n")
        #expect(root["c"]?.scalar?.text == "2")
        #expect(root["d"]?.items?[1].scalar?.text == "3")
    }

    @Test func mergesBehindTheOwnKeys() throws {
        let root = try read(
            """
            one: &one {a: 1, b: 1}
            two: &two {b: 2, c: 2}
            all:
              c: 3
              <<: [*one, *two]
              d: 4
            """
        )
        let entries = try #require(root["all"]?.entries)
        #expect(entries.map(\.key) == ["c", "d", "a", "b"])
        #expect(entries.map { $0.value.scalar?.text } == ["3", "4", "1", "1"])
    }

    @Test func quotedMergeKeyIsAKey() throws {
        #expect(try read("\"<<\": 1\n")["<<"]?.scalar?.text == "1")
    }

    @Test(arguments: ["", "\n\n", "# only words\n", "---\n", "null"])
    func nothingReadsAsNull(text: String) throws {
        #expect(try read(text).scalar?.value == .null)
    }

    @Test func readsPastAByteOrderMark() throws {
        let text = "a: é"
        let marked = [0xEF, 0xBB, 0xBF] + Array(text.utf8)
        #expect(try YAMLNode(parsing: marked, name: "n")["a"]?.scalar?.text == "é")
    }

    @Test(
        arguments: [
            ("true", .boolean(true)), ("False", .boolean(false)),
            ("yes", .text("yes")), ("no", .text("no")), ("on", .text("on")), ("y", .text("y")),
            ("~", .null), ("Null", .null), ("nULL", .text("nULL")),
            ("0", .integer(0)), ("-17", .integer(-17)), ("+5", .integer(5)), ("-0", .integer(0)),
            ("0777", .text("0777")), ("0o17", .text("0o17")), ("0x1F", .text("0x1F")),
            ("1_000", .text("1_000")), ("12:30:00", .text("12:30:00")), ("-x", .text("-x")),
            ("9223372036854775807", .integer(.max)),
            ("9223372036854775808", .text("9223372036854775808")),
            ("1.5", .number(1.5)), ("1e3", .number(1_000)), ("-2.5E-1", .number(-0.25)),
            ("1.", .text("1.")), (".5", .text(".5")), ("1e", .text("1e")), ("01.5", .text("01.5")),
            (".inf", .text(".inf")), ("1e999", .text("1e999")), ("1.2.3", .text("1.2.3")),
            ("2026-01-14", .text("2026-01-14")), ("\"5\"", .text("5")), ("'true'", .text("true")),
            ("!!str 5", .text("5")), ("! 5", .text("5")), ("!!int \"5\"", .integer(5)),
            ("!!float 5", .integer(5)), ("!!null ''", .null), ("!!bool true", .boolean(true)),
            ("\u{0661}", .text("\u{0661}")), ("|\n 5\n", .text("5\n")),
        ] as [(String, YAMLScalar.Value)]
    )
    func scalarsMeanWhatTheCoreSchemaSays(text: String, value: YAMLScalar.Value) throws {
        #expect(try read("- \(text)").items?.first?.scalar?.value == value)
    }
}
