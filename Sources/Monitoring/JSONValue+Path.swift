internal import FoundationEssentials
internal import Transfers

/// As far as a check compares it.
extension JSONValue {
    /// Reads a document; nil comes of anything that is no JSON.
    init?(_ bytes: [UInt8]) {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes)) else {
            return nil
        }
        self = value
    }

    /// What stands at a path such as `model.version`; numbers count into lists.
    subscript(path path: String) -> JSONValue? {
        var value = self
        for key in path.split(separator: ".") {
            switch value {
            case .object(let members):
                guard let next = members[String(key)] else { return nil }
                value = next
            case .array(let items):
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
        case .integer(let value): String(value)
        case .natural(let value): String(value)
        case .number(let value): Int64(exactly: value).map { String($0) } ?? String(value)
        case .text(let value): value
        case .array: "a list"
        case .object: "an object"
        }
    }

    /// What is missing here of what is expected, or is different; nil where nothing is.
    ///
    /// Objects may hold more than is expected; lists may not.
    func fault(against expected: JSONValue, at path: String = "") -> String? {
        let place = path.isEmpty ? "it" : path
        switch (self, expected) {
        case (.object(let members), .object(let wanted)):
            for (key, value) in wanted.sorted(by: { $0.key < $1.key }) {
                let inner = path.isEmpty ? key : "\(path).\(key)"
                guard let member = members[key] else { return "\(inner) is not there" }
                if let fault = member.fault(against: value, at: inner) { return fault }
            }
            return nil
        case (.array(let items), .array(let wanted)):
            guard items.count == wanted.count else {
                return "\(place) has \(items.count) items, not \(wanted.count)"
            }
            for (index, value) in wanted.enumerated() {
                let inner = path.isEmpty ? "\(index)" : "\(path).\(index)"
                if let fault = items[index].fault(against: value, at: inner) { return fault }
            }
            return nil
        default:
            // Numbers are compared as they are written: 1 is 1.0.
            let isEqual = text == expected.text && isText == expected.isText
            return isEqual ? nil : "\(place) is \(text.prefix(80)), not \(expected.text.prefix(80))"
        }
    }

    private var isText: Bool {
        if case .text = self { return true }
        return false
    }
}
