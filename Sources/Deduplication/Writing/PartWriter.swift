internal import Cryptography
internal import Files
internal import Manifests

/// Collects the lines of a manifest into parts, cut between paths by their content, so that a
/// change in one folder leaves the other parts as they were.
struct PartWriter {
    private static let minimumBytes = 256 << 10
    private static let limitBytes = PackFormat.chunkLimit

    private let writer: ChunkWriter
    private var lines: [UInt8] = []
    private var tickets: [ChunkWriter.Ticket] = []

    init(_ writer: ChunkWriter) {
        self.writer = writer
        lines.reserveCapacity(Self.minimumBytes * 2)
    }

    mutating func append(_ line: some Collection<UInt8>, path: Path) throws(RepositoryError) {
        guard line.count <= Self.limitBytes else {
            throw RepositoryError(
                code: .source,
                message: "\(path): its entry would take \(line.count) bytes"
            )
        }
        if lines.count + line.count > Self.limitBytes { try cut() }
        lines.append(contentsOf: line)
        if lines.count >= Self.minimumBytes, Self.isCut(path) { try cut() }
    }

    mutating func finish() throws(RepositoryError) -> [Digest] {
        try cut()
        return try writer.resolve(tickets)
    }

    private mutating func cut() throws(RepositoryError) {
        if lines.isEmpty { return }
        tickets += try writer.submit(lines, kind: .meta)
        lines.removeAll(keepingCapacity: true)
    }

    /// One path in 256, by FNV-1a: about 100 KB of lines behind the minimum.
    private static func isCut(_ path: Path) -> Bool {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in path.bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return (hash >> 32) & 0xFF == 0
    }
}
