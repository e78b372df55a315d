import Files
import Glibc
import Testing

/// A private folder that is gone after the test.
final class Scratch {
    let path: String

    init() throws {
        // In memory where there is such a place: a repository syncs after every step.
        let base = unsafe access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(base)/deduplication-test-XXXXXX".utf8CString)
        let made: String? = unsafe template.withUnsafeMutableBufferPointer { buffer in
            unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) }.map {
                unsafe String(cString: $0)
            }
        }
        path = try #require(made)
    }

    deinit { _ = unsafe system("rm -rf '\(path)'") }

    /// What a shell command in this folder prints, errors included; its failure is an issue.
    @discardableResult
    func shell(_ command: String) throws -> String {
        let stream = unsafe try #require(unsafe popen("cd '\(path)' && ( \(command) ) 2>&1", "r"))
        var text = ""
        var line = [UInt8](repeating: 0, count: 65_536)
        while case let count = unsafe fread(&line, 1, line.count, stream), count > 0 {
            text += String(decoding: line.prefix(count), as: UTF8.self)
        }
        #expect(unsafe pclose(stream) == 0, "\(command): \(text)")
        return text
    }

    /// Makes or overwrites a file.
    func write(_ name: String, _ bytes: [UInt8]) throws {
        let file = try OpenFile(Path(path).appending(name), .lock)
        try file.truncate(to: 0)
        try unsafe bytes.withUnsafeBytes { try unsafe file.write($0, at: 0) }
    }

    func read(_ name: String) throws -> [UInt8] {
        try OpenFile(Path(path).appending(name), .read).readAll(limitBytes: 1 << 28)
    }

    /// Turns one bit of a byte; a negative offset counts from the end.
    func flip(_ name: String, at offset: Int) throws {
        let file = try OpenFile(Path(path).appending(name), .update)
        let size = Int(try file.status().sizeBytes)
        let position = UInt64(offset < 0 ? size + offset : offset)
        var byte: [UInt8] = [0]
        let count = try unsafe byte.withUnsafeMutableBytes { room in
            try unsafe file.read(into: room, at: position)
        }
        #expect(count == 1)
        byte[0] ^= 0x10
        try unsafe byte.withUnsafeBytes { try unsafe file.write($0, at: position) }
    }
}

/// Bytes that compress badly and are the same in every run.
func noise(_ count: Int, seed: UInt64) -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    var words: [UInt64] = []
    words.reserveCapacity(count / 8 + 1)
    while words.count * 8 < count {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        words.append(state)
    }
    return unsafe words.withUnsafeBytes { unsafe Array($0.prefix(count)) }
}

/// Bytes that compress well.
func prose(_ count: Int, seed: Int) -> [UInt8] {
    let line = Array("the \(seed). time that nobody looked at the backups, they were gone\n".utf8)
    var bytes: [UInt8] = []
    while bytes.count < count { bytes += line.prefix(count - bytes.count) }
    return bytes
}
