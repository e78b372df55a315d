import Archiving
import Testing

private let members = [
    Member.file(Array("first".utf8), noise(3_000)),
    // Zeros at the end of a member must not pass for the end of the archive.
    Member.file(Array("zeros".utf8), Array(repeating: 0, count: 4_096)),
]

/// The same members as every kind of archive.
private func archive(_ suffix: String, _ scratch: Scratch) throws -> TestFile {
    if let format = ArchiveFormat(fileName: Array("a\(suffix)".utf8)) {
        let file = try scratch.file("a" + suffix)
        try pack(members, format, into: file)
        return file
    }
    let tar = try scratch.file("a.tar")
    try pack(members, .tar, into: tar)
    try scratch.shell(suffix == ".tar.xz" ? "xz -k a.tar" : "bzip2 -k a.tar")
    return try scratch.reopen("a" + suffix)
}

@Suite struct ReaderErrorTests {
    @Test(arguments: [".tar", ".tar.gz", ".tar.zst", ".tar.xz", ".tar.bz2", ".zip"])
    func everyTruncationIsAnError(suffix: String) throws {
        let scratch = try Scratch()
        let whole = try archive(suffix, scratch).bytes()
        #expect(try unpack(try scratch.file("whole", whole)).map(\.data) == members.map(\.data))
        let cut = try scratch.file("cut")
        // Every byte of what begins and ends it, and some of all that lies between.
        let ends = Set(0..<64).union(whole.count - 64..<whole.count)
        let between = stride(from: 0, to: whole.count, by: 23)
        for byteCount in ends.union(between).sorted() {
            try cut.replace(Array(whole.prefix(byteCount)))
            #expect(throws: ArchiveError.self, "cut to \(byteCount)") { try unpack(cut) }
        }
        try cut.replace(Array(whole.dropLast()))
        #expect(throws: ArchiveError.self) { try unpack(cut) }
    }

    @Test func aTarCutBetweenMembersIsTruncated() throws {
        let file = try Scratch().file("a")
        try pack(members, .tar, into: file)
        let whole = try file.bytes()
        for missing in [512, 1_024] {
            try file.replace(Array(whole.dropLast(missing)))
            #expect(failure { _ = try unpack(file) }?.code == .truncated)
        }
    }

    @Test(arguments: [".tar.gz", ".tar.xz", ".tar.bz2", ".zip"])
    func aFlippedBitInTheDataIsAnError(suffix: String) throws {
        let scratch = try Scratch()
        let whole = try archive(suffix, scratch).bytes()
        let flipped = try scratch.file("flipped")
        for index in stride(from: 200, to: 2_000, by: 97) {
            var bytes = whole
            bytes[index] ^= 0x10
            try flipped.replace(bytes)
            #expect(throws: ArchiveError.self, "bit in \(index)") { try unpack(flipped) }
        }
    }

    @Test func dataBehindTheEndAreAnError() throws {
        let file = try Scratch().file("a")
        try pack(members, .tar, into: file)
        let whole = try file.bytes()
        try file.replace(whole + whole)
        #expect(failure { _ = try unpack(file) }?.code == .damaged)
        try file.replace(whole + Array(repeating: 0, count: 9_000))
        #expect(try unpack(file).count == 2)
    }

    @Test func limitsHold() throws {
        let file = try Scratch().file("a")
        try pack(members, .tarGzip, into: file)
        let total: Int64 = 3_000 + 4_096
        for (byteCountMax, entryCountMax) in [(total - 1, 2), (total, 1), (0, 2)] {
            let limits = ArchiveLimits(byteCountMax: byteCountMax, entryCountMax: entryCountMax)
            let error = failure { _ = try unpack(file, limits: limits) }
            #expect(error?.code == .limitExceeded)
        }
        let exact = ArchiveLimits(byteCountMax: total, entryCountMax: 2)
        #expect(try unpack(file, limits: exact).count == 2)
    }

    @Test func aSkippedMemberIsCheckedToo() throws {
        let file = try Scratch().file("a")
        try pack([.file(Array("f".utf8), noise(50_000))], .zip, into: file)
        var bytes = try file.bytes()
        bytes[25_000] ^= 1
        try file.replace(bytes)
        var reader = try ArchiveReader(descriptor: file.number, loneName: [], limits: ample)
        _ = try reader.next()
        var hasFailed = false
        do throws(ArchiveError) { _ = try reader.next() } catch { hasFailed = true }
        #expect(hasFailed)
    }

    @Test(arguments: ["", "text", "\u{1f}", String(repeating: "x", count: 5_000), "PK"])
    func anythingElseIsNoArchive(content: String) throws {
        let file = try Scratch().file("a", Array(content.utf8))
        let error = failure { _ = try unpack(file) }
        #expect(error?.code == (content == "PK\u{3}\u{4}" ? .damaged : .notAnArchive))
    }

    @Test(arguments: ["PK\u{3}\u{4}", "PK\u{5}\u{6}", "BZh91AY&SY", "\u{1f}"])
    func aMembersNameDoesNotHideATar(name: String) throws {
        let file = try Scratch().file("a")
        // A ustar puts the name first; pax would put a header of its own before it.
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at index: Int) {
            header.replaceSubrange(index..<index + text.utf8.count, with: text.utf8)
        }
        put(name, at: 0)
        put("0000644", at: 100)
        put("00000000000", at: 124)
        put("00000000000", at: 136)
        put("        ", at: 148)
        put("0", at: 156)
        put("ustar\u{0}00", at: 257)
        let digits = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
        put(String(repeating: "0", count: 6 - digits.count) + digits + "\u{0}", at: 148)
        try file.replace(header + Array(repeating: 0, count: 1_024))
        #expect(try unpack(file).map(\.entry.path) == [Array(name.utf8)])
    }

    @Test(arguments: ["gnu", "ustar", "v7", "pax"])
    func tarsOfOthersAreRead(format: String) throws {
        let scratch = try Scratch()
        try scratch.shell("mkdir d && printf abc > d/f && ln d/f d/h && ln -s f d/s")
        try scratch.shell("tar --format=\(format) --sort=name -cf a.tar d")
        let found = try unpack(try scratch.reopen("a.tar"))
        #expect(
            found.map { String(decoding: $0.entry.path, as: UTF8.self) } == [
                "d/", "d/f", "d/h", "d/s",
            ]
        )
        #expect(found.map(\.data.count) == [0, 3, 0, 0])
    }
}
