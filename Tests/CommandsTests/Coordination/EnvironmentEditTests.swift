import Files
import Processes
import Support
import Testing

@testable import Commands

@Suite struct EnvironmentEditTests {
    private let scratch: Scratch
    private static let text = """
        # TAG=never
        export SECRET='a=b c'
        TAG=2026.01.14   # deployed
        TAGS=other\r
          EMPTY=
        TAG="2026.01.15"
        """

    init() throws { scratch = try Scratch(isInMemory: true) }

    private func edit(_ text: String = Self.text) throws -> EnvironmentEdit {
        try EnvironmentEdit(try scratch.write(Path("env"), Array(text.utf8)))
    }

    private func content() throws -> String {
        String(
            decoding: try OpenFile(scratch.path.appending("env"), .read).readAll(),
            as: UTF8.self
        )
    }

    @Test func theLastAssignmentCounts() throws {
        let raw = try edit().raw(["TAG", "SECRET", "TAGS", "EMPTY", "NONE", "TA"])
        #expect(
            raw.mapValues { String(decoding: $0, as: UTF8.self) }
                == ["TAG": "\"2026.01.15\"", "SECRET": "'a=b c'", "TAGS": "other", "EMPTY": ""]
        )
    }

    @Test(arguments: [
        ("TAG", "2026.01.16", "TAG=\"2026.01.15\"", "TAG=2026.01.16"),
        ("SECRET", "x", "export SECRET='a=b c'", "export SECRET=x"),
        ("TAGS", "y", "TAGS=other", "TAGS=y"),
        ("EMPTY", "z", "  EMPTY=", "  EMPTY=z"),
    ])
    func nothingElseChanges(_ key: String, _ value: String, _ old: String, _ new: String) throws {
        try edit().set([key: value])
        #expect(try content() == Self.text.replacing(old, with: new))
    }

    @Test func whatWasThereComesBackToTheByte() throws {
        let edit = try edit()
        let before = try edit.raw(["TAG", "TAGS"])
        try edit.set(["TAG": "1", "TAGS": "2"])
        #expect(try content() != Self.text)
        try edit.putBack(before)
        #expect(try content() == Self.text)
    }

    /// A comment of another encoding, through the journal and back.
    @Test func whatIsNoTextComesBackToTheByte() throws {
        let line = Array("TAG=1 # ".utf8) + [0xC0, 0xCC, 0x0D, 0x0A]
        let edit = try EnvironmentEdit(try scratch.write(Path("env"), line))
        let note = EnvironmentEdit.note(try edit.raw(["TAG"]))
        try edit.set(["TAG": "2026.01.14"])
        let changed = try OpenFile(edit.path, .read).readAll()
        #expect(changed == Array("TAG=2026.01.14".utf8) + line.dropFirst(5))
        try edit.putBack(EnvironmentEdit.raw(fromNote: note))
        #expect(try OpenFile(edit.path, .read).readAll() == line)
    }

    @Test(arguments: [
        ("A=1   # one", "A=2   # one"), ("A='1 # x'  # one", "A=2  # one"), ("A=1#x", "A=2"),
        ("A=\"1\"# one", "A=2 # one"), ("A=# one", "A=2 # one"), ("A=  # one", "A=2  # one"),
        ("A= 1\t", "A=2\t"), ("A='1 # one", "A=2 # one"), ("A = 1 # one", "A =2 # one"),
        ("\u{FEFF}A=1\r\nB=2", "\u{FEFF}A=2\r\nB=2"), ("A=\"1\\\"\" # one", "A=2 # one"),
        ("A=1\nPEM=\"x\nA=3\n\"", "A=2\nPEM=\"x\nA=3\n\""),
    ])
    func commentsStay(_ old: String, _ new: String) throws {
        try edit(old).set(["A": "2"])
        #expect(try content() == new)
    }

    /// What a person is told to type does what the program would have done.
    @Test(arguments: [
        "TAG=a # comment\n", "TAG=\"a\"\n", "TAG='a b'  # x\n", "export TAG=a\r\n",
        "  TAG= a\t# x\r\n",
        "# TAG=x\nTAGS=b\nTAG=a\nA=TAG=1", "TAG=a/b&c\\d\n", "TAG=# none\n", "TAG=\n", "TAG=it's\n",
        "TAG=\"2026.01.14 # a\" # b\n",
    ])
    func whatIsPrintedPutsItBack(_ text: String) throws {
        let edit = try edit(text)
        let before = EnvironmentEdit.value(of: try #require(try edit.raw(["TAG"])["TAG"]))
        for new in ["2026.01.15", "'x y'"] {
            try edit.set(["TAG": new])
            let changed = try content()
            try run(EnvironmentEdit.words("TAG", before, in: "\(edit.path)"))
            let back = try edit.raw(["TAG"])["TAG"]
            #expect(EnvironmentEdit.value(of: try #require(back)) == before, "\(changed)")
            // Nothing else of it has changed, but for a blank before a mark that was too close.
            #expect(try content().replacing("= #", with: "=#") == text.replacing("= #", with: "=#"))
        }
    }

    private func run(_ line: String) throws {
        let environment = Environment(["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"])
        let result = try Processes.Command(["/bin/sh", "-c", line], environment: environment).run()
        #expect(result.succeeded, "\(line): \(result.errors.text)")
    }

    @Test func modeAndLinkAreKept() throws {
        let edit = try edit()
        try OpenFile(edit.path, .update).setMode(0o640)
        try scratch.folder().makeLink(Path("link"), to: Path("env"))
        try EnvironmentEdit(scratch.path.appending("link")).set(["TAG": "1"])
        #expect(try FileStatus(of: edit.path).mode & 0o7777 == 0o640)
        #expect(try FileStatus(of: scratch.path.appending("link")).kind == .link)
        #expect(try scratch.folder().names().count == 2)
    }

    @Test func aKeyThatIsMissingChangesNothing() throws {
        #expect(throws: CommandFailure.self) { try edit().set(["NONE": "1", "TAG": "2"]) }
        #expect(try content() == Self.text)
    }

    @Test(arguments: [("on", "on"), ("a b", "'a b'"), ("it's", "it's"), ("#x", "'#x'")])
    func valuesThatNeedQuotesGetThem(_ value: String, _ wanted: String) {
        #expect(EnvironmentEdit.quoted(value) == wanted)
    }
}
