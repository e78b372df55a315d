/// A SHA-256 value: 32 bytes.
public struct Digest: Hashable, Sendable {
    let words: (UInt64, UInt64, UInt64, UInt64)

    /// The length of every digest.
    public static let byteCount = 32

    /// Takes 32 bytes.
    ///
    /// - Parameter bytes: At least 32 bytes; the first 32 count.
    public init(_ bytes: RawSpan) {
        words = unsafe (
            bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self),
            bytes.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt64.self),
            bytes.unsafeLoadUnaligned(fromByteOffset: 16, as: UInt64.self),
            bytes.unsafeLoadUnaligned(fromByteOffset: 24, as: UInt64.self)
        )
    }

    /// Takes the eight words of a finished state.
    init(state: [UInt32]) {
        func word(_ index: Int) -> UInt64 {
            UInt64(state[index]) << 32 | UInt64(state[index + 1])
        }
        words = (word(0).bigEndian, word(2).bigEndian, word(4).bigEndian, word(6).bigEndian)
    }

    /// Reads 64 lower-case hexadecimal digits.
    ///
    /// - Parameter hex: The digits as ASCII; nil comes of any other input.
    public init?(hex: ArraySlice<UInt8>) {
        guard hex.count == 64 else { return nil }
        var words: [UInt64] = [0, 0, 0, 0]
        var position = hex.startIndex
        for index in 0..<32 {
            guard let high = Self.value(hex[position]), let low = Self.value(hex[position + 1])
            else { return nil }
            words[index / 8] |= UInt64(high << 4 | low) << (8 * UInt64(index % 8))
            position += 2
        }
        self.words = (words[0], words[1], words[2], words[3])
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }

    /// Reads 64 lower-case hexadecimal digits.
    ///
    /// - Parameter hex: The digits; nil comes of any other input.
    public init?(hex: String) {
        self.init(hex: Array(hex.utf8)[...])
    }

    /// The 32 bytes.
    public var bytes: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(32)
        for word in [words.0, words.1, words.2, words.3] {
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                result.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        return result
    }

    /// 64 lower-case hexadecimal digits as ASCII.
    public var hexBytes: [UInt8] {
        let digits: [UInt8] = Array("0123456789abcdef".utf8)
        var result: [UInt8] = []
        result.reserveCapacity(64)
        for byte in bytes {
            result.append(digits[Int(byte >> 4)])
            result.append(digits[Int(byte & 15)])
        }
        return result
    }

    /// 64 lower-case hexadecimal digits.
    public var hex: String { String(decoding: hexBytes, as: UTF8.self) }

    /// Whether two digests are the same value.
    public static func == (left: Digest, right: Digest) -> Bool {
        left.words == right.words
    }

    /// Feeds the first word: a digest is evenly spread already.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
    }
}

extension Digest: CustomStringConvertible {
    /// The hexadecimal digits.
    public var description: String { hex }
}
