import Cryptography
import Processes
import Testing

@Suite struct SHA256Tests {
    /// From FIPS 180-4's examples.
    private static let vectors = [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            String(repeating: "a", count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ]

    @Test(arguments: vectors)
    func theVectorsOfTheStandardHold(text: String, hex: String) {
        #expect(SHA256.digest(of: Array(text.utf8)).hex == hex)
    }

    @Test func piecesGiveTheDigestOfTheWhole() {
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
        let whole = SHA256.digest(of: bytes)
        for size in [1, 63, 64, 65, 4096, 99_999, 100_000] {
            var hasher = SHA256()
            for start in stride(from: 0, to: bytes.count, by: size) {
                let piece = Array(bytes[start..<min(start + size, bytes.count)])
                unsafe hasher.update(piece.span.bytes)
            }
            #expect(hasher.finish() == whole, "in pieces of \(size)")
        }
    }

    @Test func oneHasherServesManyDigests() {
        var hasher = SHA256()
        for (text, hex) in Self.vectors + Self.vectors.reversed() {
            let bytes = Array(text.utf8)
            #expect(unsafe hasher.digest(of: bytes.span.bytes).hex == hex)
        }
        #expect(hasher.finish() == SHA256.digest(of: []))
    }

    @Test(arguments: [0, 1, 55, 56, 63, 64, 65, 4096, 1_000_003])
    func coreutilsFindTheSame(size: Int) throws {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 ^ ($0 >> 7)) }
        var command = Command(["sha256sum"], environment: Environment(["PATH": "/usr/bin:/bin"]))
        command.input = bytes
        let result = try command.run()
        #expect(result.output.text == SHA256.digest(of: bytes).hex + "  -\n")
    }
}

@Suite struct DigestTests {
    private static let hex = "00ff102030405060708090a0b0c0d0e0f0112233445566778899aabbccddeeff"

    @Test func digitsAndBytesAreTheSameValue() throws {
        let digest = try #require(Digest(hex: Self.hex))
        #expect(digest.hex == Self.hex && digest.description == Self.hex)
        #expect(digest.hexBytes == Array(Self.hex.utf8))
        #expect(digest.bytes.count == Digest.byteCount)
        #expect(digest.bytes.prefix(4) == [0x00, 0xFF, 0x10, 0x20] && digest.bytes.last == 0xFF)
        let bytes = digest.bytes
        #expect(unsafe Digest(bytes.span.bytes) == digest)
    }

    @Test(arguments: [
        "", String(hex.dropLast()), hex + "0", hex.uppercased(), " " + hex.dropFirst(),
        "0x" + hex.dropFirst(2), hex.replacing("f", with: "g"), "-" + hex.dropFirst(),
    ])
    func whatAreNot64LowerCaseDigitsIsRefused(text: String) {
        #expect(Digest(hex: text) == nil)
    }

    @Test func everyBitCounts() throws {
        let digest = try #require(Digest(hex: Self.hex))
        for bit in 0..<256 {
            var bytes = digest.bytes
            bytes[bit / 8] ^= 1 << (bit % 8)
            #expect(unsafe Digest(bytes.span.bytes) != digest, "bit \(bit)")
        }
    }

    @Test func aDigestCanBeLookedAtWhileItRuns() {
        var hasher = SHA256()
        #expect(hasher.current() == SHA256.digest(of: []))
        unsafe hasher.update(([1, 2, 3] as [UInt8]).span.bytes)
        #expect(hasher.current() == SHA256.digest(of: [1, 2, 3]))
        #expect(hasher.current() == SHA256.digest(of: [1, 2, 3]))
        unsafe hasher.update(([4] as [UInt8]).span.bytes)
        #expect(hasher.finish() == SHA256.digest(of: [1, 2, 3, 4]))
    }
}
