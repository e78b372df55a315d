internal import CHash

/// SHA-256 of a long message and of each of its blocks, in one pass over the bytes.
///
/// Blocks follow one another and are multiples of 64 bytes, but for the last. Where the
/// processor has SHA instructions both digests cost little more than one; elsewhere libcrypto
/// makes them one after the other. Not thread-safe.
public struct NestedDigests: ~Copyable {
    /// The bytes of which a block must be a multiple, unless it is the last.
    public static let groupBytes = 64
    private static let isPaired = recover_sha256_pair_available() != 0
    // FIPS 180-4, 5.3.3.
    private static let start: [UInt32] = [
        0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A,
        0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19,
    ]

    private var whole = start
    private var wholeBytes: UInt64 = 0
    /// What the last block left over of a whole group.
    private var rest: [UInt8] = []
    private var plainWhole = SHA256()
    private var plainBlock = SHA256()

    /// Starts an empty message.
    public init() {}

    /// Adds the next block.
    ///
    /// - Parameter block: A multiple of 64 bytes, unless it is the last.
    /// - Returns: The block's own SHA-256.
    public mutating func add(_ block: UnsafeRawBufferPointer) -> Digest {
        precondition(rest.isEmpty, "only the last block may end within a group")
        guard Self.isPaired else {
            unsafe plainWhole.update(RawSpan(_unsafeBytes: block))
            return unsafe plainBlock.digest(of: RawSpan(_unsafeBytes: block))
        }
        var own = Self.start
        let groups = block.count / Self.groupBytes
        if groups > 0, let bytes = block.baseAddress {
            let first = unsafe bytes.assumingMemoryBound(to: UInt8.self)
            unsafe recover_sha256_pair(&whole, &own, first, groups)
        }
        wholeBytes += UInt64(groups * Self.groupBytes)
        rest = unsafe Array(block[(groups * Self.groupBytes)...])
        return Self.finish(&own, rest, UInt64(block.count))
    }

    /// Adds the next block if it is the one that is expected.
    ///
    /// - Parameters:
    ///   - block: A multiple of 64 bytes, unless it is the last.
    ///   - id: Its SHA-256.
    /// - Returns: False where it is another: then the message is as it was.
    public mutating func add(_ block: UnsafeRawBufferPointer, expecting id: Digest) -> Bool {
        guard Self.isPaired else {
            guard unsafe plainBlock.digest(of: RawSpan(_unsafeBytes: block)) == id else {
                return false
            }
            unsafe plainWhole.update(RawSpan(_unsafeBytes: block))
            return true
        }
        let (before, bytesBefore) = (whole, wholeBytes)
        if unsafe add(block) == id { return true }
        (whole, wholeBytes, rest) = (before, bytesBefore, [])
        return false
    }

    /// Ends the message and starts an empty one.
    ///
    /// - Returns: SHA-256 over all blocks.
    public mutating func finish() -> Digest {
        guard Self.isPaired else { return plainWhole.finish() }
        let digest = Self.finish(&whole, rest, wholeBytes + UInt64(rest.count))
        whole = Self.start
        wholeBytes = 0
        rest = []
        return digest
    }

    /// Pads what is left, as FIPS 180-4, 5.1.1 says, and reads the state out.
    private static func finish(
        _ state: inout [UInt32],
        _ rest: [UInt8],
        _ byteCount: UInt64
    ) -> Digest {
        var tail = rest + [0x80]
        while tail.count % groupBytes != groupBytes - 8 { tail.append(0) }
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            tail.append(UInt8(truncatingIfNeeded: (byteCount << 3) >> shift))
        }
        var unused = start
        unsafe tail.withUnsafeBufferPointer { bytes in
            unsafe recover_sha256_pair(
                &state,
                &unused,
                bytes.baseAddress,
                bytes.count / groupBytes
            )
        }
        var bytes: [UInt8] = []
        for word in state {
            for shift in stride(from: UInt32(24), through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        return unsafe Digest(bytes.span.bytes)
    }
}
