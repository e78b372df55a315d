internal import CHash

/// A SHA-256 state for the rounds of our own, which take two at a time.
struct SHA256State {
    /// Whether this processor has the instructions; without them nothing here may be called.
    static let isAvailable = recover_sha256_pair_available() != 0
    static let groupBytes = 64
    // FIPS 180-4, 5.3.3.
    private static let start: [UInt32] = [
        0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A,
        0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19,
    ]

    private var words = start

    /// Takes the whole groups at the start of some bytes.
    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        var unused = Self()
        unsafe Self.add(bytes, &self, &unused)
    }

    /// Two states take the same groups; as fast as one.
    static func add(
        _ bytes: UnsafeRawBufferPointer,
        _ one: inout SHA256State,
        _ two: inout SHA256State
    ) {
        guard bytes.count >= groupBytes, let base = bytes.baseAddress else { return }
        unsafe recover_sha256_pair(
            &one.words,
            &two.words,
            base.assumingMemoryBound(to: UInt8.self),
            bytes.count / groupBytes
        )
    }

    /// Two states take groups of their own, as many as both have; almost as fast as one.
    ///
    /// - Returns: How many bytes each of them took.
    static func add(
        _ first: UnsafeRawBufferPointer,
        to one: inout SHA256State,
        _ second: UnsafeRawBufferPointer,
        to two: inout SHA256State
    ) -> Int {
        let count = min(first.count, second.count) / groupBytes
        guard count > 0, let left = first.baseAddress, let right = second.baseAddress else {
            return 0
        }
        unsafe recover_sha256_apart(
            &one.words,
            left.assumingMemoryBound(to: UInt8.self),
            &two.words,
            right.assumingMemoryBound(to: UInt8.self),
            count
        )
        return count * groupBytes
    }

    /// Pads what is left of the message, as FIPS 180-4, 5.1.1 says, and reads the state out.
    mutating func finish(_ rest: some Collection<UInt8>, byteCount: UInt64) -> Digest {
        var tail = rest + [0x80]
        while tail.count % Self.groupBytes != Self.groupBytes - 8 { tail.append(0) }
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            tail.append(UInt8(truncatingIfNeeded: (byteCount << 3) >> shift))
        }
        unsafe tail.withUnsafeBytes { unsafe add($0) }
        return Digest(state: words)
    }
}

extension SHA256 {
    /// The digests of two messages, which together take little longer than the longer one.
    ///
    /// - Parameters:
    ///   - first: Any number of bytes.
    ///   - second: Any number of bytes.
    /// - Returns: SHA-256 of each.
    public static func digests(
        of first: UnsafeRawBufferPointer,
        _ second: UnsafeRawBufferPointer
    ) -> (Digest, Digest) {
        guard SHA256State.isAvailable else {
            var hasher = SHA256()
            let digest = unsafe hasher.digest(of: RawSpan(_unsafeBytes: first))
            return unsafe (digest, hasher.digest(of: RawSpan(_unsafeBytes: second)))
        }
        var (one, two) = (SHA256State(), SHA256State())
        let done = unsafe SHA256State.add(first, to: &one, second, to: &two)
        return unsafe (finish(&one, first, from: done), finish(&two, second, from: done))
    }

    private static func finish(
        _ state: inout SHA256State,
        _ message: UnsafeRawBufferPointer,
        from done: Int
    ) -> Digest {
        let left = unsafe UnsafeRawBufferPointer(rebasing: message[done...])
        unsafe state.add(left)
        let rest = left.count % SHA256State.groupBytes
        return unsafe state.finish(left.suffix(rest), byteCount: UInt64(message.count))
    }
}
