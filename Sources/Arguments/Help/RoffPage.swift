/// Source of a manual page, built from top to bottom; everything handed over is plain text.
struct RoffPage {
    private(set) var source = ""

    /// The title line of section 1.
    ///
    /// Lines are neither stretched nor broken inside a word, so that options can be copied.
    mutating func title(_ title: String, source: String) {
        macro("TH", title, "1", "", source, "")
        self.source += ".ad l\n.nh\n"
    }

    /// A macro with its arguments, each kept whole by quotes.
    mutating func macro(_ name: String, _ arguments: String...) {
        source += ".\(name)"
        for argument in arguments { source += " \"\(Self.escaped(argument))\"" }
        source += "\n"
    }

    /// A line of text.
    ///
    /// The leading `\&` keeps a dot or quote there from being a request.
    mutating func text(_ text: some StringProtocol) {
        source += "\\&\(Self.escaped(text))\n"
    }

    /// An indented explanation under a bold heading.
    mutating func entry(_ heading: String, _ text: String) {
        source += ".TP\n\\&\\fB\(Self.escaped(heading))\\fR\n"
        self.text(text)
    }

    /// An author's text.
    mutating func blocks(_ text: String) {
        for block in TextBlock.blocks(of: text) {
            macro("PP")
            switch block {
            case .paragraph(let words):
                self.text(words.joined(separator: " "))
            case .verbatim(let lines):
                macro("nf")
                for line in lines { self.text(line) }
                macro("fi")
            }
        }
    }

    /// Text in which roff sees nothing special: its own signs by name, other scalars by number,
    /// a line end as a space.
    static func escaped(_ text: some StringProtocol) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "\\": "\\(rs"
            case "-": "\\-"
            case "'": "\\(aq"
            case "\"": "\\(dq"
            case "`": "\\(ga"
            case "^": "\\(ha"
            case "~": "\\(ti"
            case "\n", "\t": " "
            case " "..."~": String(scalar)
            default: "\\[u\(hexadecimal(scalar))]"
            }
        }.joined()
    }

    /// At least four digits, as roff wants them.
    private static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
