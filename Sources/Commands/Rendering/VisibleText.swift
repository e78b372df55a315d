internal import CLinux

/// Text that a terminal shows and never obeys, and how wide it is there.
enum VisibleText {
    /// A text on one line, in which controls and marks that turn the direction of reading are
    /// written out: a name from a snapshot must not rewrite the screen.
    static func line(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isActive) else { return text }
        return text.unicodeScalars.map { scalar in
            isActive(scalar) ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }.joined()
    }

    private static func isActive(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// How many columns of a terminal a text takes: two for wide characters of East Asia, none
    /// for marks.
    static func columns(_ text: String) -> Int {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        // What joins into one character is drawn in the room of its widest part.
        return text.reduce(0) { sum, character in
            sum + (character.unicodeScalars.map { columns($0) }.max() ?? 0)
        }
    }

    private static func columns(_ scalar: Unicode.Scalar) -> Int {
        max(0, Int(recover_column_width(scalar.value)))
    }
}
