/// Text on its way into a YAML file or a message.
public enum YAMLText {
    /// A scalar that every YAML 1.1 and 1.2 reader takes for exactly this text.
    ///
    /// Plain where that is beyond doubt, in double quotes otherwise; never more than one line.
    public static func scalar(_ text: String) -> String {
        isPlain(text) ? text : "\"\(escaped(text))\""
    }

    /// A short, single-line form of foreign text for a message, in double quotes.
    ///
    /// Control and direction characters are escaped, so that a hostile file cannot steer a
    /// terminal; what is longer than 60 characters is cut.
    public static func excerpt(_ text: String) -> String {
        let start = String(text.unicodeScalars.prefix(60))
        return "\"\(escaped(start))\(start.utf8.count < text.utf8.count ? "…" : "")\""
    }

    /// A single-line form of foreign text for a comment: escaped, but not quoted or cut.
    public static func comment(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.flatMap { lineSafe($0) }))
    }

    /// Words that some version of YAML reads as a truth value or nothing.
    private static let reservedWords: Set<String> = [
        "y", "n", "yes", "no", "on", "off", "true", "false", "null",
    ]
    /// What may follow digits without the whole being read as a number or a date.
    private static let units: Set<String> = [
        "s", "m", "h", "d", "%", "B", "kB", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB",
    ]

    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, !reservedWords.contains(text.lowercased()) else {
            return false
        }
        if isDigit(first) { return units.contains(String(text.drop { $0.isASCII && $0.isNumber })) }
        return (isLetter(first) || first == UInt8(ascii: "/") || first == UInt8(ascii: "_"))
            && text.utf8.allSatisfy { isLetter($0) || isDigit($0) || "/_.-+@=".utf8.contains($0) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
    }

    private static func escaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { result.append("\\") }
            result.append(contentsOf: lineSafe(scalar))
        }
        return String(result)
    }

    /// The character itself, or an escape that a double-quoted scalar understands.
    private static func lineSafe(_ scalar: Unicode.Scalar) -> String.UnicodeScalarView {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned,
            .surrogate:
            let digits = String(scalar.value, radix: 16, uppercase: true)
            let padding = String(repeating: "0", count: 8 - digits.count)
            return "\\U\(padding)\(digits)".unicodeScalars
        default:
            return String(scalar).unicodeScalars
        }
    }
}
