internal import Cryptography

/// The first half of a chunk's id: what is enough to count chunks by, in half the memory.
///
/// Two chunks of one key would take 2^64 attempts to make; they would then be kept or dropped
/// together, and what is dropped has waited and was looked for again.
struct ChunkKey: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    /// Takes the first 16 bytes of an id.
    init(_ bytes: ArraySlice<UInt8>) {
        var (high, low): (UInt64, UInt64) = (0, 0)
        let start = bytes.startIndex
        for index in 0..<8 {
            high = high << 8 | UInt64(bytes[start + index])
            low = low << 8 | UInt64(bytes[start + 8 + index])
        }
        (self.high, self.low) = (high, low)
    }

    init(_ chunk: Digest) { self.init(chunk.bytes[..<16]) }

    func hash(into hasher: inout Hasher) { hasher.combine(high) }
}
