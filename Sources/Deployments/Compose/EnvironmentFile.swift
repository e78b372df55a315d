/// The text of an env file: assignments that compose reads, and that are never shown.
public enum EnvironmentFile {
    /// The last assignment of a key, quotes and comments taken off.
    ///
    /// - Parameters:
    ///   - key: Its name.
    ///   - text: The whole file.
    /// - Returns: Nil where there is none, or an empty one.
    public static func value(of key: String, in text: String) -> String? {
        let value = values(in: text)[key]
        return value?.isEmpty == true ? nil : value
    }

    /// All assignments, the last one of a key counting.
    ///
    /// - Parameter text: The whole file.
    /// - Returns: Values by key.
    public static func values(in text: String) -> [String: String] {
        var found: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            var rest = line.drop { $0 == " " || $0 == "\t" }
            if rest.hasPrefix("export ") { rest = rest.dropFirst(7).drop { $0 == " " } }
            guard let mark = rest.firstIndex(of: "="), rest.first != "#" else { continue }
            found[String(rest[..<mark])] = unquoted(rest[rest.index(after: mark)...])
        }
        return found
    }

    private static func unquoted(_ raw: Substring) -> String {
        let value = raw.drop { $0 == " " }
        if let quote = value.first, quote == "\"" || quote == "'",
            let end = value.dropFirst().firstIndex(of: quote)
        {
            return String(value[value.index(after: value.startIndex)..<end])
        }
        var end = value.endIndex
        var previous: Character = " "
        for index in value.indices {
            if value[index] == "#", previous == " " {
                end = index
                break
            }
            previous = value[index]
        }
        var plain = value[..<end]
        while let last = plain.last, " \t\r".contains(last) { plain.removeLast() }
        return String(plain)
    }
}
