/// Gives members of a tar other names.
public enum TarNaming {
    private static let nameBytes = 100

    /// The header of a member under another name; all else that it says stays.
    ///
    /// - Parameters:
    ///   - header: All blocks before the data, those of a long name included.
    ///   - path: The new name, of any length.
    /// - Returns: The blocks that take their place; they may be more or fewer.
    /// - Throws: ``ArchiveError`` with code `damaged` where the blocks are no header.
    public static func renamed(
        _ header: [UInt8],
        to path: [UInt8]
    ) throws(ArchiveError) -> [UInt8] {
        var rest = header[...]
        while let block = TarBlock(Array(rest.prefix(TarBlock.byteCount))) {
            guard [UInt8(ascii: "L"), UInt8(ascii: "K")].contains(block.type) else {
                var blocks = Array(rest)
                // Beside the name POSIX has room for more of it; GNU has other fields there.
                if blocks[262] == 0 { clear(&blocks, 345..<500) }
                name(&blocks, path)
                return (path.count > nameBytes ? longName(path) : []) + blocks
            }
            let stored = Int(min(block.storedBytes ?? 0, UInt64(TarCutter.nameLimit)))
            rest = rest.dropFirst(TarBlock.byteCount + padded(stored))
        }
        throw ArchiveError(.damaged, "a header of a tar that is none")
    }

    private static func name(_ blocks: inout [UInt8], _ path: [UInt8]) {
        clear(&blocks, 0..<nameBytes)
        let shown = path.prefix(nameBytes)
        blocks.replaceSubrange(0..<shown.count, with: shown)
        seal(&blocks)
    }

    /// The member of GNU tar that holds the name of the next one.
    private static func longName(_ path: [UInt8]) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: TarBlock.byteCount)
        let text = path + [0]
        let length = String(text.count, radix: 8)
        let size = String(repeating: "0", count: 11 - length.count) + length
        for (offset, field) in [
            (0, "././@LongLink"), (100, "0000644"), (108, "0000000"), (116, "0000000"),
            (124, size), (136, "00000000000"), (156, "L"), (257, "ustar  "),
        ] {
            block.replaceSubrange(offset..<(offset + field.utf8.count), with: Array(field.utf8))
        }
        seal(&block)
        return block + text + [UInt8](repeating: 0, count: padded(text.count) - text.count)
    }

    /// Writes the checksum of the first block.
    private static func seal(_ blocks: inout [UInt8]) {
        blocks.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
        let sum = String(blocks[..<TarBlock.byteCount].reduce(0) { $0 + UInt64($1) }, radix: 8)
        let digits = String(repeating: "0", count: 6 - sum.count) + sum
        blocks.replaceSubrange(148..<156, with: Array(digits.utf8) + [0, 0x20])
    }

    private static func clear(_ blocks: inout [UInt8], _ range: Range<Int>) {
        blocks.replaceSubrange(range, with: [UInt8](repeating: 0, count: range.count))
    }

    private static func padded(_ count: Int) -> Int {
        (count + TarBlock.byteCount - 1) / TarBlock.byteCount * TarBlock.byteCount
    }
}
