import Testing

/// The shape of a JSON document: a line for each path with the type that stands there.
///
/// Written down it is a schema that a person can review, and rules can be held against it.
struct JSONShape {
    private var types: [String: Set<String>] = [:]

    /// Reads the shape of a document.
    ///
    /// - Parameters:
    ///   - value: The document.
    ///   - opaque: Paths of objects whose keys are data and not ours.
    init(_ value: JSONValue, opaque: Set<String> = []) {
        add(value, at: "", opaque)
    }

    /// One line a path, in order.
    var text: String {
        types.keys.sorted().map { path in
            "\(path) \((types[path] ?? []).sorted().joined(separator: "|"))\n"
        }.joined()
    }

    private mutating func add(_ value: JSONValue, at path: String, _ opaque: Set<String>) {
        func note(_ type: String) { types[path, default: []].insert(type) }
        switch value {
        case .null: note("null")
        case .boolean: note("boolean")
        case .number: note("number")
        case .string(let text): note(Self.isTime(text) ? "time" : "string")
        case .array(let items):
            if items.isEmpty { note("array") }
            for item in items { add(item, at: path + "[]", opaque) }
        case .object(let members):
            if opaque.contains(path) || members.isEmpty { note("object") }
            if opaque.contains(path) { return }
            for (key, member) in members {
                add(member, at: path.isEmpty ? key : "\(path).\(key)", opaque)
            }
        }
    }

    static func isTime(_ text: String) -> Bool {
        text.wholeMatch(
            of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d/
        ) != nil
    }

    /// What breaks the rules that all documents keep.
    var faults: [String] {
        types.flatMap { path, types -> [String] in
            let key = String(path.split(separator: ".").last ?? "").filter {
                $0 != "[" && $0 != "]"
            }
            var faults: [String] = []
            if key.wholeMatch(of: /[a-z0-9]+(_[a-z0-9]+)*/) == nil {
                faults.append("\(path) is not in snake case")
            }
            if types.contains("time") != key.hasSuffix("_at") {
                faults.append("\(path): times end in _at, and nothing else does")
            }
            let isNumber = types.contains("number")
            if isNumber, key.contains("size") || key.contains("byte"),
                !key.hasSuffix("_bytes"), !key.hasSuffix("bytes_per_second")
            {
                faults.append("\(path): bytes end in _bytes")
            }
            if isNumber, key.contains("second") || key.contains("duration"),
                !key.hasSuffix("_seconds"), !key.hasSuffix("_per_second")
            {
                faults.append("\(path): seconds end in _seconds")
            }
            return faults
        }
    }

    /// What every document has at its top.
    static let envelope = [
        "data", "errors", "exit_code", "finished_at", "ok", "operation", "schema", "stack",
        "started_at", "warnings",
    ]

    /// The keys at the top.
    var keys: Set<String> {
        Set(types.keys.map { String($0.prefix { $0 != "." && $0 != "[" }) })
    }
}
