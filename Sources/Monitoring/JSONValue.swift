internal import FoundationEssentials

/// Any JSON, as far as a check compares it.
enum JSONValue: Decodable, Equatable {
    case null
    case boolean(Bool)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// Reads a document; nil comes of anything that is no JSON.
    init?(_ bytes: [UInt8]) {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes)) else {
            return nil
        }
        self = value
    }

    /// What stands at a path such as `model.version`; numbers count into lists.
    subscript(path: String) -> JSONValue? {
        var value = self
        for key in path.split(separator: ".") {
            switch value {
            case .object(let members):
                guard let next = members[String(key)] else { return nil }
                value = next
            case .list(let items):
                guard let index = Int(key), items.indices.contains(index) else { return nil }
                value = items[index]
            default: return nil
            }
        }
        return value
    }

    /// As a person would write it in an expectation.
    var text: String {
        switch self {
        case .null: "null"
        case .boolean(let value): String(value)
        case .number(let value): value == value.rounded() ? String(Int64(value)) : String(value)
        case .text(let value): value
        case .list: "a list"
        case .object: "an object"
        }
    }
}
