/// A piece of an author's text, the same for help and manual page.
enum TextBlock: Equatable {
    /// Words to be filled into lines.
    case paragraph([Substring])
    /// Lines to be kept as they are.
    case verbatim([Substring])

    /// Cuts a text at its empty lines, and around lines that begin with a space.
    static func blocks(of text: String) -> [TextBlock] {
        var blocks: [TextBlock] = []
        var continues = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let words = line.split(separator: " ")
            if words.isEmpty {
                continues = false
                continue
            }
            switch (blocks.last, line.first == " ") {
            case (.paragraph(let before), false) where continues:
                blocks[blocks.count - 1] = .paragraph(before + words)
            case (.verbatim(let before), true) where continues:
                blocks[blocks.count - 1] = .verbatim(before + [line])
            case (_, false):
                blocks.append(.paragraph(words))
            case (_, true):
                blocks.append(.verbatim([line]))
            }
            continues = true
        }
        return blocks
    }
}
