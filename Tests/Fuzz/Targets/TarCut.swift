import Archiving
import Cryptography

@testable import Subjects

/// What a tar was cut into, each event held against what the cutter promises.
struct TarCut: Equatable {
    private struct Open: Equatable {
        let member: TarMember
        var storedBytes: UInt64 = 0
    }

    private(set) var members: [TarMember] = []
    /// Where the members of the outermost archive end.
    private(set) var ends: [UInt64] = []
    private(set) var failure: ArchiveError.Code?
    private var open: [Open] = []

    var isComplete: Bool { failure == nil }

    /// Cuts in pieces of given lengths, and passes over the data if wanted.
    init(
        _ bytes: [UInt8],
        skipping: Bool = false,
        _ length: () -> Int
    ) throws(Violation) {
        var cutter = TarCutter()
        var position = 0
        while position < bytes.count, failure == nil {
            if skipping, let expected = cutter.expectedData {
                let count = min(expected.count, UInt64(bytes.count - position))
                cutter.skip(count)
                open[open.count - 1].storedBytes += count
                position += Int(count)
                try take([], &cutter)
            } else {
                let piece = bytes[position..<min(bytes.count, position + max(1, length()))]
                position += piece.count
                try take(Array(piece), &cutter)
            }
        }
        guard failure == nil else {
            open = []
            return
        }
        try require(cutter.takenBytes == UInt64(bytes.count), "bytes of a tar are left")
        do throws(ArchiveError) {
            try cutter.finish()
        } catch {
            failure = error.code
        }
        try require(failure != nil || open.isEmpty, "a complete tar has an open member")
        open = []
    }

    private mutating func take(_ piece: [UInt8], _ cutter: inout TarCutter) throws(Violation) {
        var index = 0
        while true {
            let (expected, start) = (cutter.expectedData, index)
            let event: TarEvent?
            do throws(ArchiveError) {
                event = try cutter.next(in: piece.span, at: &index)
            } catch {
                failure = error.code
                return
            }
            guard let event else { break }
            try note(event, start..<index, expected, cutter.takenBytes)
        }
        try require(index == piece.count, "bytes of a piece are left")
    }

    private mutating func note(
        _ event: TarEvent,
        _ taken: Range<Int>,
        _ expected: (offset: UInt64, count: UInt64)?,
        _ takenBytes: UInt64
    ) throws(Violation) {
        switch event {
        case .header(let range), .padding(let range):
            try require(range == taken && !range.isEmpty, "bytes of a tar are passed over")
        case .begin(let member):
            try require(taken.isEmpty && member.depth <= open.count, "a member in none")
            members.append(member)
            open.append(Open(member: member))
        case .data(let range, let offset):
            try require(range == taken && !range.isEmpty, "data of a tar are passed over")
            try require(
                expected.map { $0.offset == offset && range.count <= $0.count } ?? false,
                "other data than expected"
            )
            guard let last = open.indices.last else { throw Violation("data without a member") }
            open[last].storedBytes += UInt64(range.count)
        case .end(let member):
            guard let last = open.popLast(), last.member == member else {
                throw Violation("another member ends than is open")
            }
            // The first block of what is only named like a tar was taken for a header.
            let stored = member.storedBytes
            try require(
                last.storedBytes == stored || member.isArchive && last.storedBytes <= stored,
                "a member ends before its data"
            )
            if member.depth == 0 { ends.append(takenBytes) }
        }
    }
}

/// Any lengths, of which most are short, but the same for the same input.
struct Lengths {
    private var state: UInt64

    init(_ bytes: [UInt8]) {
        state = bytes.prefix(1024).reduce(UInt64(bytes.count)) { $0 &* 31 &+ UInt64($1) }
    }

    mutating func next() -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let limits: [UInt64] = [3, 512, 513, 2048]
        return Int((state >> 40) % limits[Int(state >> 33) % limits.count]) + 1
    }
}

/// Keeps all of an archive.
final class KeepsAll: TarObserver {
    func begins(_ member: TarMember) -> TarChoice { .keep }
    func ended(_ member: TarMember, content: [UInt8]?) {}
}

/// A content as a snapshot keeps it, in memory.
final class KeptTar: ContentSink, KeptContent {
    private(set) var runs: [KeptRun] = []
    private(set) var bytes: [UInt8] = []
    func sha256() -> String {
        var hasher = SHA256()
        unsafe bytes.withUnsafeBytes { unsafe hasher.update(RawSpan(_unsafeBytes: $0)) }
        return hasher.finish().hex
    }

    init() {}

    /// Bytes kept in runs of any length and kind.
    init(_ bytes: [UInt8], _ random: inout Lengths) {
        self.bytes = bytes
        var position = 0
        while position < bytes.count {
            let count = min(random.next(), bytes.count - position)
            let isStored = random.next() % 2 == 0
            let run = bytes[position..<(position + count)]
            runs.append(isStored ? .stored(UInt64(count)) : .inline(Array(run)))
            position += count
        }
    }

    func keepInline(_ bytes: UnsafeRawBufferPointer) {
        unsafe runs.append(.inline(Array(bytes)))
        unsafe self.bytes.append(contentsOf: bytes)
    }

    func keep(_ bytes: UnsafeRawBufferPointer) {
        runs.append(.stored(UInt64(bytes.count)))
        unsafe self.bytes.append(contentsOf: bytes)
    }

    func endBlock() {}

    func copy(_ range: Range<UInt64>, of content: any KeptContent) throws(CaptureError) {
        let copied = try content.read(range)
        runs.append(.stored(UInt64(copied.count)))
        bytes += copied
    }

    func read(_ range: Range<UInt64>) throws(CaptureError) -> [UInt8] {
        guard range.upperBound <= UInt64(bytes.count) else {
            throw CaptureError(code: .source, message: "there is no byte \(range.upperBound)")
        }
        return Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
    }
}

extension ShardStream {
    /// Whether all of a tar was taken, and it was complete.
    func takes(_ bytes: [UInt8], _ random: inout Lengths) -> Bool {
        var position = 0
        while position < bytes.count {
            let piece = Array(bytes[position..<min(bytes.count, position + random.next())])
            guard unsafe piece.withUnsafeBytes({ unsafe take($0) }) else { return false }
            position += piece.count
        }
        do throws(CaptureError) {
            _ = try finish()
            return true
        } catch {
            return false
        }
    }
}

/// The same with the sum in each block that looks like a header.
func summed(_ input: [UInt8]) -> [UInt8] {
    var bytes = input
    var start = 0
    while start + 512 <= bytes.count {
        if bytes[(start + 257)..<(start + 262)].elementsEqual("ustar".utf8) {
            let field = (start + 148)..<(start + 156)
            bytes.replaceSubrange(field, with: repeatElement(0x20, count: 8))
            let sum = bytes[start..<(start + 512)].reduce(0) { $0 + Int($1) }
            let digits = String(sum, radix: 8)
            let padding = String(repeating: "0", count: 6 - digits.count)
            bytes.replaceSubrange(field, with: (padding + digits + "\0 ").utf8)
        }
        start += 512
    }
    return bytes
}
