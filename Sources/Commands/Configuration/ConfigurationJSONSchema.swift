internal import Documents

/// The schema of `recover.yaml` as a JSON Schema, draft 2020-12, for editors.
enum ConfigurationJSONSchema {
    static var text: String { document.text + "\n" }

    static var document: SchemaJSON {
        let root = schema(of: ConfigurationSchema.root)
        let head: [SchemaJSON.Member] = [
            .init("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
            .init("title", .string("recover.yaml")),
        ]
        return .object(head + root)
    }

    private static func schema(of shape: Shape) -> [SchemaJSON.Member] {
        switch shape {
        case .text(let rule): return string(rule.pattern)
        case .flag: return [type("boolean")]
        case .count(let range):
            let minimum = SchemaJSON.Member("minimum", .integer(range.lowerBound))
            return [type("integer"), minimum, .init("maximum", .integer(range.upperBound))]
        case .duration: return string(Quantity.durationPattern)
        case .size: return string(Quantity.sizePattern)
        case .percent: return string(Quantity.percentPattern)
        case .choice(let words): return [.init("enum", .array(words.map(SchemaJSON.string)))]
        case .list(let item, let unique, let minimum):
            var members = [type("array"), .init("items", .object(schema(of: item)))]
            if unique { members.append(.init("uniqueItems", .boolean(true))) }
            if minimum > 0 { members.append(.init("minItems", .integer(minimum))) }
            return members
        case .table(let value, let names):
            return [type("object"), .init("propertyNames", .object(schema(of: .text(names))))]
                + [.init("additionalProperties", .object(schema(of: value))), extensions]
        case .record(let record):
            guard
                let short = record.short.flatMap({ short in record.keys.first { $0.name == short } }
                )
            else { return schema(of: record) }
            return anyOf(shortForms(of: short.shape) + [schema(of: record)])
        case .variants(let records, let short):
            let key = records[0].keys.first { $0.name == short }
            return anyOf((key.map { shortForms(of: $0.shape) } ?? []) + records.map(schema(of:)))
        case .either(let first, let second): return anyOf([schema(of: first), schema(of: second)])
        case .expectation: return [type("object")]
        }
    }

    private static func schema(of record: Record) -> [SchemaJSON.Member] {
        let required = record.keys.filter(\.isRequired).map { SchemaJSON.string($0.name) }
        let properties = record.keys.map { key in
            SchemaJSON.Member(key.name, .object(describe(key) + schema(of: key.shape)))
        }
        return [type("object"), .init("properties", .object(properties))]
            + (required.isEmpty ? [] : [.init("required", .array(required))])
            + [extensions, .init("additionalProperties", .boolean(false))]
    }

    private static func describe(_ key: Key) -> [SchemaJSON.Member] {
        let description = SchemaJSON.Member("description", .string(key.help))
        switch key.presence {
        case .required: return [description]
        case .optional(let note):
            return [.init("description", .string("\(key.help) If left out: \(note)."))]
        case .standard(let text):
            guard let node = try? YAMLNode(parsing: Array(text.utf8), name: key.name) else {
                preconditionFailure("the default of \(key.name) is no YAML")
            }
            return [description, .init("default", SchemaJSON(ExpectedValue(node)))]
        }
    }

    /// What may stand in place of the whole mapping; one value stands for a list of it.
    private static func shortForms(of shape: Shape) -> [[SchemaJSON.Member]] {
        guard case .list(let item, _, _) = shape else { return [schema(of: shape)] }
        return [schema(of: item), schema(of: shape)]
    }

    private static let extensions = SchemaJSON.Member(
        "patternProperties",
        .object([.init("^x-", .boolean(true))])
    )

    private static func type(_ name: String) -> SchemaJSON.Member { .init("type", .string(name)) }

    private static func string(_ pattern: String) -> [SchemaJSON.Member] {
        [type("string"), .init("pattern", .string(pattern))]
    }

    private static func anyOf(_ schemas: [[SchemaJSON.Member]]) -> [SchemaJSON.Member] {
        [.init("anyOf", .array(schemas.map(SchemaJSON.object)))]
    }
}

extension Key {
    fileprivate var isRequired: Bool {
        guard case .required = presence else { return false }
        return true
    }
}
