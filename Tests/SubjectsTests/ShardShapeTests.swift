import Archiving
import Testing

@testable import Subjects

/// Keeps nothing.
final class Nowhere: ContentSink {
    func sha256() -> String { "" }
    var byteCount = 0

    func keepInline(_ bytes: UnsafeRawBufferPointer) { byteCount += bytes.count }

    func keep(_ bytes: UnsafeRawBufferPointer) { byteCount += bytes.count }

    func endBlock() {}

    func copy(_ range: Range<UInt64>, of content: any KeptContent) {}
}

private func proven(_ bytes: [UInt8]) throws(CaptureError) -> (ShardShape, keptBytes: Int) {
    let shape = ShardShape()
    let sink = Nowhere()
    let stream = ShardStream(into: sink, shape)
    for start in stride(from: 0, to: bytes.count, by: 60_007) {
        let piece = Array(bytes[start..<min(start + 60_007, bytes.count)])
        guard unsafe piece.withUnsafeBytes({ unsafe stream.take($0) }) else { break }
    }
    try stream.finish()
    try shape.prove()
    return (shape, sink.byteCount)
}

/// Ends of members of the outermost archive.
private func boundaries(_ bytes: [UInt8]) throws -> [Int] {
    var cutter = TarCutter()
    var index = 0
    var found = [0]
    while let event = try cutter.next(in: bytes.span, at: &index) {
        if case .end(let member) = event, member.depth == 0 { found.append(index) }
    }
    return found
}

/// A tar with one sparse file of as many runs, a byte each, as GNU tar writes it.
private func sparseTar(runCount: Int) -> [UInt8] {
    func octal(_ value: Int) -> [UInt8] {
        let digits = String(value, radix: 8)
        return Array((String(repeating: "0", count: 11 - digits.count) + digits + "\0").utf8)
    }
    func pairs(_ runs: Range<Int>) -> [UInt8] { runs.flatMap { octal($0 * 2) + octal(1) } }
    var header = [UInt8](repeating: 0, count: 512)
    header[0] = UInt8(ascii: "s")
    header.replaceSubrange(124..<136, with: octal(runCount))
    header.replaceSubrange(148..<156, with: "        ".utf8)
    header[156] = UInt8(ascii: "S")
    header.replaceSubrange(257..<265, with: "ustar  \0".utf8)
    header.replaceSubrange(386..<482, with: pairs(0..<4))
    header[482] = 1
    header.replaceSubrange(483..<495, with: octal(runCount * 2))
    let sum = octal(header.reduce(0) { $0 + Int($1) })
    header.replaceSubrange(148..<156, with: sum[5...] + [0])
    var bytes = header
    for start in stride(from: 4, to: runCount, by: 21) {
        let end = min(start + 21, runCount)
        let map = pairs(start..<end)
        bytes += map + [UInt8](repeating: 0, count: 512 - map.count)
        bytes[bytes.count - 8] = end < runCount ? 1 : 0
    }
    bytes += [UInt8](repeating: 7, count: runCount)
    return bytes + [UInt8](repeating: 0, count: (512 - runCount % 512) % 512 + 1024)
}

@Suite struct ShardShapeTests {
    private static let names = [
        "notes-base.stream.tar", "notes-base.shard.snapshot", "notes-base.partial.tar",
        "mixed.stream.tar",
    ]

    @Test(arguments: names)
    func aWholeShardIsProven(name: String) throws {
        let bytes = try TestStore.archive(name)
        let (shape, keptBytes) = try proven(bytes)
        #expect(!shape.files.isEmpty && !shape.hasRocksDB)
        #expect(name.hasPrefix("mixed") || shape.nextOperation == 7)
        let isPartial = name.contains("partial")
        #expect(shape.manifests.count == (isPartial ? 2 : 0))
        #expect((keptBytes == bytes.count) != isPartial)
        #expect(shape.files.values.allSatisfy { !$0.contains(ShardShape.manifestName) })
    }

    /// Also with an end mark behind the cut, as a server would never write it.
    @Test(arguments: names)
    func aCutAtAnyMemberIsAnError(name: String) throws {
        let bytes = try TestStore.archive(name)
        let ends = try boundaries(bytes)
        let mark = [UInt8](repeating: 0, count: 1024)
        for end in ends.dropLast() {
            for tail in [[], mark] {
                let error = #expect(throws: CaptureError.self, "cut at \(end)") {
                    try proven(Array(bytes[..<end]) + tail)
                }
                #expect(error?.code == .source)
            }
        }
        #expect(throws: CaptureError.self) { try proven(Array(bytes.dropLast(1024))) }
    }

    /// A member taken out of the middle is missed, where a manifest names it.
    @Test func aMissingFileIsNamed() throws {
        let bytes = try TestStore.archive("notes-base.partial.tar")
        let ends = try boundaries(bytes)
        var missed = 0
        for (start, end) in zip(ends, ends.dropFirst()) {
            do throws(CaptureError) {
                _ = try proven(Array(bytes[..<start]) + Array(bytes[end...]))
            } catch {
                missed += 1
            }
        }
        // All but the log's file, and the manifests themselves: without one, nothing is promised.
        #expect(missed >= ends.count - 1 - 3 - 2, "\(missed) of \(ends.count - 1)")
    }

    /// Each run costs the same, however many there are: a server may send a million.
    @Test(.timeLimit(.minutes(1))) func manyRunsFlowBy() throws {
        let bytes = sparseTar(runCount: 100_000)
        let sink = Nowhere()
        let stream = ShardStream(into: sink, ShardShape())
        #expect(unsafe bytes.withUnsafeBytes { unsafe stream.take($0) })
        try stream.finish()
        #expect(sink.byteCount == bytes.count)
    }

    @Test func namesOfFilesAreUnderstood() {
        for (name, nested, segment, file) in [
            ("segments/u/files/a/b", nil, "u", "a/b"), ("segments/u/a", nil, "u", "a"),
            ("snapshot/files/a", "u", "u", "a"), ("snapshot/db_backup/1", "u", "u", "db_backup/1"),
            ("segments/u.tar", nil, nil, nil), ("wal/closed-1", nil, nil, nil),
        ] as [(String, String?, String?, String?)] {
            let place = ShardShape.place(name, in: nested)
            #expect(place?.segment == segment && place?.file == file, "\(name)")
        }
    }

    @Test func rocksDBIsSeen() throws {
        // Collection archives, whose shards stand a level deeper: the names are enough.
        let shape = ShardShape()
        let member = TarMember(
            path: Array("segments/u/db_backup/x".utf8),
            kind: .file,
            sizeBytes: 0,
            segments: [],
            depth: 0,
            isArchive: false
        )
        _ = try shape.begins(member)
        try shape.ended(member, content: nil)
        #expect(shape.hasRocksDB)
    }
}
