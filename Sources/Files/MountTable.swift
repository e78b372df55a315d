/// What is mounted where, as this process sees it.
public struct MountTable: Sendable {
    /// Where something is mounted, in the order in which it came.
    public let points: [Path]

    /// Asks the kernel.
    ///
    /// - Throws: ``FileError``.
    public init() throws(FileError) {
        let table = try OpenFile(Path("/proc/self/mountinfo"), .read)
        self.init(parsing: try table.readAll(limitBytes: 8 << 20))
    }

    /// Reads lines of `mountinfo`: the fifth word of each, with `\\040` and its kin for white space.
    init(parsing bytes: [UInt8]) {
        points = bytes.split(separator: 0x0A).compactMap { line in
            let words = line.split(separator: 0x20, maxSplits: 5)
            return words.count == 6 ? Path(bytes: Self.plain(words[4])) : nil
        }
    }

    private static func plain(_ word: ArraySlice<UInt8>) -> [UInt8] {
        var plain: [UInt8] = []
        var rest = word
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3).map { Int($0) - 0x30 }
            if byte == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy({ 0...7 ~= $0 }),
                let escaped = UInt8(exactly: digits[0] * 64 + digits[1] * 8 + digits[2])
            {
                plain.append(escaped)
                rest = rest.dropFirst(3)
            } else {
                plain.append(byte)
            }
        }
        return plain
    }
}
