/// How many columns of a terminal a text takes: two for wide characters of East Asia and emoji.
///
/// A grapheme takes the columns of its first scalar, so combining marks take none.
func columnCount(_ text: some StringProtocol) -> Int {
    text.utf8.allSatisfy { $0 < 0x80 }
        ? text.utf8.count
        : text.reduce(0) { $0 + (isWide($1) ? 2 : 1) }
}

private func isWide(_ character: Character) -> Bool {
    guard let scalar = character.unicodeScalars.first, scalar.value >= 0x1100 else { return false }
    return wideScalars.contains { $0.contains(scalar.value) }
}

/// The blocks of Unicode whose characters are East Asian wide or full-width.
private let wideScalars: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3,
    0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
    0x1F900...0x1F9FF, 0x20000...0x3FFFD,
]
