import Testing

@testable import Arguments

@Suite struct ManualPageTests {
    @Test(.enabled(if: ShellRunner.has("man")))
    func rendersWithoutWarnings() throws {
        let runner = try ShellRunner()
        try runner.write(example.manualPage(), to: "shelf.1")
        let man = ["man", "-l", "--warnings", "-E", "UTF-8"]
        let shell = "\(man.joined(separator: " ")) ./shelf.1 >/dev/null"
        #expect(try runner.run(["sh", "-c", shell]) == "")
        let page = try runner.run(man + ["./shelf.1"])
        let lines = page.split(separator: "\n").map { $0.drop { $0 == " " } }
        for wanted in [
            "shelf - keeps a list of books",
            "'year': 1999",
            ".Lines that begin with a dot, or hold a \\ or ~, are nothing special.",
            "shelf add \"A book\" --year 1999",
            "list [ROOM | --all] [PLACE] [--to FOLDER]",
            "room clear [--now | --dry-run]",
            "Novels \u{2013} and 小説.",
            "64     the command line makes no sense",
            "SHELF_YEAR",
        ] {
            #expect(lines.contains { $0 == wanted }, "\(wanted)")
        }
    }

    @Test func sectionsStandInTheirOrder() {
        let sections = example.manualPage().split(separator: "\n")
            .filter { $0.hasPrefix(".SH ") }.map { $0.dropFirst(4) }
        #expect(
            sections == [
                "\"NAME\"", "\"SYNOPSIS\"", "\"DESCRIPTION\"", "\"EXAMPLES\"",
                "\"GLOBAL OPTIONS\"", "\"COMMANDS\"", "\"GENRES\"", "\"EXIT STATUS\"",
                "\"ENVIRONMENT\"",
            ]
        )
    }

    @Test(
        "Every sign of roff is escaped",
        arguments: [
            ("plain", "plain"), ("a\\b", "a\\(rsb"), ("--x", "\\-\\-x"), ("'", "\\(aq"),
            ("\"", "\\(dq"), ("`^~", "\\(ga\\(ha\\(ti"), ("a\nb", "a b"), ("é", "\\[u00E9]"),
            ("가", "\\[uAC00]"), ("😀", "\\[u1F600]"),
        ]
    )
    func escape(text: String, wanted: String) {
        #expect(RoffPage.escaped(text) == wanted)
    }
}
