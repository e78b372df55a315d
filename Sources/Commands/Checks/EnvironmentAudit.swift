internal import Deployments
internal import Monitoring

/// An env file against its sample; what is said names keys and never a value.
struct EnvironmentAudit {
    private static let secretWords = [
        "KEY", "SECRET", "TOKEN", "PASSWORD", "PASSWD", "CREDENTIAL", "PRIVATE",
    ]
    private static let placeholders = [
        "changeme", "change-me", "change_me", "change this", "your-", "your_", "yourkey",
        "placeholder",
        "put key here", "put-key-here", "replace", "todo", "xxxx", "dummy", "example", "insert",
    ]

    private let values: [String: String]
    private let sample: [String: String]?

    /// Takes both; nil where there is no sample.
    init(_ values: [String: String], sample: [String: String]?) {
        self.values = values
        self.sample = sample
    }

    var checks: [Check] {
        [keys, empty, placeholder].compactMap(\.self)
    }

    private var keys: Check? {
        guard let sample else {
            return Check("env.keys", nil, .warn, "there is no sample to compare the keys with")
        }
        let missing = sample.keys.filter { values[$0] == nil }.sorted()
        let extra = values.keys.filter { sample[$0] == nil }.sorted()
        let more = extra.isEmpty ? "" : "; not in the sample: \(extra.joined(separator: ", "))"
        if !missing.isEmpty {
            return Check(
                "env.keys",
                nil,
                .fail,
                "missing: \(missing.joined(separator: ", "))\(more)"
            )
        }
        return Check(
            "env.keys",
            nil,
            .pass,
            "all \(sample.count) keys of the sample are there\(more)"
        )
    }

    private var empty: Check? {
        // What the sample leaves empty may stay so.
        let found = values.filter { $0.value.isEmpty && sample?[$0.key]?.isEmpty != true }
        let names = found.keys.sorted().joined(separator: ", ")
        return names.isEmpty
            ? Check("env.empty", nil, .pass, "no key is empty that should not be")
            : Check("env.empty", nil, .warn, "empty: \(names)")
    }

    private var placeholder: Check? {
        let names = values.filter { isPlaceholder($0.key, $0.value) }.keys.sorted()
        return names.isEmpty
            ? Check("env.placeholders", nil, .pass, "no value looks like a placeholder")
            : Check(
                "env.placeholders",
                nil,
                .warn,
                "placeholders: \(names.joined(separator: ", "))"
            )
    }

    private func isPlaceholder(_ key: String, _ value: String) -> Bool {
        if value.isEmpty { return false }
        let text = value.lowercased()
        if text.first == "<" && text.last == ">" { return true }
        guard Self.secretWords.contains(where: key.uppercased().contains) else { return false }
        return sample?[key] == value || Self.placeholders.contains(where: text.contains)
    }
}
