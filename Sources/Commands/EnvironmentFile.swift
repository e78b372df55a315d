internal import Files

/// The env file of a compose stack, read for one value at a time and never shown.
enum EnvironmentFile {
    /// The deployed TAG.
    ///
    /// - Parameter compose: What the configuration says of the stack.
    /// - Returns: The value of its `tag_key`; nil where there is none.
    /// - Throws: ``CommandFailure`` where the file is there and cannot be read.
    static func tag(_ compose: Configuration.Compose?) throws(CommandFailure) -> String? {
        guard let compose, let file = compose.envFile else { return nil }
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try OpenFile(Path(file), .read).readAll(limitBytes: 1 << 20)
        } catch {
            if error.code == .notFound { return nil }
            throw CommandFailure(error, doing: "look for \(compose.tagKey)")
        }
        return value(of: compose.tagKey, in: String(decoding: bytes, as: UTF8.self))
    }

    /// The last assignment of a key, quotes and comments taken off; nil where it is empty.
    static func value(of key: String, in text: String) -> String? {
        let value = values(in: text)[key]
        return value?.isEmpty == true ? nil : value
    }

    /// All assignments, the last one of a key counting.
    static func values(in text: String) -> [String: String] {
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
