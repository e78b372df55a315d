internal import Documents

/// The expanded configuration as YAML, with the origin of each value behind it.
///
/// The text reads back to the same configuration, except for values that are hidden.
enum ConfigurationListing {
    /// What stands in place of a hidden value.
    static let mask = "***"

    static func text(of configuration: Configuration) -> String {
        configuration.settings.entries.flatMap(lines).map { "\($0)\n" }.joined()
    }

    private static func lines(of field: Setting.Field) -> [String] {
        let name = YAMLText.scalar(field.name)
        let setting = field.setting
        switch setting.content {
        case .unset(let note):
            return [commented("# \(name): \(note)", setting.origin)]
        case .fields(let fields) where !fields.isEmpty:
            // Under comments alone a mapping would read as nothing.
            let isEmpty = fields.allSatisfy { field in
                if case .unset = field.setting.content { true } else { false }
            }
            return ["\(name):\(isEmpty ? " {}" : "")"] + fields.flatMap(lines).map { "  \($0)" }
        case .list(let items) where items.contains { $0.fields != nil || $0.items != nil }:
            return ["\(name):"] + items.flatMap(lines).map { "  \($0)" }
        default:
            let value = field.isMasked ? YAMLText.scalar(mask) : setting.flow
            return [commented("\(name): \(value)", setting.origin)]
        }
    }

    /// An item of a list, a dash before its first line.
    private static func lines(of item: Setting) -> [String] {
        guard let fields = item.fields else { return [commented("- \(item.flow)", item.origin)] }
        return fields.flatMap(lines).enumerated().map { index, line in
            index == 0 ? "- \(line)" : "  \(line)"
        }
    }

    private static func commented(_ line: String, _ origin: ConfigurationOrigin) -> String {
        "\(line)  # \(YAMLText.comment(origin.description))"
    }
}

extension Setting {
    /// The value on one line.
    fileprivate var flow: String {
        switch content {
        case .text(let text): YAMLText.scalar(text)
        case .flag(let flag): "\(flag)"
        case .count(let count): "\(count)"
        case .duration(_, let written), .size(_, let written): written
        case .percent(let percent): "\(percent)%"
        case .list(let items): "[\(items.map(\.flow).joined(separator: ", "))]"
        case .fields(let fields): "{\(fields.map(\.flow).joined(separator: ", "))}"
        case .expectation(let value): value.flow
        case .unset: "~"
        }
    }
}

extension Setting.Field {
    fileprivate var flow: String { "\(YAMLText.scalar(name)): \(setting.flow)" }
}

extension ExpectedValue {
    fileprivate var flow: String {
        switch self {
        case .null: "~"
        case .boolean(let flag): "\(flag)"
        case .integer(let integer): "\(integer)"
        case .number(let number): "\(number)"
        case .text(let text): YAMLText.scalar(text)
        case .list(let items): "[\(items.map(\.flow).joined(separator: ", "))]"
        case .object(let members):
            "{\(members.map(\.flow).joined(separator: ", "))}"
        }
    }
}

extension ExpectedValue.Member {
    fileprivate var flow: String { "\(YAMLText.scalar(key)): \(value.flow)" }
}
