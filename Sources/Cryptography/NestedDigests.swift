/// SHA-256 of a long message and of each of its blocks, in one pass over the bytes.
///
/// Blocks follow one another and have any length. Where the processor has SHA instructions both
/// digests cost little more than one; elsewhere libcrypto makes them one after the other. Not
/// thread-safe.
public struct NestedDigests: ~Copyable {
    private static let isPaired = SHA256State.isAvailable
    private static let groupBytes = SHA256State.groupBytes

    private var whole = SHA256State()
    private var wholeBytes: UInt64 = 0
    /// What the last block left over of a whole group.
    private var rest: [UInt8] = []
    private var plainWhole = SHA256()
    private var plainBlock = SHA256()

    /// Starts an empty message.
    public init() {}

    /// Adds the next block.
    ///
    /// - Parameter block: Any number of bytes; multiples of 64 are a little faster.
    /// - Returns: The block's own SHA-256.
    public mutating func add(_ block: UnsafeRawBufferPointer) -> Digest {
        guard Self.isPaired else {
            unsafe plainWhole.update(RawSpan(_unsafeBytes: block))
            return unsafe plainBlock.digest(of: RawSpan(_unsafeBytes: block))
        }
        var own = SHA256State()
        if rest.isEmpty {
            unsafe SHA256State.add(block, &whole, &own)
            let groups = block.count / Self.groupBytes * Self.groupBytes
            rest = unsafe Array(block[groups...])
        } else {
            unsafe addShifted(block, &own)
        }
        wholeBytes += UInt64(block.count)
        let last = block.count % Self.groupBytes
        return unsafe own.finish(block.suffix(last), byteCount: UInt64(block.count))
    }

    /// The groups of the message and those of the block do not begin together.
    private mutating func addShifted(_ block: UnsafeRawBufferPointer, _ own: inout SHA256State) {
        let missing = min(Self.groupBytes - rest.count, block.count)
        unsafe rest.append(contentsOf: block[..<missing])
        let tail = unsafe UnsafeRawBufferPointer(rebasing: block[missing...])
        var done = 0
        if rest.count == Self.groupBytes {
            unsafe rest.withUnsafeBytes { unsafe whole.add($0) }
            done = unsafe SHA256State.add(tail, to: &whole, block, to: &own)
            rest = unsafe Array(tail[done...])
        }
        // The block may have one group more than the message.
        unsafe own.add(UnsafeRawBufferPointer(rebasing: block[done...]))
    }

    /// Adds the next block if it is the one that is expected.
    ///
    /// - Parameters:
    ///   - block: The bytes.
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
        let (before, bytesBefore, restBefore) = (whole, wholeBytes, rest)
        if unsafe add(block) == id { return true }
        (whole, wholeBytes, rest) = (before, bytesBefore, restBefore)
        return false
    }

    /// SHA-256 over all blocks so far, to which more may be added.
    public borrowing func current() -> Digest {
        guard Self.isPaired else { return plainWhole.current() }
        var copy = whole
        return copy.finish(rest, byteCount: wholeBytes)
    }

    /// Ends the message and starts an empty one.
    ///
    /// - Returns: SHA-256 over all blocks.
    public mutating func finish() -> Digest {
        guard Self.isPaired else { return plainWhole.finish() }
        let digest = whole.finish(rest, byteCount: wholeBytes)
        whole = SHA256State()
        wholeBytes = 0
        rest = []
        return digest
    }
}
