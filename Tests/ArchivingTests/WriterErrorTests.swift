import Archiving
import Glibc
import Testing

@Suite struct WriterErrorTests {
    @Test(arguments: ArchiveFormat.allCases)
    func aShortFileIsAnError(format: ArchiveFormat) throws {
        let file = try Scratch().file("a")
        let error = failure {
            var writer = try ArchiveWriter(descriptor: file.number, format: format)
            try writer.add(.file("short", byteCount: 4))
            try writer.write([1, 2, 3].span)
            try writer.finish()
        }
        #expect(error?.code == .sizeMismatch)
        #expect(error?.message.contains("short is 1 bytes shorter") == true)
        #expect(throws: ArchiveError.self) { try unpack(file) }
    }

    @Test func aShortFileIsFoundByTheNextEntry() throws {
        let file = try Scratch().file("a")
        let error = failure {
            var writer = try ArchiveWriter(descriptor: file.number, format: .tar)
            try writer.add(.file("short", byteCount: 4))
            try writer.add(.file("next"))
        }
        #expect(error?.code == .sizeMismatch)
    }

    @Test func aLongFileIsAnError() throws {
        let file = try Scratch().file("a")
        let error = failure {
            var writer = try ArchiveWriter(descriptor: file.number, format: .tar)
            try writer.add(.file("long", byteCount: 2))
            try writer.write([1, 2, 3].span)
        }
        #expect(error?.code == .sizeMismatch)
    }

    @Test(arguments: ArchiveFormat.allCases)
    func withoutFinishThereIsNoArchive(format: ArchiveFormat) throws {
        let file = try Scratch().file("a")
        do {
            var writer = try ArchiveWriter(descriptor: file.number, format: format)
            try writer.add(.file("f", byteCount: 3))
            try writer.write([1, 2, 3].span)
        }
        #expect(throws: ArchiveError.self) { try unpack(file) }
    }

    @Test func aFullDiskIsAnError() throws {
        let full = TestFile(number: unsafe open("/dev/full", O_WRONLY | O_CLOEXEC))
        let error = failure {
            try pack([.file(Array("f".utf8), noise(3_000_000))], .tar, into: full)
        }
        #expect(error?.code == .inputOutput)
    }

    static let unfit: [(ArchiveEntry, String)] = [
        (ArchiveEntry(path: [0xff], kind: .directory, permissions: 0), "not UTF-8"),
        (ArchiveEntry("h", .hardLink(target: [0x61])), "hard link"),
        (.file(String(repeating: "n", count: 65_535)), "too long"),
        (
            {
                var entry = ArchiveEntry.file("x")
                entry.extendedAttributes = [[0x61]: []]
                return entry
            }(), "extended attributes"
        ),
    ]

    @Test(arguments: unfit)
    func aZipRefusesWhatItCannotHold(entry: ArchiveEntry, reason: String) throws {
        let file = try Scratch().file("a")
        let error = failure { try pack([Member(entry: entry)], .zip, into: file) }
        #expect(error?.code == .notRepresentable)
        #expect(error?.message.contains(reason) == true)
    }

    @Test(arguments: [
        ArchiveEntry("", .directory), ArchiveEntry("a\0b", .directory),
        ArchiveEntry("s", .special), ArchiveEntry("l", .symbolicLink(target: [0x61, 0])),
    ])
    func everyFormatRefusesWhatHasNoForm(entry: ArchiveEntry) throws {
        let file = try Scratch().file("a")
        let error = failure { try pack([Member(entry: entry)], .tar, into: file) }
        #expect(error?.code == .notRepresentable)
    }
}
