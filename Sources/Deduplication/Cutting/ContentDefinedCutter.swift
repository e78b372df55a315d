/// Finds cuts that move with the content (FastCDC, normalised): 64 KiB / 256 KiB / 1 MiB.
///
/// Where a cut falls is the writer's business alone; readers need only extents.
struct ContentDefinedCutter {
    static let minimumBytes = 64 << 10
    static let averageBytes = 256 << 10
    static let maximumBytes = 1 << 20

    // Two bits more before the average and two less behind it pull the sizes together.
    private static let maskBefore: UInt64 = 0xFFFF_F000_0000_0000
    private static let maskAfter: UInt64 = 0xFFFF_0000_0000_0000

    private let gear: [UInt64]

    init() {
        // splitmix64 from a fixed seed: the table is a constant, shorter to state as a rule.
        var state: UInt64 = 0x7265_636F_7665_7231
        gear = (0..<256).map { _ in
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = state
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return word ^ (word >> 31)
        }
    }

    /// The length of the next chunk.
    ///
    /// - Parameter bytes: What is left, or at least `maximumBytes` of it.
    /// - Returns: How many of them.
    func cut(_ bytes: UnsafeRawBufferPointer) -> Int {
        if bytes.count <= Self.minimumBytes { return bytes.count }
        let end = min(bytes.count, Self.maximumBytes)
        let middle = min(end, Self.averageBytes)
        return unsafe gear.withUnsafeBufferPointer { gear in
            var hash: UInt64 = 0
            var index = Self.minimumBytes
            while index < middle {
                unsafe hash = hash &<< 1 &+ gear[Int(bytes[index])]
                if hash & Self.maskBefore == 0 { return index + 1 }
                index += 1
            }
            while index < end {
                unsafe hash = hash &<< 1 &+ gear[Int(bytes[index])]
                if hash & Self.maskAfter == 0 { return index + 1 }
                index += 1
            }
            return end
        }
    }
}
