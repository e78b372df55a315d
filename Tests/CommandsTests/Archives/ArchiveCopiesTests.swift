import Testing

@Suite struct ArchiveCopiesTests {
    @Test func theNewestCopiesStayAndNothingElseGoes() throws {
        let stack = try ArchiveHarness(
            archives: "{dir: DIR/copies, components: [memory, rbac], keep: 2}"
        )
        let old = "backup-memory-20200101T000000Z-0000.tar.gz"
        let strangers = [
            "backup-memory-20200101T000000Z-0000.tar.gz.part", "backup-memory-20200101.tar.gz",
            "backup-memory-x-20200101T000000Z-0000.tar.gz", "backup-memory-.tar.gz",
            "xbackup-memory-20200101T000000Z-0000.tar.gz", "security.db.backup",
        ]
        try stack.shell("mkdir copies && cd copies && touch \(old) \(old).sha256")
        try stack.shell("cd copies && touch \(strangers.joined(separator: " "))")
        for _ in 0..<3 {
            let run = try stack.recover(line: "-q backup")
            #expect(run.status == 0 && run.errors.isEmpty)
        }
        let kept = try stack.snapshots().suffix(2)
        let names = ["memory", "rbac"].flatMap { name in
            kept.flatMap { id in
                ["backup-\(name)-\(id).tar.gz", "backup-\(name)-\(id).tar.gz.sha256"]
            }
        }
        let found = try stack.shell("ls -A copies").split(separator: "\n").map(String.init)
        #expect(Set(found) == Set(names + strangers))
        try stack.shell("cd copies && sha256sum -c *.sha256")
        let id = try #require(kept.last)
        #expect(
            try stack.shell("tar tf copies/backup-rbac-\(id).tar.gz") == "rbac/security.db\n"
        )
    }

    @Test func aFolderIsMadeOnceOnly() throws {
        let stack = try ArchiveHarness(
            archives: "{dir: DIR/disk/copies, format: zip, components: [rbac]}"
        )
        let missing = try stack.recover(line: "backup")
        #expect(missing.status == 0 && missing.errors.contains("[archives]"))
        #expect(try stack.snapshots().count == 1)
        #expect(try stack.recover(line: "-q --strict backup").status == 3)
        try stack.shell("test ! -e disk && mkdir disk")
        #expect(try stack.recover(line: "-q --strict backup").status == 0)
        try stack.shell(
            "python3 -m zipfile -t disk/copies/backup-rbac-*.zip && mv disk/copies away"
        )
        let gone = try stack.recover(line: "-q backup")
        #expect(gone.status == 0 && gone.errors.contains("was there and is gone"))
        try stack.shell("test ! -e disk/copies")
        #expect(try stack.snapshots().count == 4)
    }
}
