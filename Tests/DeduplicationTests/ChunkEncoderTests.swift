import Files
import Testing

@testable import Deduplication

struct ChunkEncoderTests {
    private let encoder = ChunkEncoder()

    /// Pairs of bytes of which the second has only so many bits.
    private static func weights(_ count: Int, bits: Int) -> [UInt8] {
        var bytes = noise(count, seed: 9)
        for index in stride(from: 1, to: count, by: 2) { bytes[index] &= UInt8(1 << bits - 1) }
        return bytes
    }

    private func stored(_ plain: [UInt8]) -> [UInt8] {
        unsafe plain.withUnsafeBytes { unsafe Array(encoder.encode($0)) }
    }

    @Test(arguments: [1, 100, 262_144, 1 << 20, 4 << 20])
    func storesNoiseAsItIs(_ count: Int) {
        let plain = noise(count, seed: 1)
        #expect(stored(plain) == plain)
    }

    @Test(arguments: [1000, 262_144, 4 << 20])
    func compressesProse(_ count: Int) {
        let plain = prose(count, seed: 1)
        let frame = stored(plain)
        #expect(frame.count * 4 < plain.count)
        let room = AlignedBuffer(byteCount: count)
        let size = unsafe frame.withUnsafeBytes { frame in
            unsafe Decompressor().decompress(frame, into: room.bytes)
        }
        #expect(size == count)
        #expect(unsafe room.slice(0..<count).elementsEqual(plain))
    }

    /// What is a quarter of the one and the rest of the other is seen at one place at least.
    @Test(arguments: [32_768, 65_536, 262_144], 0..<4)
    func compressesWhatIsMostlyNoise(_ count: Int, _ quarter: Int) {
        var plain = noise(count, seed: 1)
        let range = (count / 4 * quarter)..<(count / 4 * (quarter + 1))
        plain.replaceSubrange(range, with: prose(range.count, seed: 1))
        #expect(stored(plain).count * 10 < plain.count * 9)
    }

    /// A seventh pays in a chunk of a database or of text, not in a block of a large file.
    @Test func wantsMoreOfLargeBlocks() {
        let chunk = Self.weights(262_144, bits: 4)
        #expect(stored(chunk).count < chunk.count)
        let block = Self.weights(4 << 20, bits: 4)
        #expect(stored(block) == block)
        let sparse = Self.weights(4 << 20, bits: 1)
        #expect(stored(sparse).count * 4 < sparse.count * 3)
    }
}
