import Testing

@testable import Deduplication

struct ContentDefinedCutterTests {
    private static let bytes = noise(3 << 20, seed: 42)

    private func cuts(_ bytes: [UInt8]) -> [Int] {
        let cutter = ContentDefinedCutter()
        var ends: [Int] = []
        var start = 0
        while start < bytes.count {
            start += unsafe bytes[start...].withUnsafeBytes { unsafe cutter.cut($0) }
            ends.append(start)
        }
        return ends
    }

    @Test func keepsItsBounds() {
        let ends = cuts(Self.bytes)
        #expect(ends.last == Self.bytes.count)
        let sizes = zip(ends, [0] + ends).map { $0 - $1 }
        for size in sizes.dropLast() {
            #expect(size > ContentDefinedCutter.minimumBytes)
            #expect(size <= ContentDefinedCutter.maximumBytes)
        }
        let average = Self.bytes.count / sizes.count
        #expect((128 << 10...512 << 10).contains(average))
    }

    @Test func findsTheSameCutsBehindAnInsertion() {
        let ends = Set(cuts(Self.bytes).map { Self.bytes.count - $0 })
        let moved = noise(1000, seed: 9) + Self.bytes
        let again = Set(cuts(moved).map { moved.count - $0 })
        #expect(ends.subtracting(again).count <= 2)
    }

    @Test func cutsUniformBytesAtTheMaximum() {
        let ends = cuts([UInt8](repeating: 0, count: 2 << 20))
        #expect(ends == [1 << 20, 2 << 20])
    }

    @Test(arguments: [1, 100, 64 << 10]) func leavesSmallOnesWhole(count: Int) {
        #expect(cuts(Array(Self.bytes.prefix(count))) == [count])
    }
}
