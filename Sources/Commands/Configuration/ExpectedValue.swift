internal import Documents

/// What a JSON answer must contain: an object may hold more keys than are asked for.
indirect enum ExpectedValue: Sendable, Hashable {
    case null
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([ExpectedValue])
    /// Keys in the order of the file.
    case object([Member])

    struct Member: Sendable, Hashable {
        let key: String
        let value: ExpectedValue
    }

    init(_ node: YAMLNode) {
        switch node.content {
        case .scalar(let scalar):
            switch scalar.value {
            case .null: self = .null
            case .boolean(let flag): self = .boolean(flag)
            case .integer(let integer): self = .integer(integer)
            case .number(let number): self = .number(number)
            case .text(let text): self = .text(text)
            }
        case .sequence(let items): self = .list(items.map(ExpectedValue.init))
        case .mapping(let entries):
            self = .object(entries.map { Member(key: $0.key, value: ExpectedValue($0.value)) })
        }
    }
}
