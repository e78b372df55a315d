/// Lines of plain text that fill a given width, built from top to bottom.
struct HelpPage {
    private let width: Int
    private(set) var lines: [String] = []

    /// The width left for headings of a list, beyond which the explanation moves down a line.
    private static let headingWidthMax = 30

    init(width: Int) {
        self.width = max(width, 40)
    }

    var text: String { lines.joined(separator: "\n") + "\n" }

    /// Starts a part of the page.
    mutating func heading(_ title: String) {
        if !lines.isEmpty { lines.append("") }
        fill(title.split(separator: " "), indent: 0)
    }

    /// Pieces filled into lines; those after the first are indented by `hanging` more.
    mutating func fill(_ pieces: [some StringProtocol], indent: Int, hanging: Int = 0) {
        var line = String(repeating: " ", count: indent)
        var isEmpty = true
        for piece in pieces {
            if !isEmpty && columnCount(line) + 1 + columnCount(piece) > width {
                lines.append(line)
                line = String(repeating: " ", count: indent + hanging)
                isEmpty = true
            }
            line += isEmpty ? "" : " "
            line += piece
            isEmpty = false
        }
        lines.append(line)
    }

    /// An author's text, its blocks parted by empty lines.
    mutating func blocks(_ text: String, indent: Int) {
        for block in TextBlock.blocks(of: text) {
            lines.append("")
            switch block {
            case .paragraph(let words):
                fill(words, indent: indent)
            case .verbatim(let kept):
                lines += kept.map { String(repeating: " ", count: indent) + $0 }
            }
        }
    }

    /// A list in two columns.
    mutating func list(_ entries: [(heading: String, text: String)]) {
        let widths = entries.map { columnCount($0.heading) }
        let column = 4 + (widths.filter { $0 <= Self.headingWidthMax }.max() ?? 8)
        for (entry, headingWidth) in zip(entries, widths) {
            let words = entry.text.split(whereSeparator: \.isWhitespace)
            let heading = "  \(entry.heading)"
            if headingWidth + 4 > column {
                lines.append(heading)
                fill(words, indent: column)
            } else {
                // The heading padded to the column counts as the first piece's indent.
                let start = lines.count
                fill(words, indent: column)
                lines[start] = heading + lines[start].dropFirst(headingWidth + 2)
            }
        }
    }
}
