import Cryptography
import Testing

/// Every digest is compared with the one that libcrypto makes of the same bytes.
struct NestedDigestsTests {
    private static func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
    }

    private static func add(_ bytes: [UInt8], to digests: inout NestedDigests) -> Digest {
        unsafe bytes.withUnsafeBytes { unsafe digests.add($0) }
    }

    @Test func everyLengthAroundTheGroups() {
        var digests = NestedDigests()
        for count in 0...260 {
            let message = Self.bytes(count, seed: UInt64(count))
            let block = Self.add(message, to: &digests)
            #expect(block == SHA256.digest(of: message))
            #expect(digests.finish() == SHA256.digest(of: message), "\(count) bytes")
        }
    }

    @Test(arguments: [
        [64], [4096, 64, 1], [262_144, 262_144, 262_143], [64, 0], [128, 55], [64, 56],
        // Blocks that begin anywhere in a group of the whole.
        [1, 64, 63, 1], [63, 1, 65, 127, 128], [65, 0, 62, 1], [100_003, 70_001, 262_145, 9],
        [10, 10, 10, 10, 10, 10, 10], [1, 63, 64], [60, 100, 32, 64],
    ])
    func blocksAndTheWhole(_ lengths: [Int]) {
        var digests = NestedDigests()
        var whole: [UInt8] = []
        for (number, count) in lengths.enumerated() {
            let block = Self.bytes(count, seed: UInt64(number + 7))
            whole += block
            #expect(Self.add(block, to: &digests) == SHA256.digest(of: block))
            #expect(digests.current() == SHA256.digest(of: whole))
        }
        #expect(digests.finish() == SHA256.digest(of: whole))
    }

    @Test func startsAnewAfterTheEnd() {
        var digests = NestedDigests()
        _ = Self.add(Self.bytes(100, seed: 1), to: &digests)
        _ = digests.finish()
        let message = Self.bytes(64, seed: 2)
        _ = Self.add(message, to: &digests)
        #expect(digests.finish() == SHA256.digest(of: message))
    }

    /// A block that is not the expected one leaves the message as it was, whatever its length.
    @Test func leavesOutWhatIsNotExpected() {
        let blocks: [[UInt8]] = [
            Array(repeating: 1, count: 128), Array(repeating: 2, count: 64), [3, 3, 3],
            Array(repeating: 4, count: 200),
        ]
        var digests = NestedDigests()
        for _ in 0..<2 {
            for block in blocks {
                let id = SHA256.digest(of: block)
                for wrong in [block + [0], Array(repeating: 9, count: 192), []] {
                    let isTaken = unsafe wrong.withUnsafeBytes {
                        unsafe digests.add($0, expecting: id)
                    }
                    #expect(!isTaken)
                }
                let isTaken = unsafe block.withUnsafeBytes {
                    unsafe digests.add($0, expecting: id)
                }
                #expect(isTaken)
            }
            #expect(digests.finish() == SHA256.digest(of: blocks.flatMap { $0 }))
        }
    }

    /// Two messages of any lengths, equal or not, end each in its own digest.
    @Test func twoMessagesAtOnce() {
        let lengths = [0, 1, 55, 56, 63, 64, 65, 119, 128, 4096, 4097, 100_000]
        for first in lengths {
            for second in lengths {
                let one = Self.bytes(first, seed: 3)
                let two = Self.bytes(second, seed: 4)
                let (left, right) = unsafe one.withUnsafeBytes { one in
                    unsafe two.withUnsafeBytes { two in unsafe SHA256.digests(of: one, two) }
                }
                #expect(left == SHA256.digest(of: one), "\(first) beside \(second) bytes")
                #expect(right == SHA256.digest(of: two), "\(second) beside \(first) bytes")
            }
        }
    }
}
