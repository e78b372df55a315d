/// The end of a tar: two blocks of zeros, then nothing but more zeros.
///
/// libarchive takes a tar that was cut between two members for complete.
enum TarEnd {
    /// Zeros behind the end that a writer with large records may leave.
    private static let paddingByteCountMax: Int64 = 64 << 20

    /// Reads to the end of the feed and proves that the tar ended where libarchive stopped.
    ///
    /// - Parameters:
    ///   - offset: Where libarchive looked for the next member and found none.
    ///   - feed: The tar, decompressed.
    /// - Throws: ``ArchiveError``: `truncated` without the mark, `damaged` with data behind it.
    static func demand(at offset: Int64, of feed: Feed) throws(ArchiveError) {
        while !feed.isAtEnd {
            _ = try unsafe feed.next()
            guard feed.byteCount - offset <= paddingByteCountMax else {
                throw ArchiveError(.limitExceeded, "the tar goes on behind its end")
            }
        }
        let restByteCount = feed.byteCount - offset
        guard restByteCount >= 2 * 512 else {
            throw ArchiveError(.truncated, "the tar ends without its end mark")
        }
        guard feed.zeroByteCount >= restByteCount else {
            throw ArchiveError(.damaged, "the tar has data behind its end mark")
        }
    }

    /// Whether a first block can be that of a tar: its checksum is right, or it is the end mark.
    static func isTar(_ block: [UInt8]) -> Bool {
        guard block.count == 512 else { return false }
        let field = 148..<156
        let digits = block[field].drop { $0 == 32 }.prefix { (48...55).contains($0) }
        let stored = digits.reduce(0) { $0 * 8 + Int($1 - 48) }
        let sum = block.indices.reduce(0) { $0 + (field.contains($1) ? 32 : Int(block[$1])) }
        // Some old writers added signed bytes.
        let signedSum = block.indices.reduce(0) {
            $0 + (field.contains($1) ? 32 : Int(Int8(bitPattern: block[$1])))
        }
        return block.allSatisfy { $0 == 0 }
            || !digits.isEmpty && (stored == sum || stored == signedSum)
    }
}
