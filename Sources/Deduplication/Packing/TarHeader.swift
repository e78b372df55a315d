/// The 512-byte header of a strict POSIX ustar member: a regular file, no times, no owner.
enum TarHeader {
    static let byteCount = 512
    /// Above this a size needs more than eleven octal digits.
    static let sizeLimit = 1 << 33

    /// The bytes of a header.
    static func encode(name: String, size: Int) -> [UInt8] {
        precondition(name.utf8.count <= 100 && size < sizeLimit)
        var header = [UInt8](repeating: 0, count: byteCount)
        func put(_ text: String, at offset: Int) {
            header.replaceSubrange(offset..<(offset + text.utf8.count), with: text.utf8)
        }
        put(name, at: 0)
        put("0000644", at: 100)
        put("0000000", at: 108)
        put("0000000", at: 116)
        put(octal(size, digits: 11), at: 124)
        put("00000000000", at: 136)
        put("        0", at: 148)
        put("ustar", at: 257)
        put("00", at: 263)
        put("0000000", at: 329)
        put("0000000", at: 337)
        put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6), at: 148)
        header[154] = 0
        return header
    }

    /// Name and size, or nil where the bytes are no header as `encode` writes it.
    static func decode(_ header: ArraySlice<UInt8>) -> (name: String, size: Int)? {
        guard header.count == byteCount else { return nil }
        let bytes = Array(header)
        let nameEnd = bytes[..<100].firstIndex(of: 0) ?? 100
        // Names are ASCII; as text, other bytes would become longer than they are.
        guard nameEnd > 0, bytes[..<nameEnd].allSatisfy({ $0 < 0x80 }),
            let size = Int(String(decoding: bytes[124..<135], as: UTF8.self), radix: 8), size >= 0
        else { return nil }
        let name = String(decoding: bytes[..<nameEnd], as: UTF8.self)
        return bytes == encode(name: name, size: size) ? (name, size) : nil
    }

    /// How far the next header lies behind the start of a member's data.
    static func padded(_ size: Int) -> Int {
        (size + byteCount - 1) / byteCount * byteCount
    }

    private static func octal(_ value: Int, digits: Int) -> String {
        let text = String(value, radix: 8)
        return String(repeating: "0", count: digits - text.count) + text
    }
}
