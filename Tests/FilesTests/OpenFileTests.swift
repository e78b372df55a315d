import Files
import Support
import Testing

@Suite struct OpenFileTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func write(_ bytes: [UInt8], at offset: UInt64, to file: borrowing OpenFile) throws {
        let buffer = AlignedBuffer(byteCount: max(bytes.count, 1))
        unsafe buffer.bytes.copyBytes(from: bytes)
        try unsafe file.write(buffer.slice(0..<bytes.count), at: offset)
    }

    @Test func aNewFileIsForUsAloneAndTakesNobodysName() throws {
        let folder = try scratch.folder()
        #expect(try folder.open(Path("new"), .create).status().mode == 0o600)
        let error = #expect(throws: FileError.self) { _ = try folder.open(Path("new"), .create) }
        #expect(error?.code == .exists)
        #expect(error?.message.contains("/new") == true)
    }

    @Test func aReadEndsWhereTheFileEnds() throws {
        let path = try scratch.write(Path("short"), [1, 2, 3, 4, 5])
        let file = try OpenFile(path, .read)
        let buffer = AlignedBuffer(byteCount: 16)
        #expect(try unsafe file.read(into: buffer.room(0..<4), at: 0) == 4)
        #expect(try unsafe file.read(into: buffer.bytes, at: 3) == 2)
        #expect(unsafe Array(buffer.slice(0..<2)) == [4, 5])
        #expect(try unsafe file.read(into: buffer.bytes, at: 9) == 0)
    }

    @Test(arguments: [0, 1, 4094, 4095, 4096, 4097, 70_000])
    func aWholeFileIsReadWhateverItsSize(size: Int) throws {
        let content = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let path = try scratch.write(Path("whole"), content)
        #expect(try OpenFile(path, .read).readAll() == content)
        #expect(try OpenFile(path, .read).readAll(limitBytes: size) == content)
        guard size > 0 else { return }
        #expect(throws: FileError.self) { try OpenFile(path, .read).readAll(limitBytes: size - 1) }
    }

    @Test func whatHasNoLengthIsReadToItsEnd() throws {
        // The kernel says 0 bytes of these files.
        let text = try OpenFile(Path("/proc/self/status"), .read).readAll()
        #expect(String(decoding: text, as: UTF8.self).hasPrefix("Name:"))
    }

    @Test func writesGoWhereTheyBelong() throws {
        let file = try scratch.folder().open(Path("places"), .create)
        try write([7, 8], at: 4, to: file)
        try write([1], at: 0, to: file)
        #expect(try file.readAll() == [1, 0, 0, 0, 7, 8])
        try file.truncate(to: 2)
        #expect(try file.readAll() == [1, 0])
    }

    @Test func appendedBytesFollowEachOther() throws {
        try scratch.write(Path("journal"), [1, 2])
        let path = try scratch.write(Path("journal"), [3])
        #expect(try OpenFile(path, .read).readAll() == [1, 2, 3])
    }

    @Test func dataAndHolesAreToldApart() throws {
        let file = try scratch.folder().open(Path("sparse"), .create)
        try write([1], at: 1 << 20, to: file)
        try file.truncate(to: 4 << 20)
        let first = file.nextData(from: 0, sizeBytes: 4 << 20)
        let data = try #require(first)
        #expect(data.contains(1 << 20))
        #expect(data.lowerBound > 0 || data.upperBound == 4 << 20, "no holes: all is one range")
        if data.lowerBound > 0 {
            let second = file.nextData(from: data.upperBound, sizeBytes: 4 << 20)
            #expect(second == nil)
        }
    }

    @Test func aLockIsHeldByOneDescriptor() throws {
        let path = scratch.path.appending("lock")
        let first = try OpenFile(path, .lock)
        #expect(try first.tryLock())
        #expect(try !OpenFile(path, .lock).tryLock())
        _ = consume first
        #expect(try OpenFile(path, .lock).tryLock())
    }

    @Test(arguments: [
        0, 1_768_355_400_123_456_789, -1, -1_500_000_001, 2_500_000_000_999_999_999,
    ])
    func aTimeIsKeptToTheNanosecond(nanoseconds: Int64) throws {
        let path = try scratch.write(Path("timed"))
        try OpenFile(path, .read).setModified(nanoseconds: nanoseconds)
        #expect(try FileStatus(of: path).modifiedNanoseconds == nanoseconds)
    }

    @Test(arguments: [Int64.min, Int64.max])
    func aTimeThatNoFileSystemKeepsIsNoTrap(nanoseconds: Int64) throws {
        let path = try scratch.write(Path("timed"))
        try? OpenFile(path, .read).setModified(nanoseconds: nanoseconds)
        #expect(try FileStatus(of: path).kind == .file)
    }

    @Test func attributesAreKeptAsBytes() throws {
        let file = try scratch.folder().open(Path("attributed"), .create)
        do throws(FileError) {
            try file.setAttribute("user.b", [0, 255, 10])
        } catch {
            // A file system without attributes has nothing to lose.
            #expect(error.code == .unsupported)
            return
        }
        try file.setAttribute("user.a", [])
        let found = try file.attributes().filter { $0.name.hasPrefix("user.") }
        #expect(found.map(\.name) == ["user.a", "user.b"])
        #expect(found.map(\.value) == [[], [0, 255, 10]])
    }

    @Test func aPipeInAFilesPlaceDoesNotHang() throws {
        let path = scratch.path.appending("pipe")
        try #require(makePipe(path))
        #expect(try OpenFile(path, .read).status().kind == .pipe)
    }

    @Test func aLinkIsFollowedForReadingOnly() throws {
        let folder = try scratch.folder()
        try scratch.write(Path("target"), [1])
        try folder.makeLink(Path("link"), to: Path("target"))
        let link = scratch.path.appending("link")
        #expect(try OpenFile(link, .read).readAll() == [1])
        for mode in [OpenFile.Mode.update, .append, .lock] {
            let error = #expect(throws: FileError.self) { _ = try OpenFile(link, mode) }
            #expect(error?.code == .link)
        }
        let error = #expect(throws: FileError.self) { _ = try folder.open(Path("link"), .read) }
        #expect(error?.code == .link)
    }

    @Test func aMissingFileIsNamed() {
        let error = #expect(throws: FileError.self) {
            _ = try OpenFile(scratch.path.appending("missing"), .read)
        }
        #expect(error?.code == .notFound)
        #expect(error?.message.contains("/missing: No such file") == true)
    }
}
