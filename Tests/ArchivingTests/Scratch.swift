import Archiving
import Glibc
import Testing

/// A private folder that is gone after the test.
final class Scratch {
    let path: String

    init() throws {
        var template = Array("/tmp/archiving-test-XXXXXX".utf8CString)
        let made: String? = unsafe template.withUnsafeMutableBufferPointer { buffer in
            unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) }.map {
                unsafe String(cString: $0)
            }
        }
        path = try #require(made)
    }

    deinit { _ = unsafe system("chmod -R u+rwX '\(path)'; rm -rf '\(path)'") }

    /// Writes a file and returns a descriptor of it, open for reading and writing.
    func file(_ name: String, _ bytes: [UInt8] = []) throws -> TestFile {
        let number = unsafe open(path + "/" + name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        let file = TestFile(number: try #require(number >= 0 ? number : nil))
        try file.replace(bytes)
        return file
    }

    /// Opens a file that a command made.
    func reopen(_ name: String) throws -> TestFile {
        let number = unsafe open(path + "/" + name, O_RDONLY | O_CLOEXEC)
        return TestFile(number: try #require(number >= 0 ? number : nil))
    }

    /// Makes an empty folder and returns its descriptor.
    func folder(_ name: String) throws -> TestFile {
        let all = path + "/" + name
        unsafe mkdir(all, 0o700)
        let number = unsafe open(all, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        return TestFile(number: try #require(number >= 0 ? number : nil))
    }

    /// What a shell command in this folder prints, errors included; its failure is an issue.
    @discardableResult
    func shell(_ command: String) throws -> String {
        let all = "cd '\(path)' && ( \(command) ) 2>&1"
        let stream = unsafe try #require(unsafe popen(all, "r"))
        var text = ""
        var line = [UInt8](repeating: 0, count: 65_536)
        while case let count = unsafe fread(&line, 1, line.count, stream), count > 0 {
            text += String(decoding: line.prefix(count), as: UTF8.self)
        }
        #expect(unsafe pclose(stream) == 0, "\(command): \(text)")
        return text
    }
}

/// An open file or folder, closed with its last use.
final class TestFile {
    let number: Int32

    init(number: Int32) { self.number = number }

    deinit { close(number) }

    func replace(_ bytes: [UInt8]) throws {
        try #require(ftruncate(number, 0) == 0)
        let written = unsafe pwrite(number, bytes, bytes.count, 0)
        try #require(written == bytes.count)
    }

    func bytes() throws -> [UInt8] {
        var status = stat()
        try #require(unsafe fstat(number, &status) == 0)
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        let count = unsafe pread(number, &bytes, bytes.count, 0)
        try #require(count == bytes.count)
        return bytes
    }
}

let ample = ArchiveLimits(byteCountMax: 1 << 30, entryCountMax: 10_000)

extension ArchiveEntry {
    init(_ path: String, _ kind: Kind, permissions: UInt32 = 0o644) {
        self.init(path: Array(path.utf8), kind: kind, permissions: permissions)
    }

    static func file(_ path: String, byteCount: Int = 0) -> ArchiveEntry {
        ArchiveEntry(path, .file(byteCount: Int64(byteCount)))
    }
}

/// A member with its data.
struct Member: Equatable {
    var entry: ArchiveEntry
    var data: [UInt8] = []

    static func file(_ path: [UInt8], _ data: [UInt8]) -> Member {
        let kind = ArchiveEntry.Kind.file(byteCount: Int64(data.count))
        return Member(entry: ArchiveEntry(path: path, kind: kind, permissions: 0o640), data: data)
    }
}

func pack(_ members: [Member], _ format: ArchiveFormat, into file: TestFile) throws(ArchiveError) {
    var writer = try ArchiveWriter(descriptor: file.number, format: format)
    for member in members {
        try writer.add(member.entry)
        try writer.write(member.data.span)
    }
    try writer.finish()
}

func unpack(_ file: TestFile, limits: ArchiveLimits = ample) throws(ArchiveError) -> [Member] {
    var reader = try ArchiveReader(
        descriptor: file.number,
        loneName: Array("lone".utf8),
        limits: limits
    )
    var members: [Member] = []
    var buffer = [UInt8](repeating: 0, count: 1_000)
    while let entry = try reader.next() {
        var data: [UInt8] = []
        while case let count = try reader.read(into: &buffer), count > 0 {
            data += buffer[..<count]
        }
        members.append(Member(entry: entry, data: data))
    }
    return members
}

/// Bytes that do not compress, the same at every run.
func noise(_ count: Int) -> [UInt8] {
    var state: UInt64 = 88_172_645_463_325_252
    return (0..<count).map { _ in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt8(truncatingIfNeeded: state)
    }
}

func failure(of work: () throws -> Void) -> ArchiveError? {
    #expect(throws: ArchiveError.self, performing: work)
}
