extension SchemaJSON: Encodable {
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) {
            self.stringValue = stringValue
        }

        init?(intValue: Int) { nil }
    }

    /// Writes the value; the order of members is up to the encoder.
    func encode(to encoder: any Encoder) throws {
        switch self {
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        case .boolean(let flag): try flag.encode(to: encoder)
        case .integer(let integer): try integer.encode(to: encoder)
        case .number(let number): try number.encode(to: encoder)
        case .string(let text): try text.encode(to: encoder)
        case .array(let items):
            var container = encoder.unkeyedContainer()
            for item in items { try container.encode(item) }
        case .object(let members):
            var container = encoder.container(keyedBy: Name.self)
            for member in members {
                try container.encode(member.value, forKey: Name(stringValue: member.key))
            }
        }
    }
}

extension Setting {
    /// The value with all below it, as programs read it; hidden values are masked, keys without
    /// a value left out.
    var json: SchemaJSON {
        switch content {
        case .text(let text): .string(text)
        case .flag(let flag): .boolean(flag)
        case .count(let count): .integer(count)
        case .duration(_, let written), .size(_, let written): .string(written)
        case .percent(let percent): .string("\(percent)%")
        case .list(let items): .array(items.map(\.json))
        case .fields(let fields): .object(fields.compactMap(\.member))
        case .expectation(let value): SchemaJSON(value)
        case .unset: .null
        }
    }
}

extension Setting.Field {
    fileprivate var member: SchemaJSON.Member? {
        if case .unset = setting.content { return nil }
        return .init(name, isMasked ? .string(ConfigurationListing.mask) : setting.json)
    }
}
