import Archiving
import Glibc
import Testing

@discardableResult
private func extract(
    _ file: TestFile,
    into folder: TestFile,
    limits: ArchiveLimits = ample
) throws -> [ArchiveEntry] {
    var reader = try ArchiveReader(
        descriptor: file.number,
        loneName: Array("lone".utf8),
        limits: limits
    )
    return try ArchiveExtractor.extract(&reader, into: folder.number)
}

private func link(_ path: String, to target: String) -> Member {
    Member(entry: ArchiveEntry(path, .symbolicLink(target: Array(target.utf8))))
}

private func hardLink(_ path: String, to target: String) -> Member {
    Member(entry: ArchiveEntry(path, .hardLink(target: Array(target.utf8))))
}

private func file(_ path: String) -> Member { .file(Array(path.utf8), Array(path.utf8)) }

@Suite struct ArchiveExtractorTests {
    @Test(arguments: [ArchiveFormat.tarGzip, .tarZstd, .tar])
    func filesFoldersAndLinksAppear(format: ArchiveFormat) throws {
        let scratch = try Scratch()
        let archive = try scratch.file("a")
        var members = [
            Member(entry: ArchiveEntry("./", .directory)),
            Member(entry: ArchiveEntry("./d", .directory, permissions: 0o1550)),
            file("d/f"), file("implied/deep/f"), link("d/l", to: "/etc/passwd"),
            hardLink("h", to: "./d//f"), Member.file([0xff], [1]),
            Member(entry: ArchiveEntry("d", .directory, permissions: 0o1550)),
        ]
        for index in members.indices { members[index].entry.modifiedSeconds = 1_600_000_000 }
        members[2].entry.permissions = 0o4444
        try pack(members, format, into: archive)
        let folder = try scratch.folder("out")
        let entries = try extract(archive, into: folder)
        #expect(entries.count == members.count)
        #expect(entries[2].permissions == 0o4444)
        #expect(try scratch.shell("cat out/h out/implied/deep/f") == "d/fimplied/deep/f")
        #expect(try scratch.shell("readlink out/d/l") == "/etc/passwd\n")
        #expect(
            try scratch.shell("cd out && stat -c '%n %a %h %Y' d d/f d/l h")
                == """
                d 750 2 1600000000
                d/f 644 2 1600000000
                d/l 777 1 1600000000
                h 644 2 1600000000

                """
        )
    }

    static let unsafe: [([Member], String)] = [
        ([file("/abs")], "/abs has an absolute path"),
        ([file("../up")], "../up leads upwards"),
        ([file("d/../../up")], "d/../../up leads upwards"),
        ([Member(entry: ArchiveEntry("..", .directory))], "leads upwards"),
        ([link("l", to: "/tmp"), file("l/f")], "l/f would go through a link"),
        ([link("l", to: "."), Member(entry: ArchiveEntry("l", .directory))], "through a link"),
        ([link("l", to: "x"), file("l")], "l comes twice"),
        ([file("f"), file("./f")], "./f comes twice"),
        ([file("f"), file("f/g")], "f/g would go through a link or file"),
        ([hardLink("h", to: "/etc/passwd")], "absolute path"),
        ([hardLink("h", to: "../x")], "leads upwards"),
        ([link("l", to: "/etc"), hardLink("h", to: "l/passwd")], "through a link"),
        ([link("l", to: "/etc/passwd"), hardLink("h", to: "l")], "no earlier file"),
        ([hardLink("h", to: "later"), file("later")], "no earlier file"),
        ([file(".")], "has no name"),
    ]

    @Test(arguments: unsafe)
    func unsafeMembersAreRefusedByName(members: [Member], message: String) throws {
        let scratch = try Scratch()
        let archive = try scratch.file("a")
        try pack(members, .tar, into: archive)
        let folder = try scratch.folder("out")
        let error = failure { try extract(archive, into: folder) }
        #expect(error?.code == .refused)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        #expect(try scratch.shell("ls") == "a\nout\n")
    }

    @Test func aFifoIsRefusedByName() throws {
        let scratch = try Scratch()
        try scratch.shell("mkfifo pipe && tar -cf a.tar pipe")
        let archive = try scratch.reopen("a.tar")
        let folder = try scratch.folder("out")
        let error = failure { try extract(archive, into: folder) }
        #expect(error?.code == .refused)
        #expect(error?.message.contains("pipe is a device, fifo or socket") == true)
    }

    @Test func theFolderMustBeEmptyAndPrivate() throws {
        let scratch = try Scratch()
        let archive = try scratch.file("a")
        try pack([file("f")], .tar, into: archive)
        let folder = try scratch.folder("out")
        try scratch.shell("chmod 755 out")
        #expect(failure { try extract(archive, into: folder) }?.code == .refused)
        try scratch.shell("chmod 700 out && touch out/x")
        #expect(failure { try extract(archive, into: folder) }?.code == .refused)
        try scratch.shell("rm out/x")
        #expect(try extract(archive, into: folder).count == 1)
    }

    @Test func impliedFoldersCount() throws {
        let scratch = try Scratch()
        let archive = try scratch.file("a")
        try pack([file("a/b/c/d/e")], .tar, into: archive)
        let folder = try scratch.folder("out")
        let limits = ArchiveLimits(byteCountMax: 100, entryCountMax: 3)
        #expect(
            failure { try extract(archive, into: folder, limits: limits) }?.code == .limitExceeded
        )
    }

    @Test func aLoneGzipGetsTheGivenName() throws {
        let scratch = try Scratch()
        try scratch.shell("printf hello | gzip > a.gz")
        let folder = try scratch.folder("out")
        try extract(try scratch.reopen("a.gz"), into: folder)
        #expect(try scratch.shell("cat out/lone") == "hello")
    }
}
