import Testing

@testable import Deduplication

struct TarHeaderTests {
    @Test(arguments: [
        ("recover-pack-1", 0), ("SHA256SUMS", 135), (String(repeating: "a", count: 100), 1),
        ("x", TarHeader.sizeLimit - 1),
    ])
    func returns(name: String, size: Int) throws {
        let header = TarHeader.encode(name: name, size: size)
        #expect(header.count == 512)
        let decoded = try #require(TarHeader.decode(header[...]))
        #expect(decoded.name == name)
        #expect(decoded.size == size)
    }

    @Test func refusesEveryChangedByte() {
        let header = TarHeader.encode(name: "SHA256SUMS", size: 270)
        for index in header.indices {
            var changed = header
            changed[index] ^= 0x01
            #expect(TarHeader.decode(changed[...]) == nil, "byte \(index)")
        }
        #expect(TarHeader.decode([UInt8](repeating: 0, count: 512)[...]) == nil)
        #expect(TarHeader.decode(header[..<511]) == nil)
    }

    @Test(arguments: [(0, 0), (1, 512), (512, 512), (513, 1024)])
    func pads(size: Int, padded: Int) {
        #expect(TarHeader.padded(size) == padded)
    }
}
