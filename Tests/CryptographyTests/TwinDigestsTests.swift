import Cryptography
import Testing

@Suite struct TwinDigestsTests {
    /// Lengths around a group and a block, alike and different, none at all.
    @Test(arguments: [0, 1, 55, 56, 63, 64, 65, 4096, 5000], [0, 1, 63, 64, 119, 4096, 8191])
    func bothAreWhatEachIsAlone(first: Int, second: Int) {
        let one = (0..<first).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let two = (0..<second).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ 5) }
        let shared = min(first, second) / TwinDigests.groupBytes * TwinDigests.groupBytes
        var twins = TwinDigests()
        unsafe one.withUnsafeBytes { left in
            unsafe two.withUnsafeBytes { right in
                unsafe twins.add(
                    UnsafeRawBufferPointer(rebasing: left[..<shared]),
                    UnsafeRawBufferPointer(rebasing: right[..<shared])
                )
                let found = unsafe (
                    twins.finish(.first, UnsafeRawBufferPointer(rebasing: left[shared...])),
                    twins.finish(.second, UnsafeRawBufferPointer(rebasing: right[shared...]))
                )
                #expect(found.0 == SHA256.digest(of: one))
                #expect(found.1 == SHA256.digest(of: two))
            }
        }
    }
}
