internal import Cryptography
public import Files
internal import FoundationEssentials
internal import Glibc

/// A file of JSON lines, each durable when it is written and each carrying the SHA-256 of the line
/// before: one that was changed or taken out is seen.
///
/// Several processes may add to one file. A line that a dying run left half is kept, passed over,
/// and counted.
public struct ChainedLog<Record: Codable & Sendable>: Sendable {
    /// What a file holds.
    public struct Reading: Sendable {
        /// The records of the whole lines.
        public var records: [Record] = []
        /// Lines that are no record, counted from 1: half written, or damaged.
        public var unreadableLines: [Int] = []
        /// Lines that do not carry the digest of the one before.
        public var brokenLines: [Int] = []
    }

    private struct Line: Codable {
        var seq: Int
        var prev: String
        var record: Record
    }

    /// Only what follows the record is looked at, whatever it is.
    private struct Mark: Codable {
        var seq: Int
    }

    /// What the first line carries.
    private static var noDigest: String { String(repeating: "0", count: 64) }
    private static var lineLimitBytes: UInt64 { 4 << 20 }
    private static var lockWaitSeconds: Int { 30 }

    /// The file, which may not be there yet.
    public let path: Path

    /// Names a file without touching it.
    ///
    /// - Parameter path: The file.
    public init(at path: Path) {
        self.path = path
    }

    /// Adds a record and makes it durable.
    ///
    /// - Parameter record: What to write.
    /// - Throws: ``FileError``; the record may be there in part, and counts as not written.
    public func append(_ record: Record) throws(FileError) {
        let folder = try Directory(path.parent)
        let file = try folder.open(path.lastComponent, .append)
        try Self.lock(file)
        let size = try file.status().sizeBytes
        let (last, isTorn) = try Self.lastLine(folder, path.lastComponent, size)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = Line(
            seq: (last.flatMap(Self.number) ?? 0) + 1,
            prev: last.map { Cryptography.SHA256.digest(of: $0).hex } ?? Self.noDigest,
            record: record
        )
        guard let bytes = try? encoder.encode(line) else {
            preconditionFailure("records hold only plain values")
        }
        // A line that a dying run left half must not swallow the next one.
        try file.append((isTorn ? [0x0A] : []) + Array(bytes) + [0x0A])
        try file.sync()
        if size == 0 { try folder.sync() }
    }

    /// Reads all of it and looks at the chain.
    ///
    /// - Returns: Nothing where there is no file.
    /// - Throws: ``FileError`` where it is there and cannot be read.
    public func read() throws(FileError) -> Reading {
        var reading = Reading()
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try OpenFile(path, .read).readAll(limitBytes: 1 << 30)
        } catch {
            if error.code == .notFound { return reading }
            throw error
        }
        let decoder = JSONDecoder()
        var before = Self.noDigest
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        for (index, raw) in lines.enumerated() {
            if let line = try? decoder.decode(Line.self, from: Data(raw)) {
                reading.records.append(line.record)
                if line.prev != before { reading.brokenLines.append(index + 1) }
            } else {
                reading.unreadableLines.append(index + 1)
            }
            before = Cryptography.SHA256.digest(of: Array(raw)).hex
        }
        return reading
    }

    private static func number(_ line: [UInt8]) -> Int? {
        (try? JSONDecoder().decode(Mark.self, from: Data(line)))?.seq
    }

    /// The last line without its line feed, and whether that is missing.
    private static func lastLine(
        _ folder: borrowing Directory,
        _ name: Path,
        _ size: UInt64
    ) throws(FileError) -> (line: [UInt8]?, isTorn: Bool) {
        if size == 0 { return (nil, false) }
        let start = size - min(size, lineLimitBytes)
        let buffer = AlignedBuffer(byteCount: Int(size - start))
        let count = try unsafe folder.open(name, .read).read(into: buffer.bytes, at: start)
        var bytes = unsafe Array(buffer.bytes.prefix(count))
        let isTorn = bytes.last != 0x0A
        if !isTorn { bytes.removeLast() }
        let begin = bytes.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return (Array(bytes[begin...]), isTorn)
    }

    private static func lock(_ file: borrowing OpenFile) throws(FileError) {
        for _ in 0..<(lockWaitSeconds * 100) {
            do throws(FileError) {
                if try file.tryLock() { return }
            } catch {
                // A file system without locks: then nobody else writes here either, as far as
                // anybody can tell.
                return
            }
            usleep(10_000)
        }
        throw FileError(code: .busy, message: "\(file.path) is locked by another run")
    }
}
