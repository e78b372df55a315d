/// A POSIX.1e access control list, between the kernel's attribute and the text of archives.
public struct AccessList: Sendable, Equatable {
    /// The attribute that holds the list of a file or folder.
    public static let attributeName = "system.posix_acl_access"
    /// The attribute that holds what a folder hands down to new files.
    public static let defaultAttributeName = "system.posix_acl_default"

    private struct Entry: Equatable {
        var tag: UInt16
        var permissions: UInt16
        var number: UInt32
    }

    /// The tags of the kernel, with the words of the text form: those without and with a number.
    private static let tags: [(word: String, plain: UInt16, numbered: UInt16?)] = [
        ("user", 0x01, 0x02), ("group", 0x04, 0x08), ("mask", 0x10, nil), ("other", 0x20, nil),
    ]
    private static let letters: [(letter: Character, bit: UInt16)] = [("r", 4), ("w", 2), ("x", 1)]
    private static let noNumber = UInt32.max
    private static let headerByteCount = 4
    private static let entryByteCount = 8

    private var entries: [Entry] = []

    /// Reads the kernel's form.
    ///
    /// - Parameter bytes: The value of the attribute; nil comes of what is no such list.
    public init?(attribute bytes: [UInt8]) {
        guard bytes.count >= Self.headerByteCount, bytes.prefix(4).elementsEqual([2, 0, 0, 0]),
            (bytes.count - Self.headerByteCount) % Self.entryByteCount == 0
        else { return nil }
        for start in stride(from: Self.headerByteCount, to: bytes.count, by: Self.entryByteCount) {
            func number(_ range: Range<Int>) -> UInt32 {
                range.reversed().reduce(0) { $0 << 8 | UInt32(bytes[start + $1]) }
            }
            let entry = Entry(
                tag: UInt16(number(0..<2)),
                permissions: UInt16(number(2..<4)),
                number: number(4..<8)
            )
            guard Self.tags.contains(where: { $0.plain == entry.tag || $0.numbered == entry.tag })
            else { return nil }
            entries.append(entry)
        }
    }

    /// Reads text such as `user::rw-`, `user:1000:r--` or `user:ann:r--:1000`, an entry a line.
    ///
    /// - Parameter text: The list; nil comes of a named user or group without a number, since
    ///   names mean somebody else on another machine.
    public init?(text: String) {
        for line in text.split(whereSeparator: { $0 == "\n" || $0 == "," }) {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false).map(
                String.init
            )
            guard fields.count >= 3, let tag = Self.tags.first(where: { $0.word == fields[0] })
            else { return nil }
            var entry = Entry(
                tag: tag.plain,
                permissions: Self.permissions(fields[2]),
                number: Self.noNumber
            )
            if !fields[1].isEmpty {
                let named = fields.count > 3 ? UInt32(fields[3]) : UInt32(fields[1])
                guard let numbered = tag.numbered, let named else { return nil }
                entry.tag = numbered
                entry.number = named
            }
            entries.append(entry)
        }
        // The order that the kernel demands.
        entries.sort { ($0.tag, $0.number) < ($1.tag, $1.number) }
        if entries.isEmpty { return nil }
    }

    private static func permissions(_ text: String) -> UInt16 {
        letters.reduce(0) { text.contains($1.letter) ? $0 | $1.bit : $0 }
    }

    /// The kernel's form.
    public var attribute: [UInt8] {
        var bytes: [UInt8] = [2, 0, 0, 0]
        for entry in entries {
            for shift in [0, 8] { bytes.append(UInt8(truncatingIfNeeded: entry.tag >> shift)) }
            for shift in [0, 8] {
                bytes.append(UInt8(truncatingIfNeeded: entry.permissions >> shift))
            }
            for shift in [0, 8, 16, 24] {
                bytes.append(UInt8(truncatingIfNeeded: entry.number >> shift))
            }
        }
        return bytes
    }

    /// The text, an entry a line, users and groups by their numbers.
    public var text: String {
        let lines = entries.compactMap { entry -> String? in
            guard
                let tag = Self.tags.first(where: {
                    $0.plain == entry.tag || $0.numbered == entry.tag
                })
            else { return nil }
            let who = entry.tag == tag.plain ? "" : String(entry.number)
            let permissions = String(
                Self.letters.map { entry.permissions & $0.bit == 0 ? "-" : $0.letter }
            )
            return "\(tag.word):\(who):\(permissions)"
        }
        return lines.joined(separator: "\n")
    }
}
