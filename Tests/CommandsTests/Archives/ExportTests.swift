import Testing

@Suite struct ExportTests {
    @Test(arguments: ["tar.gz", "tar.zst", "tar"])
    func tarUnpacksToTheSame(suffix: String) throws {
        let stack = try ArchiveHarness()
        #expect(try stack.recover(line: "-q backup --tag 2026.01.14").status == 0)
        let run = try stack.recover(line: "-q export latest:2026.01.14 -o copy.\(suffix)")
        #expect(run.status == 0 && run.output.isEmpty && run.errors.isEmpty)
        #expect(try stack.shell("sha256sum -c copy.\(suffix).sha256") == "copy.\(suffix): OK\n")
        #expect(try stack.shell("stat -c %a copy.*") == "600\n600\n")
        try stack.shell(
            "mkdir out && tar --xattrs --xattrs-include='*' --acls --numeric-owner "
                + "--same-permissions -xf copy.\(suffix) -C out 2>/dev/null"
        )
        let original = try stack.tree("memory/projects", without: "mem.db", "alpha")
        #expect(try stack.tree("out/memory", without: "mem.db", "alpha") == original)
        #expect(original.contains("odd"))
        let rows = "sqlite3 $F 'PRAGMA integrity_check; SELECT count(*) FROM fact'"
        #expect(try stack.shell("F=out/memory/alpha/mem.db; \(rows)") == "ok\n1000\n")
        let name = "sqlite3 out/rbac/security.db 'SELECT name FROM principal'"
        #expect(try stack.shell(name) == "ann\n")
        // Holes stay holes: 4 MB in next to nothing.
        let used = try stack.shell("du -kc out/memory/sparse out/memory/hole | tail -1 | cut -f 1")
        #expect(try #require(Int(used.dropLast())) < 200)
    }

    @Test func zipHoldsFilesAndSaysWhatItLeavesOut() throws {
        let stack = try ArchiveHarness()
        try stack.shell("rm memory/projects/odd*")
        #expect(try stack.recover(line: "-q backup").status == 0)
        let run = try stack.recover(line: "--json --no-progress export latest memory -o copy.zip")
        #expect(run.status == 0)
        let hasAttributes = try !stack.shell(
            "python3 -c 'import os; print(*os.listxattr(\"memory/projects/note.txt\"))'"
        ).dropLast().isEmpty
        #expect(run.output.contains("\"code\":\"metadata\"") == hasAttributes)
        try stack.shell("sha256sum -c copy.zip.sha256")
        try stack.shell("python3 -m zipfile -t copy.zip && python3 -m zipfile -e copy.zip out")
        for name in ["note.txt", "noise", "sparse", "hole"] {
            try stack.shell("cmp memory/projects/\(name) out/memory/\(name)")
        }
        try stack.shell("cmp memory/projects/note.txt out/memory/alpha/again.txt")
    }

    @Test func dryRunWritesNothing() throws {
        let stack = try ArchiveHarness()
        #expect(try stack.recover(line: "-q backup").status == 0)
        let run = try stack.recover(line: "export latest -o copy.tar.gz --dry-run")
        #expect(run.status == 0 && run.output.contains("would write memory, rbac"))
        #expect(try stack.shell("ls -A | grep copy || true").isEmpty)
    }

    private static let refusals: [(line: String, status: Int32, code: String, message: String)] = [
        ("export latest -o taken.tar.gz", 1, "target-exists", "taken.tar.gz exists already"),
        ("export latest -o half.tar.gz", 1, "target-exists", "half.tar.gz.sha256 exists already"),
        ("export latest -o gone/copy.tar.gz", 1, "target", "gone: No such file or directory"),
        ("export latest -o /proc/copy.tar.gz", 1, "target", "create /proc/"),
        ("export latest -o copy.rar", 64, "usage", "copy.rar: the name must end in one of"),
        ("export latest", 64, "usage", "--output"),
        ("export latest memor -o copy.tar", 25, "component-not-found", "it holds memory"),
        ("export latest:2027 -o copy.tar", 25, "not-found", "no snapshot latest:2027"),
        ("export latest -o copy.zip", 1, "target", "a zip cannot hold"),
    ]

    @Test func refusalsLeaveNothing() throws {
        let stack = try ArchiveHarness()
        #expect(try stack.recover(line: "-q backup").status == 0)
        try stack.shell("echo mine > taken.tar.gz; echo mine > half.tar.gz.sha256")
        let before = try stack.shell("ls -A")
        for (line, status, code, message) in Self.refusals {
            let run = try stack.recover(line: "--json --no-progress " + line)
            #expect(run.status == status, "\(line)")
            #expect(run.output.contains("\"code\":\"\(code)\""), "\(line)")
            #expect(run.errors.contains(message) && run.output.contains("\"state\":\"n"), "\(line)")
        }
        #expect(try stack.shell("ls -A") == before)
        #expect(try stack.shell("cat taken.tar.gz half.tar.gz.sha256") == "mine\nmine\n")
    }

    @Test func damageEndsTheExport() throws {
        let stack = try ArchiveHarness()
        #expect(try stack.recover(line: "-q backup").status == 0)
        // The noise does not compress, so that the middle of the largest pack is a part of it.
        try stack.shell(
            """
            P=$(find repository -name '*.tar' -printf '%s %p\\n' | sort -n | tail -1 | cut -d' ' -f2)
            dd if=/dev/zero of=$P bs=1 seek=$(($(stat -c %s $P) / 2)) count=64 conv=notrunc 2>/dev/null
            """
        )
        let before = try stack.shell("ls -A")
        let run = try stack.recover(line: "--json --no-progress export latest -o copy.tar.gz")
        #expect(run.status == 20)
        #expect(run.output.contains("\"code\":\"damage\"") && run.errors.contains("noise"))
        #expect(run.errors.contains("--level deep"))
        #expect(try stack.shell("ls -A") == before)
    }
}
