internal import Files

/// Decides whether a chunk is worth compressing, and does it.
///
/// One for each thread.
///
/// What gains less than 10 per cent is stored as it is. Large blocks are mostly model weights:
/// these gain 7 to 22 per cent at a third of the speed, and the same again at each restore, so
/// there it takes a quarter. Samples at three places of a large block decide; of a smaller chunk
/// they would be most, and random bytes cost zstd next to nothing.
@safe
final class ChunkEncoder {
    private static let sampleBytes = 64 << 10
    private static let sampledMinimumBytes = 1 << 20

    private let compressor = Compressor()
    private let output = AlignedBuffer(byteCount: PackFormat.chunkLimit)

    /// The bytes to store: the plaintext itself, or a zstd frame that is smaller.
    ///
    /// The answer is valid until the next call.
    func encode(_ plain: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        if plain.count > Self.sampledMinimumBytes, unsafe !samplesShrink(plain) {
            return unsafe plain
        }
        let limit = plain.count - plain.count / 10
        guard limit > 0, let count = unsafe compressor.compress(plain, into: output.room(0..<limit))
        else { return unsafe plain }
        return unsafe output.slice(0..<count)
    }

    private func samplesShrink(_ plain: UnsafeRawBufferPointer) -> Bool {
        let last = plain.count - Self.sampleBytes
        var total = 0
        for start in [0, last / 2, last] {
            let sample = unsafe UnsafeRawBufferPointer(
                rebasing: plain[start..<(start + Self.sampleBytes)]
            )
            total += unsafe compressor.compress(sample, into: output.bytes) ?? Self.sampleBytes
        }
        return total * 4 <= 3 * Self.sampleBytes * 3
    }
}
