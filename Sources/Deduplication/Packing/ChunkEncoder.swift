internal import Files

/// Decides whether a chunk is worth compressing, and does it.
///
/// One for each thread.
///
/// What gains less than 10 per cent is stored as it is. Large blocks are mostly model weights:
/// these gain 7 to 22 per cent at a third of the speed, and the same again at each restore, so
/// there samples at three places must gain a quarter. Of a smaller chunk they would be most: it is
/// tried, unless the bytes at eight places are as many of each kind as chance makes them.
@safe
final class ChunkEncoder {
    private static let sampleBytes = 64 << 10
    private static let sampledMinimumBytes = 1 << 20
    /// Below, counting takes as long as trying.
    private static let countedMinimumBytes = 32 << 10
    private static let countedBytes = 256
    private static let countedPlaces = 8

    private let compressor = Compressor()
    private let output = AlignedBuffer(byteCount: PackFormat.chunkLimit)

    /// The bytes to store: the plaintext itself, or a zstd frame that is smaller.
    ///
    /// The answer is valid until the next call.
    func encode(_ plain: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        if unsafe !isWorthTrying(plain) { return unsafe plain }
        let limit = plain.count - plain.count / 10
        guard limit > 0, let count = unsafe compressor.compress(plain, into: output.room(0..<limit))
        else { return unsafe plain }
        return unsafe output.slice(0..<count)
    }

    private func isWorthTrying(_ plain: UnsafeRawBufferPointer) -> Bool {
        if plain.count > Self.sampledMinimumBytes { return unsafe samplesShrink(plain) }
        return unsafe plain.count < Self.countedMinimumBytes || !looksRandom(plain)
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

    /// Whether no byte is more frequent than others; bytes that repeat in a long circle are taken
    /// for random, too.
    private func looksRandom(_ plain: UnsafeRawBufferPointer) -> Bool {
        var counts = InlineArray<256, UInt32>(repeating: 0)
        let stride = (plain.count - Self.countedBytes) / (Self.countedPlaces - 1)
        for place in 0..<Self.countedPlaces {
            let start = place * stride
            for offset in start..<(start + Self.countedBytes) {
                counts[Int(unsafe plain[offset])] += 1
            }
        }
        var squares: UInt32 = 0
        for index in counts.indices { squares += counts[index] * counts[index] }
        // Chance gives n + n * n / 256, and seldom a hundredth more; any code or number gives twice that.
        let count = UInt32(Self.countedPlaces * Self.countedBytes)
        let expected = count + count * count / 256
        return squares < expected + expected / 12
    }
}
