/// Replaces variables in a text as compose does: `$NAME`, `${NAME:-default}` and their kin.
public struct Interpolation: Sendable {
    /// What became of a text.
    public struct Result: Equatable, Sendable {
        /// The text for compose.
        public var text = ""
        /// Variables without a value or a default; compose puts nothing in their place.
        public var unset: [String] = []
    }

    /// Defaults may hold variables again; deeper than this no file of a person goes.
    private static let depthLimit = 8
    /// No path or image is longer; what is stays as it was written.
    private static let byteLimit = 4096

    /// Values by name; never shown.
    public let variables: [String: String]

    /// Takes the values.
    ///
    /// - Parameter variables: Values by name.
    public init(variables: [String: String]) {
        self.variables = variables
    }

    /// Replaces every variable.
    ///
    /// - Parameter raw: The text as it stands in the file.
    /// - Returns: The text for compose.
    public func expand(_ raw: String) -> Result {
        guard raw.utf8.count <= Self.byteLimit else { return Result(text: raw) }
        var result = Result()
        expand(raw[...], into: &result, depth: 0)
        return result
    }

    private func expand(_ raw: Substring, into result: inout Result, depth: Int) {
        var rest = raw
        while let mark = rest.firstIndex(of: "$") {
            result.text += rest[..<mark]
            rest = rest[rest.index(after: mark)...]
            if rest.first == "$" {
                result.text += "$"
                rest.removeFirst()
            } else if rest.first == "{", depth < Self.depthLimit,
                let end = Self.closingBrace(rest)
            {
                substitute(rest[..<end].dropFirst(), into: &result, depth: depth)
                rest = rest[rest.index(after: end)...]
            } else {
                let name = rest.prefix(while: Self.isNamePart)
                rest = rest[name.endIndex...]
                if name.isEmpty { result.text += "$" } else { put(name, into: &result) }
            }
        }
        result.text += rest
    }

    /// What stands between braces: a name, and perhaps what to do without a value.
    private func substitute(_ inner: Substring, into result: inout Result, depth: Int) {
        let name = inner.prefix(while: Self.isNamePart)
        let rule = inner[name.endIndex...]
        let value = variables[String(name)]
        let isStrict = rule.first == ":"
        let isGiven = isStrict ? value?.isEmpty == false : value != nil
        let word = rule.dropFirst(isStrict ? 2 : 1)
        switch isStrict ? rule.dropFirst().first : rule.first {
        case "-" where !isGiven: expand(word, into: &result, depth: depth + 1)
        case "+":
            if isGiven { expand(word, into: &result, depth: depth + 1) }
        default: put(name, into: &result)
        }
    }

    private func put(_ name: Substring, into result: inout Result) {
        if let value = variables[String(name)] {
            result.text += value
        } else {
            result.unset.append(String(name))
        }
    }

    /// The variables that a text names, defaults not looked into.
    ///
    /// - Parameter raw: The text as it stands in the file.
    /// - Returns: Their names in order.
    public static func names(in raw: Substring) -> [String] {
        raw.split(separator: "$", omittingEmptySubsequences: false).dropFirst().compactMap { part in
            let name = (part.first == "{" ? part.dropFirst() : part).prefix(while: isNamePart)
            return name.isEmpty ? nil : String(name)
        }
    }

    /// The place of the brace that closes the one at the start.
    private static func closingBrace(_ text: Substring) -> Substring.Index? {
        var depth = 0
        for index in text.indices {
            if text[index] == "{" { depth += 1 }
            if text[index] == "}" { depth -= 1 }
            if depth == 0 { return index }
        }
        return nil
    }

    private static func isNamePart(_ letter: Character) -> Bool {
        letter == "_" || letter.isASCII && (letter.isLetter || letter.isNumber)
    }
}
