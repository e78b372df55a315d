import Testing

@Suite struct ImportRefusalTests {
    private struct Case {
        let make: String
        let arguments: String
        let status: Int32
        let code: String

        init(_ make: String, _ arguments: String, _ status: Int32, _ code: String) {
            self.make = make
            self.arguments = arguments
            self.status = status
            self.code = code
        }
    }

    /// A tar with one empty file of a name that no honest tar has.
    private static func tar(_ name: String) -> String {
        """
        python3 -c 'import tarfile; t = tarfile.open("a.tar", "w"); \
        t.addfile(tarfile.TarInfo("\(name)")); t.close()'
        """
    }

    private static let memory = "a.tar --component memory"
    private static let rbac = "a.tar --component rbac"
    private static let cases = [
        Case("true", memory, 1, "file"),
        Case("mkdir a.tar", memory, 1, "file"),
        Case("echo text > a.tar", memory, 1, "not-an-archive"),
        Case("tar cz memory | head -c 20000 > a.tar", memory, 20, "archive-damaged"),
        Case("tar cf a.tar sqlite && echo x > a.tar.sha256", rbac, 20, "digest"),
        Case(
            "tar cf a.tar sqlite && printf '%064d  a.tar\\n' 0 > a.tar.sha256",
            rbac,
            20,
            "digest"
        ),
        Case(tar("../evil"), memory, 1, "archive-unsafe"),
        Case(tar("/evil"), memory, 1, "archive-unsafe"),
        Case(
            """
            ln -s / out && tar cf a.tar out && rm out
            mkdir out && touch out/evil && tar rf a.tar out/evil
            """,
            memory,
            1,
            "archive-unsafe"
        ),
        Case("mkfifo out && tar cf a.tar out", memory, 1, "archive-unsafe"),
        Case("truncate -s 15T out && tar cSf a.tar out", memory, 1, "no-room"),
        Case("tar cf a.tar -T /dev/null", memory, 1, "layout"),
        Case("cd memory/projects && tar cf ../../a.tar noise note.txt", rbac, 1, "layout"),
        Case("tar cf a.tar sqlite", rbac + " --strip 9", 1, "layout"),
        Case("tar cf a.tar sqlite", rbac + " --strip some", 64, "usage"),
        Case("tar cf a.tar sqlite", rbac + "s", 25, "component-not-found"),
        Case("tar cf a.tar sqlite", "a.tar", 64, "usage"),
    ]

    @Test func nothingIsImported() throws {
        let stack = try ArchiveHarness()
        for refused in Self.cases {
            try stack.shell("rm -rf a.tar a.tar.sha256 out")
            try stack.shell(refused.make)
            let run = try stack.recover(line: "--json --no-progress import \(refused.arguments)")
            #expect(run.status == refused.status, "\(refused.make): \(run.errors)")
            #expect(run.output.contains("\"code\":\"\(refused.code)\""), "\(refused.make)")
            #expect(run.output.contains("\"state\":\"nothing was"), "\(refused.make)")
            #expect(refused.status == 64 || run.output.contains("\"next\":\""), "\(refused.make)")
        }
        #expect(try stack.snapshots().isEmpty)
        try stack.shell("test ! -e /evil && test ! -e state/scratch && test ! -e evil")
    }
}
