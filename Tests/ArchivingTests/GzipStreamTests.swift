import Archiving
import Testing

@Suite struct GzipStreamTests {
    private func packed(_ data: [UInt8], _ scratch: Scratch) throws -> TestFile {
        let target = try scratch.file("packed.gz")
        let source = try scratch.file("source", data)
        try GzipStream.compress(from: source.number, to: target.number)
        return target
    }

    private func unpacked(
        _ file: TestFile,
        _ scratch: Scratch,
        byteCountMax: Int64 = 1 << 30
    ) throws -> [UInt8] {
        let target = try scratch.file("unpacked")
        try GzipStream.decompress(
            from: file.number,
            to: target.number,
            byteCountMax: byteCountMax
        )
        return try target.bytes()
    }

    @Test(arguments: [0, 1, 100_000, 131_072, 400_000])
    func whatWentInComesOut(byteCount: Int) throws {
        let scratch = try Scratch()
        let data = noise(byteCount)
        let file = try packed(data, scratch)
        #expect(try unpacked(file, scratch) == data)
        #expect(try scratch.shell("gzip -t packed.gz").isEmpty)
        #expect(try unpack(file).map(\.data) == [data])
    }

    @Test func compressibleDataShrink() throws {
        let scratch = try Scratch()
        let data = Array(repeating: UInt8(7), count: 5_000_000)
        let file = try packed(data, scratch)
        #expect(try file.bytes().count < 6_000)
        #expect(try unpacked(file, scratch) == data)
    }

    @Test func everyTruncationIsAnError() throws {
        let scratch = try Scratch()
        let file = try packed(noise(2_000), scratch)
        let whole = try file.bytes()
        for byteCount in 0..<whole.count {
            try file.replace(Array(whole.prefix(byteCount)))
            #expect(failure { _ = try unpacked(file, scratch) }?.code == .truncated)
        }
    }

    @Test func joinedStreamsAreOne() throws {
        let scratch = try Scratch()
        let file = try packed(noise(2_000), scratch)
        let whole = try file.bytes()
        try file.replace(whole + whole)
        #expect(try unpacked(file, scratch) == noise(2_000) + noise(2_000))
        for byteCount in whole.count + 1..<2 * whole.count {
            try file.replace(Array((whole + whole).prefix(byteCount)))
            #expect(failure { _ = try unpacked(file, scratch) }?.code == .truncated)
        }
        try file.replace(whole + Array("tail".utf8))
        #expect(failure { _ = try unpacked(file, scratch) }?.code == .damaged)
    }

    @Test func aWrongChecksumIsDamage() throws {
        let scratch = try Scratch()
        let file = try packed(noise(2_000), scratch)
        var bytes = try file.bytes()
        bytes[bytes.count - 8] ^= 1
        try file.replace(bytes)
        #expect(failure { _ = try unpacked(file, scratch) }?.code == .damaged)
        #expect(failure { _ = try unpack(file) }?.code == .damaged)
    }

    @Test func theLimitHolds() throws {
        let scratch = try Scratch()
        let file = try packed(Array(repeating: 0, count: 1_000_000), scratch)
        let error = failure { _ = try unpacked(file, scratch, byteCountMax: 999_999) }
        #expect(error?.code == .limitExceeded)
        #expect(try unpacked(file, scratch, byteCountMax: 1_000_000).count == 1_000_000)
    }
}
