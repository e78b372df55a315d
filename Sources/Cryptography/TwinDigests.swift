/// SHA-256 of two messages in the time of one, as long as both have something left.
///
/// For files read side by side: the two chains of rounds fill each other's waiting times.
public struct TwinDigests: ~Copyable {
    /// One of the two messages.
    public enum Side: Sendable {
        /// The first.
        case first
        /// The second.
        case second
    }

    /// Pieces are a multiple of this, but for the last of each message.
    public static let groupBytes = SHA256State.groupBytes

    private var states = (SHA256State(), SHA256State())
    private var byteCounts: (UInt64, UInt64) = (0, 0)
    // Where the processor has no instructions for it.
    private var plainFirst = SHA256()
    private var plainSecond = SHA256()

    /// Starts two empty messages.
    public init() {}

    /// Takes as much of both messages.
    ///
    /// - Parameters:
    ///   - first: A piece of the first, a multiple of ``groupBytes``.
    ///   - second: As much of the second.
    public mutating func add(
        _ first: UnsafeRawBufferPointer,
        _ second: UnsafeRawBufferPointer
    ) {
        precondition(first.count == second.count && first.count % Self.groupBytes == 0)
        guard SHA256State.isAvailable else {
            unsafe plainFirst.update(RawSpan(_unsafeBytes: first))
            return unsafe plainSecond.update(RawSpan(_unsafeBytes: second))
        }
        _ = unsafe SHA256State.add(first, to: &states.0, second, to: &states.1)
        byteCounts.0 += UInt64(first.count)
        byteCounts.1 += UInt64(second.count)
    }

    /// Takes more of one message alone.
    ///
    /// - Parameters:
    ///   - bytes: A multiple of ``groupBytes``.
    ///   - side: Whose they are.
    public mutating func add(_ bytes: UnsafeRawBufferPointer, to side: Side) {
        precondition(bytes.count % Self.groupBytes == 0)
        switch (side, SHA256State.isAvailable) {
        case (.first, true):
            unsafe states.0.add(bytes)
            byteCounts.0 += UInt64(bytes.count)
        case (.second, true):
            unsafe states.1.add(bytes)
            byteCounts.1 += UInt64(bytes.count)
        case (.first, false): unsafe plainFirst.update(RawSpan(_unsafeBytes: bytes))
        case (.second, false): unsafe plainSecond.update(RawSpan(_unsafeBytes: bytes))
        }
    }

    /// Ends one message.
    ///
    /// - Parameters:
    ///   - side: Which.
    ///   - last: What is left of it, of any length.
    /// - Returns: Its digest.
    public mutating func finish(_ side: Side, _ last: UnsafeRawBufferPointer) -> Digest {
        let whole = last.count - last.count % Self.groupBytes
        unsafe add(UnsafeRawBufferPointer(rebasing: last[..<whole]), to: side)
        let rest = unsafe UnsafeRawBufferPointer(rebasing: last[whole...])
        switch (side, SHA256State.isAvailable) {
        case (.first, true):
            return unsafe states.0.finish(
                Array(rest),
                byteCount: byteCounts.0 + UInt64(rest.count)
            )
        case (.second, true):
            return unsafe states.1.finish(
                Array(rest),
                byteCount: byteCounts.1 + UInt64(rest.count)
            )
        case (.first, false):
            unsafe plainFirst.update(RawSpan(_unsafeBytes: rest))
            return plainFirst.finish()
        case (.second, false):
            unsafe plainSecond.update(RawSpan(_unsafeBytes: rest))
            return plainSecond.finish()
        }
    }
}
