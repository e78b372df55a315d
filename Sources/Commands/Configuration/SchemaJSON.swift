/// JSON whose members keep their order, as a schema is read by people too.
indirect enum SchemaJSON: Sendable {
    struct Member: Sendable {
        let key: String
        let value: SchemaJSON

        init(_ key: String, _ value: SchemaJSON) {
            self.key = key
            self.value = value
        }
    }

    case null
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([SchemaJSON])
    case object([Member])

    init(_ value: ExpectedValue) {
        switch value {
        case .null: self = .null
        case .boolean(let flag): self = .boolean(flag)
        case .integer(let integer): self = .integer(integer)
        case .number(let number): self = .number(number)
        case .text(let text): self = .string(text)
        case .list(let items): self = .array(items.map(SchemaJSON.init))
        case .object(let members):
            self = .object(members.map { Member($0.key, SchemaJSON($0.value)) })
        }
    }

    /// The value with two spaces for each level, short ones on one line.
    var text: String { lines.joined(separator: "\n") }

    fileprivate var lines: [String] {
        switch self {
        case .null: ["null"]
        case .boolean(let flag): ["\(flag)"]
        case .integer(let integer): ["\(integer)"]
        case .number(let number): ["\(number)"]
        case .string(let text): [Self.quoted(text)]
        case .array(let items): Self.joined(items.map(\.lines), "[", "]")
        case .object(let members): Self.joined(members.map(\.lines), "{", "}")
        }
    }

    private static func joined(_ parts: [[String]], _ open: String, _ close: String) -> [String] {
        let short = parts.compactMap { $0.count == 1 ? $0[0] : nil }.joined(separator: ", ")
        if parts.allSatisfy({ $0.count == 1 }), short.utf8.count <= 80 {
            return ["\(open)\(short)\(close)"]
        }
        let separated = parts.enumerated().flatMap { index, part in
            part.dropLast() + [(part.last ?? "") + (index == parts.count - 1 ? "" : ",")]
        }
        return [open] + separated.map { "  \($0)" } + [close]
    }

    private static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case "\u{0}"..."\u{1F}":
                "\\u00\(scalar.value < 16 ? "0" : "")\(String(scalar.value, radix: 16))"
            default: "\(scalar)"
            }
        }
        return "\"\(escaped.joined())\""
    }
}

extension SchemaJSON.Member {
    fileprivate var lines: [String] {
        var lines = value.lines
        lines[0] = "\(SchemaJSON.string(key).text): \(lines[0])"
        return lines
    }
}
