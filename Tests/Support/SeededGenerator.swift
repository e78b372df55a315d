/// Random numbers that a seed repeats: SplitMix64.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Starts at a seed.
    ///
    /// - Parameter seed: Any number.
    public init(seed: UInt64) {
        state = seed
    }

    /// The next number.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Whether something of this probability happens.
    ///
    /// - Parameter probability: From 0, never, to 1, always.
    /// - Returns: The verdict.
    public mutating func happens(_ probability: Double) -> Bool {
        Double.random(in: 0..<1, using: &self) < probability
    }

    /// Any bytes.
    ///
    /// - Parameter count: How many.
    /// - Returns: The bytes.
    public mutating func bytes(_ count: Int) -> [UInt8] {
        var found: [UInt8] = []
        found.reserveCapacity(count + 8)
        while found.count < count {
            let word = next()
            for shift in stride(from: 0, to: 64, by: 8) {
                found.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        found.removeLast(found.count - count)
        return found
    }
}
