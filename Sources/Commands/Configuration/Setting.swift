internal import Documents

/// One value of the expanded configuration, and where it comes from.
///
/// The tree holds every key of the schema in the schema's order. Its accessors trap on a shape
/// that the schema does not promise: that would be our mistake, not the file's.
struct Setting: Sendable {
    indirect enum Content: Sendable {
        case text(String)
        case flag(Bool)
        case count(Int)
        case duration(seconds: Int, written: String)
        case size(bytes: Int, written: String)
        case percent(Int)
        case list([Setting])
        case fields([Field])
        case expectation(ExpectedValue)
        /// No value; in words, what happens instead.
        case unset(String)
    }

    struct Field: Sendable {
        let name: String
        let setting: Setting
        let isMasked: Bool
    }

    let content: Content
    let origin: ConfigurationOrigin

    /// The value of `key`, or nil where the file is wrong or the key has no value.
    func find(_ key: String) -> Setting? {
        guard let found = fields?.first(where: { $0.name == key })?.setting else { return nil }
        if case .unset = found.content { return nil }
        return found
    }

    /// The value of a key that always has one.
    subscript(key: String) -> Setting {
        guard let setting = find(key) else { preconditionFailure("no setting \(key)") }
        return setting
    }

    var fields: [Field]? {
        guard case .fields(let fields) = content else { return nil }
        return fields
    }

    var items: [Setting]? {
        guard case .list(let items) = content else { return nil }
        return items
    }

    var text: String? {
        guard case .text(let text) = content else { return nil }
        return text
    }

    var entries: [Field] { fields ?? mismatch() }
    var list: [Setting] { items ?? mismatch() }
    var string: String { text ?? mismatch() }
    var strings: [String] { list.map(\.string) }

    var flag: Bool {
        guard case .flag(let flag) = content else { return mismatch() }
        return flag
    }

    var count: Int {
        guard case .count(let count) = content else { return mismatch() }
        return count
    }

    var percent: Int {
        guard case .percent(let percent) = content else { return mismatch() }
        return percent
    }

    var duration: Duration {
        guard case .duration(let seconds, _) = content else { return mismatch() }
        return .seconds(seconds)
    }

    var sizeBytes: Int {
        guard case .size(let bytes, _) = content else { return mismatch() }
        return bytes
    }

    var expectation: ExpectedValue {
        guard case .expectation(let value) = content else { return mismatch() }
        return value
    }

    /// The case of a choice whose words the schema took from `Choice`.
    func choice<Choice: RawRepresentable<String>>(_ type: Choice.Type = Choice.self) -> Choice {
        Choice(rawValue: string) ?? mismatch()
    }

    private func mismatch<Value>() -> Value {
        preconditionFailure("the schema promised another value than \(content)")
    }
}
