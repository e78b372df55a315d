/// The text of an env file: assignments that compose reads, and that are never shown.
///
/// Read as `docker compose` reads them; `docker-compose` 1 knows less, and nothing of it otherwise but a
/// `$` without braces.
public enum EnvironmentFile {
    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    private static let escapes: [UInt8: String] = [
        UInt8(ascii: "n"): "\n", UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
        UInt8(ascii: "a"): "\u{07}", UInt8(ascii: "b"): "\u{08}", UInt8(ascii: "f"): "\u{0C}",
        UInt8(ascii: "v"): "\u{0B}", UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\",
        // What follows is no variable then.
        UInt8(ascii: "$"): "$$",
    ]

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
    /// Variables of the file stand for their values; a value with others is left as it was written.
    ///
    /// - Parameter text: The whole file.
    /// - Returns: Values by key.
    public static func values(in text: String) -> [String: String] {
        let bytes = Array(text.utf8)
        var found: [String: String] = [:]
        for assignment in assignments(in: bytes) {
            let value = unquoted(bytes[assignment.range], isEscaped: true)
            guard value.isExpanded else {
                found[assignment.key] = value.text
                continue
            }
            let expanded = Interpolation(variables: found).expand(value.text)
            found[assignment.key] =
                expanded.unset.isEmpty
                ? expanded.text : unquoted(bytes[assignment.range], isEscaped: false).text
        }
        return found
    }

    /// All assignments as they are written, without quotes and comments.
    ///
    /// - Parameter text: The whole file.
    /// - Returns: By key; nothing is put in the place of variables and escapes.
    static func spelled(in text: String) -> [String: String] {
        let bytes = Array(text.utf8)
        return Dictionary(
            assignments(in: bytes).map {
                ($0.key, unquoted(bytes[$0.range], isEscaped: false).text)
            }
        ) { $1 }
    }

    /// Where assignments stand.
    ///
    /// - Parameter bytes: The whole file, in whatever encoding.
    /// - Returns: In order: a key, and where the text behind it stands up to the end of its line, or of
    ///   the line in which its quotes end.
    public static func assignments(in bytes: [UInt8]) -> [(key: String, range: Range<Int>)] {
        var found: [(key: String, range: Range<Int>)] = []
        var start = bytes.starts(with: mark) ? mark.count : 0
        while start < bytes.count {
            var end = endOfLine(bytes, from: start)
            if let (key, value) = head(bytes[start..<end]) {
                if let close = closingQuote(bytes, from: value) {
                    end = endOfLine(bytes, from: close)
                }
                let isReturn = end > value && bytes[end - 1] == 0x0D
                found.append((key, value..<(isReturn ? end - 1 : end)))
            }
            start = end + 1
        }
        return found
    }

    private static func endOfLine(_ bytes: [UInt8], from start: Int) -> Int {
        bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// The key of a line, and where the text behind its mark begins.
    private static func head(_ line: ArraySlice<UInt8>) -> (key: String, value: Int)? {
        var rest = line.drop(while: isBlank)
        let export = Array("export ".utf8)
        if rest.starts(with: export) { rest = rest.dropFirst(export.count).drop(while: isBlank) }
        guard rest.first != UInt8(ascii: "#"),
            let mark = rest.firstIndex(where: { "=:".utf8.contains($0) })
        else { return nil }
        var key = rest[..<mark]
        while let last = key.last, isBlank(last) { key.removeLast() }
        return key.isEmpty ? nil : (String(decoding: key, as: UTF8.self), mark + 1)
    }

    /// Where the quote ends that a value begins with.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - start: Where the text behind a key begins.
    /// - Returns: The place of the quote; nil where the value begins with none, or nothing ends it.
    public static func closingQuote(_ bytes: [UInt8], from start: Int) -> Int? {
        guard let open = bytes[start...].firstIndex(where: { !isBlank($0) }),
            "'\"".utf8.contains(bytes[open])
        else { return nil }
        var index = open + 1
        while index < bytes.count, bytes[index] != bytes[open] {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return index < bytes.count ? index : nil
    }

    /// A value, and whether variables in it stand for others.
    private static func unquoted(
        _ raw: ArraySlice<UInt8>,
        isEscaped: Bool
    ) -> (text: String, isExpanded: Bool) {
        let bytes = Array(raw)
        if let close = closingQuote(bytes, from: 0), let open = bytes.firstIndex(of: bytes[close]) {
            let inner = bytes[(open + 1)..<close]
            let isPlain = bytes[close] == UInt8(ascii: "'")
            let text =
                isEscaped
                ? unescaped(inner, isPlain: isPlain) : String(decoding: inner, as: UTF8.self)
            return (text, !isPlain)
        }
        var plain = bytes.drop(while: isBlank)
        // At the start of a value it is no comment.
        let comment = plain.indices.dropFirst().first { index in
            plain[index] == UInt8(ascii: "#") && plain[index - 1] == 0x20
        }
        plain = plain[..<(comment ?? plain.endIndex)]
        while let last = plain.last, isBlank(last) || last == 0x0D { plain.removeLast() }
        return (String(decoding: plain, as: UTF8.self), true)
    }

    /// What stands between quotes; between single ones only the quote itself can be escaped.
    private static func unescaped(_ inner: ArraySlice<UInt8>, isPlain: Bool) -> String {
        var text: [UInt8] = []
        var rest = inner
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let next = rest.first else {
                text.append(byte)
                continue
            }
            if isPlain {
                if next != UInt8(ascii: "'") { text.append(byte) }
                text.append(next)
            } else if let meant = escapes[next] {
                text += Array(meant.utf8)
            } else {
                text += [byte, next]
            }
            rest.removeFirst()
        }
        return String(decoding: text, as: UTF8.self)
    }
}
