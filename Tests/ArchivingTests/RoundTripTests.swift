import Archiving
import Testing

/// Everything a tar holds, odd names first.
private func tarMembers() -> [Member] {
    let names: [[UInt8]] = [
        Array("plain".utf8),
        Array("e\u{301} decomposed \u{1112}\u{1161}\u{11ab}".utf8),
        Array("\u{d55c}\u{ae00}\n\u{1f40d}".utf8),
        [0xff, 0xfe, UInt8(ascii: "x"), 0x80],
        Array(repeating: UInt8(ascii: "n"), count: 255),
        Array(String(repeating: "long/", count: 1_000).utf8) + [0xe9],
    ]
    var members = names.map { Member.file($0, Array($0.reversed())) }
    members.append(.file(Array("empty".utf8), []))
    members.append(.file(Array("zeros".utf8), Array(repeating: 0, count: 4_096)))
    members.append(.file(Array("large".utf8), noise(700_001)))
    members.append(Member(entry: ArchiveEntry("d/", .directory, permissions: 0o2750)))
    let target: [UInt8] = [0x2f, 0xff, 0x2e]
    members.append(
        Member(entry: ArchiveEntry("link", .symbolicLink(target: target), permissions: 0o777))
    )
    members.append(
        Member(entry: ArchiveEntry("hard", .hardLink(target: names[3]), permissions: 0o640))
    )
    for index in members.indices {
        members[index].entry.ownerID = 3_000_000_000
        members[index].entry.groupID = 7
        members[index].entry.ownerName = [0xe9, UInt8(ascii: "r")]
        members[index].entry.groupName = Array("\u{bb34}\u{b9ac}".utf8)
        members[index].entry.modifiedSeconds = 1_700_000_000 + Int64(index)
        members[index].entry.modifiedNanoseconds = 123_456_789
    }
    return members
}

@Suite struct RoundTripTests {
    @Test(arguments: [ArchiveFormat.tar, .tarGzip, .tarZstd])
    func aTarHoldsEverything(format: ArchiveFormat) throws {
        let file = try Scratch().file("a")
        let members = tarMembers()
        try pack(members, format, into: file)
        let found = try unpack(file)
        #expect(found.count == members.count)
        for (found, member) in zip(found, members) { #expect(found == member) }
    }

    @Test func attributesAndAccessListsSurvive() throws {
        let file = try Scratch().file("a")
        var member = Member.file(Array("f".utf8), [1, 2, 3])
        member.entry.extendedAttributes = [
            Array("user.note".utf8): [0, 255, 10, 61],
            Array("security.capability".utf8): noise(20),
        ]
        member.entry.accessList = "user::rw-\nuser:ann:r--:1000\ngroup::r--\nmask::r--\nother::---"
        var folder = Member(entry: ArchiveEntry("d/", .directory))
        folder.entry.defaultAccessList = "user::rwx\ngroup::r-x\nother::---"
        try pack([member, folder], .tar, into: file)
        let found = try unpack(file)
        try #require(found.count == 2)
        #expect(found[0].entry.extendedAttributes == member.entry.extendedAttributes)
        let (lines, wanted) = (found[0].entry.accessList, member.entry.accessList)
        #expect(lines.split(separator: "\n").sorted() == wanted.split(separator: "\n").sorted())
        #expect(found[1].entry.defaultAccessList == folder.entry.defaultAccessList)
    }

    @Test func aZipHoldsFilesFoldersAndLinks() throws {
        let file = try Scratch().file("a")
        var members = [
            Member.file(Array("\u{d55c}\u{ae00}.txt".utf8), noise(300_000)),
            Member(entry: ArchiveEntry("d/", .directory, permissions: 0o755)),
            Member(
                entry: ArchiveEntry("l", .symbolicLink(target: [0x78]), permissions: 0o777)
            ),
        ]
        for index in members.indices { members[index].entry.modifiedSeconds = 1_700_000_001 }
        try pack(members, .zip, into: file)
        #expect(try unpack(file) == members)
    }

    @Test(arguments: ArchiveFormat.allCases)
    func sameContentGivesSameBytes(format: ArchiveFormat) throws {
        let scratch = try Scratch()
        let (first, second) = (try scratch.file("1"), try scratch.file("2"))
        let members = [Member.file(Array("f".utf8), noise(5_000))]
        try pack(members, format, into: first)
        try pack(members, format, into: second)
        #expect(try first.bytes() == second.bytes())
    }

    @Test(arguments: [
        ("a.tar.gz", ArchiveFormat.tarGzip), ("a.tar.zst", .tarZstd), ("a.tar", .tar),
        ("a.zip", .zip),
    ])
    func theNameTellsTheFormat(name: String, format: ArchiveFormat) {
        #expect(ArchiveFormat(fileName: Array(name.utf8)) == format)
        #expect(ArchiveFormat(fileName: Array(name.dropLast().utf8)) == nil)
        #expect(ArchiveFormat(fileName: Array(name.dropFirst().utf8)) == nil)
    }

    @Test(arguments: [ArchiveFormat.tar, .tarGzip, .tarZstd])
    func theSystemsTarAgrees(format: ArchiveFormat) throws {
        let scratch = try Scratch()
        let name = "a" + format.rawValue
        let text = Array("hello\n".utf8)
        let members = [
            Member.file(Array("d/\u{d55c}".utf8), text),
            Member(entry: ArchiveEntry("l", .symbolicLink(target: Array("d".utf8)))),
        ]
        try pack(members, format, into: try scratch.file(name))
        #expect(try scratch.shell("tar -xf \(name)").isEmpty)
        #expect(try scratch.shell("cat l/\u{d55c}") == "hello\n")
    }
}
