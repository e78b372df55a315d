import Testing

@Suite struct ImportTests {
    /// An archive as the commands of before made it: absolute paths, raw files of the log.
    private static let oldArchive = """
        mkdir -p old/mnt/e/ai-data/memory && cp -a memory/projects old/mnt/e/ai-data/memory/
        tar czf backup-memory-20250901.tar.gz -C old mnt/e/ai-data/memory/projects
        sha256sum backup-memory-20250901.tar.gz > backup-memory-20250901.tar.gz.sha256
        """

    @Test func anOldArchiveBecomesASnapshot() throws {
        let stack = try ArchiveHarness()
        try stack.shell(Self.oldArchive)
        let line = "import backup-memory-20250901.tar.gz --component memory"
        let plan = try stack.recover(line: "--json --no-progress \(line) --dry-run")
        #expect(plan.status == 0 && plan.output.contains("\"warnings\":[]"))
        #expect(plan.output.contains("\"stripped_prefix\":\"mnt/e/ai-data/memory/projects\""))
        #expect(plan.output.contains("\"logs\":1"))
        #expect(try stack.snapshots().isEmpty)
        let run = try stack.recover(line: "-q " + line)
        #expect(run.status == 0 && run.errors.isEmpty)
        let id = try #require(try stack.snapshots().first)
        #expect(try stack.recover(line: "-q restore --snapshot \(id) --to out").status == 0)
        let rows =
            "sqlite3 out/memory/alpha/mem.db 'PRAGMA integrity_check; SELECT count(*) FROM fact'"
        #expect(try stack.shell(rows) == "ok\n1000\n")
        let names = try stack.shell("cd out/memory/alpha && ls -A")
        #expect(names == "again.txt\nempty\nmem.db\n")
        // A plain tar has no attributes.
        try stack.shell("mkdir plain && tar xpf backup-memory-20250901.tar.gz -C plain")
        #expect(
            try stack.tree("out/memory", without: "mem.db", "alpha")
                == stack.tree("plain/mnt/e/ai-data/memory/projects", without: "mem.db", "alpha")
        )
        #expect(try stack.shell("ls -A state | grep scratch || true").isEmpty)
    }

    @Test func anExportComesBackWithAllItsMetadata() throws {
        let stack = try ArchiveHarness()
        #expect(try stack.recover(line: "-q backup").status == 0)
        #expect(try stack.recover(line: "-q export latest -o copy.tar.zst").status == 0)
        let run = try stack.recover(line: "--json import copy.tar.zst --component memory")
        #expect(run.status == 0 && run.output.contains("\"left_out\":1"))
        let id = try #require(try stack.snapshots().last)
        #expect(try stack.recover(line: "-q restore --snapshot \(id) --to out").status == 0)
        #expect(
            try stack.tree("out/memory", without: "mem.db", "alpha")
                == stack.tree("memory/projects", without: "mem.db", "alpha")
        )
    }

    @Test func nothingTakesAnImportUnasked() throws {
        let stack = try ArchiveHarness()
        #expect(try stack.recover(line: "-q backup --tag 2026.01.14").status == 0)
        try stack.shell(Self.oldArchive)
        let line = "-q import backup-memory-20250901.tar.gz --component memory"
        #expect(try stack.recover(line: line).status == 0)
        let ids = try stack.snapshots()
        try #require(ids.count == 2)
        for choice in ["--snapshot latest", "--tag 2026.01.14", "--at 2100-01-01T00:00:00Z"] {
            let run = try stack.recover(line: "--json restore \(choice) --to out --dry-run")
            #expect(run.status == 0 && run.output.contains("\"snapshot\":\"\(ids[0])\""))
        }
        #expect(try stack.recover(line: "-q backup memory").status == 0)
        let parent = try stack.shell(
            "jq -r 'select(.seq == 3) | .components.memory.parent' repository/snapshots/*.json"
        )
        #expect(parent == ids[0] + "\n")
        let facts = try stack.shell(
            """
            jq -c 'select(.seq == 2) | [.reason, .scope, .tag, (.note | split(",")[0]),
              .components.memory.parent, .components.memory.consistency]' repository/snapshots/*.json
            """
        )
        let name = "backup-memory-20250901.tar.gz"
        #expect(facts == "[\"import\",\"partial\",null,\"import of \(name)\",null,\"file\"]\n")
    }

    private static let forms = [
        ("cp -p sqlite/security.db security.db.backup", "security.db.backup"),
        ("gzip -c sqlite/security.db > security.db.gz", "security.db.gz"),
        ("tar cf a.tar sqlite/security.db", "a.tar"),
        ("tar cJf a.tar.xz -C sqlite .", "a.tar.xz"),
        ("tar c sqlite memory/projects/noise | zstd -q > a.tar.zst", "a.tar.zst"),
        ("python3 -m zipfile -c a.zip sqlite/security.db", "a.zip"),
        ("cp sqlite/security.db other.sqlite && gzip other.sqlite", "other.sqlite.gz"),
    ]

    @Test func everyFormBecomesTheOneDatabase() throws {
        let stack = try ArchiveHarness()
        for (make, file) in Self.forms {
            try stack.shell(make)
            let run = try stack.recover(line: "import \(file) --component rbac")
            #expect(run.status == 0 && run.errors.contains("[no-checksum]"), "\(make)")
            let id = try #require(try stack.snapshots().last)
            try stack.shell("rm -rf out")
            #expect(try stack.recover(line: "-q restore --snapshot \(id) --to out").status == 0)
            #expect(
                try stack.shell("cd out && find . -type f") == "./rbac/security.db\n",
                "\(make)"
            )
            let name = "sqlite3 out/rbac/security.db 'SELECT * FROM principal'"
            #expect(try stack.shell(name) == "ann\n", "\(make)")
        }
        #expect(try stack.snapshots().count == Self.forms.count)
    }

    @Test func aHotJournalIsRolledBack() throws {
        let stack = try ArchiveHarness()
        try stack.shell(
            """
            python3 - <<'END'
            import os, sqlite3
            c = sqlite3.connect("sqlite/security.db", isolation_level=None)
            c.execute("PRAGMA cache_size = 1")
            c.execute("BEGIN")
            c.execute("DELETE FROM principal")
            for n in range(5000): c.execute("INSERT INTO principal VALUES (?)", ("intruder",))
            os._exit(0)
            END
            test -s sqlite/security.db-journal && tar czf cut.tar.gz sqlite
            """
        )
        let run = try stack.recover(line: "import cut.tar.gz --component rbac")
        #expect(run.status == 0 && run.errors.contains("[hot-journal]"))
        let id = try #require(try stack.snapshots().last)
        #expect(try stack.recover(line: "-q restore --snapshot \(id) --to out").status == 0)
        let names = "sqlite3 out/rbac/security.db 'SELECT * FROM principal'"
        #expect(try stack.shell(names) == "ann\n")
    }

    @Test func stripTakesOffSoMany() throws {
        let stack = try ArchiveHarness()
        try stack.shell(Self.oldArchive + "\ntar czf deep.tar.gz old/mnt/e/ai-data/memory/projects")
        let paths = ["6": "", "5": "projects/", "0": "old/mnt/e/ai-data/memory/projects/"]
        for (count, path) in paths {
            let line = "-q import deep.tar.gz --component memory --strip \(count)"
            #expect(try stack.recover(line: line).errors.contains("[no-checksum]"))
            let id = try #require(try stack.snapshots().last)
            let restore = "-q restore --snapshot \(id) --to out\(count)"
            #expect(try stack.recover(line: restore).status == 0)
            try stack.shell("test -f out\(count)/memory/\(path)note.txt")
        }
    }
}
