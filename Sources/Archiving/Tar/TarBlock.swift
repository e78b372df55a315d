/// The fields of one 512-byte header.
struct TarBlock {
    static let byteCount = 512

    private let bytes: [UInt8]

    /// Takes a block whose checksum and magic are those of a header.
    ///
    /// - Returns: Nil for anything else, the oldest form without magic among it.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount, bytes[257..<262].elementsEqual("ustar".utf8) else {
            return nil
        }
        self.bytes = bytes
        let sum = bytes.indices.reduce(UInt64(0)) {
            $0 + ((148..<156).contains($1) ? 32 : UInt64(bytes[$1]))
        }
        guard Self.number(bytes[148..<156]) == sum else { return nil }
    }

    static func isZero(_ bytes: [UInt8]) -> Bool { !bytes.contains { $0 != 0 } }

    var type: UInt8 { bytes[156] }

    /// The length of what is stored behind the header; nil where the field is no length.
    var storedBytes: UInt64? { Self.number(bytes[124..<136]) }

    /// The name in the header itself, with the prefix that POSIX allows and GNU does not.
    var path: [UInt8] {
        let name = Self.text(bytes[0..<100])
        let isPOSIX = bytes[262] == 0
        let prefix = isPOSIX ? Self.text(bytes[345..<500]) : []
        return prefix.isEmpty ? name : prefix + [0x2F] + name
    }

    /// The length of a sparse file, holes included.
    var sparseBytes: UInt64? { Self.number(bytes[483..<495]) }

    /// The part of a sparse map that stands in the header.
    var sparseMap: SparseMap? { SparseMap(bytes[386..<483]) }

    /// The part of a sparse map that stands in a block of its own.
    static func sparseMap(_ block: [UInt8]) -> SparseMap? { SparseMap(block[0..<505]) }

    /// Pairs of offset and length, then one byte that says whether another block follows.
    struct SparseMap {
        var entries: [(offset: UInt64, length: UInt64)] = []
        let goesOn: Bool

        init?(_ field: ArraySlice<UInt8>) {
            goesOn = field[field.endIndex - 1] != 0
            for start in stride(from: field.startIndex, to: field.endIndex - 1, by: 24) {
                // An empty pair ends the map.
                if field[start] == 0, field[start + 12] == 0 {
                    if goesOn { return nil }
                    break
                }
                guard let offset = TarBlock.number(field[start..<(start + 12)]),
                    let length = TarBlock.number(field[(start + 12)..<(start + 24)])
                else { return nil }
                entries.append((offset, length))
            }
        }
    }

    private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] {
        Array(field.prefix { $0 != 0 })
    }

    /// Octal digits between blanks, or bytes from the highest where the first bit is set.
    ///
    /// - Returns: Nil where the field is neither, or above 2^62.
    private static func number(_ field: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        if field.first == 0x80 {
            for byte in field.dropFirst() {
                guard value < 1 << 54 else { return nil }
                value = value << 8 | UInt64(byte)
            }
            return value
        }
        let digits = field.drop { $0 == 0x20 }.prefix { (0x30...0x37).contains($0) }
        let rest = field[digits.endIndex...]
        guard !digits.isEmpty, rest.allSatisfy({ $0 == 0 || $0 == 0x20 }) else { return nil }
        for digit in digits { value = value << 3 | UInt64(digit - 0x30) }
        return value
    }
}
