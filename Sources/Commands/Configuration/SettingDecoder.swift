internal import Arguments
internal import Documents

/// Turns a document into settings by a schema and collects every problem on the way.
///
/// A value with a problem is left out of the tree, so only a tree without problems is whole.
struct SettingDecoder {
    /// Where the node being read comes from, and its key with those above it.
    struct Place {
        enum Source {
            case file
            case standard
            case override(ConfigurationOrigin)
        }

        let key: String
        let source: Source

        var isOutside: Bool {
            guard case .override = source else { return false }
            return true
        }

        func below(_ name: String) -> Place {
            Place(key: key.isEmpty ? name : "\(key).\(name)", source: source)
        }
    }

    let fileName: String
    /// The absolute path of the file's folder, from which its relative paths start.
    let folder: String
    private var overrides: [String: ConfigurationOverride]
    private(set) var problems: [ConfigurationProblem] = []

    init(fileName: String, folder: String, overrides: [ConfigurationOverride]) {
        precondition(folder.utf8.first == UInt8(ascii: "/"))
        self.fileName = fileName
        self.folder = folder
        self.overrides = [:]
        for override in overrides { self.overrides[override.key] = override }
    }

    /// The whole tree of `node`, as far as it is right.
    mutating func decode(_ node: YAMLNode, as record: Record) -> Setting? {
        let setting = decode(node, .record(record), Place(key: "", source: .file))
        for (key, override) in overrides.sorted(by: { $0.key < $1.key }) {
            let text = "there is no value \(key) that could be set from outside"
            problems.append(ConfigurationProblem(.unknownKey, at: override.origin, text))
        }
        return setting
    }

    mutating func report(
        _ code: ConfigurationProblem.Code,
        at origin: ConfigurationOrigin,
        _ text: String
    ) {
        problems.append(ConfigurationProblem(code, at: origin, text))
    }

    func origin(_ position: DocumentPosition, _ place: Place) -> ConfigurationOrigin {
        switch place.source {
        case .file: .file(fileName, position)
        case .standard: .standard
        case .override(let origin): origin
        }
    }

    mutating func decode(_ node: YAMLNode, _ shape: Shape, _ place: Place) -> Setting? {
        let content =
            switch shape {
            case .record(let record): fields(of: node, record, place)
            case .variants(let records, let short): variant(node, records, short, place)
            case .table(let shape, let names): table(node, shape, names, place)
            case .list(let shape, let unique, let minimum):
                list(node, shape, unique: unique, minimum: minimum, place)
            case .either(let first, let second): either(node, first, second, place)
            case .expectation: expectation(node, place)
            default: scalar(node, shape, place, expected: shape.expected)
            }
        return content.map { Setting(content: $0, origin: origin(node.position, place)) }
    }

    /// Reads as the shape that fits; a message names both when neither does.
    private mutating func either(
        _ node: YAMLNode,
        _ first: Shape,
        _ second: Shape,
        _ place: Place
    ) -> Setting.Content? {
        if first.fits(node) { return decode(node, first, place)?.content }
        if second.fits(node) { return decode(node, second, place)?.content }
        refuse(node, Shape.either(first, second).expected, place)
        return nil
    }

    // MARK: Mappings

    private mutating func fields(
        of node: YAMLNode,
        _ record: Record,
        _ place: Place
    ) -> Setting.Content? {
        guard let node = mapping(node, short: record.short, keys: record.keys) else {
            refuse(node, Shape.record(record).expected, place)
            return nil
        }
        reportUnknownKeys(of: node, record.keys.map(\.name), place)
        return .fields(record.keys.compactMap { field($0, of: node, place) })
    }

    /// A bare value as the mapping that it stands for; nil where nothing may stand for it.
    private func mapping(_ node: YAMLNode, short: String?, keys: [Key]) -> YAMLNode? {
        if node.entries != nil { return node }
        guard let short, node.scalar?.value != .null,
            let key = keys.first(where: { $0.name == short })
        else { return nil }
        var value = node
        if case .list = key.shape {
            value = node.items == nil ? YAMLNode(.sequence([node]), at: node.position) : node
        } else if node.items != nil {
            return nil
        }
        let entry = YAMLEntry(key: short, at: node.position, value: value)
        return YAMLNode(.mapping([entry]), at: node.position)
    }

    private mutating func variant(
        _ node: YAMLNode,
        _ records: [Record],
        _ short: String,
        _ place: Place
    ) -> Setting.Content? {
        let kinds = records.map { $0.keys[0].name }
        guard let node = mapping(node, short: short, keys: records[0].keys) else {
            refuse(node, "a path or a mapping", place)
            return nil
        }
        let given = kinds.filter { node[$0] != nil }
        guard let kind = given.first, given.count == 1,
            let record = records.first(where: { $0.keys[0].name == kind })
        else {
            let known = records.flatMap(\.keys).map(\.name)
            reportUnknownKeys(of: node, known, place)
            let words = kinds.joined(separator: ", ")
            let found = given.isEmpty ? "none" : given.joined(separator: " and ")
            let text = "\(place.key): expected exactly one of \(words), found \(found)"
            report(.contradiction, at: origin(node.position, place), text)
            return nil
        }
        return fields(of: node, record, place)
    }

    private mutating func field(_ key: Key, of node: YAMLNode, _ place: Place) -> Setting.Field? {
        let below = place.below(key.name)
        let setting: Setting?
        if let override = overrides.removeValue(forKey: below.key) {
            let value = YAMLNode(
                .scalar(YAMLScalar(override.value, style: .plain)),
                at: DocumentPosition(line: 1, column: 1)
            )
            let source = Place(key: below.key, source: .override(override.origin))
            setting = decode(value, key.shape, source)
        } else if let value = node[key.name] {
            setting = decode(value, key.shape, below)
        } else {
            setting = absent(key, of: node, below)
        }
        return setting.map {
            Setting.Field(name: key.name, setting: $0, isMasked: key.isMasked)
        }
    }

    private mutating func absent(_ key: Key, of node: YAMLNode, _ place: Place) -> Setting? {
        let standard = Place(key: place.key, source: .standard)
        switch key.presence {
        case .required:
            report(.missingKey, at: origin(node.position, place), "missing key \(place.key)")
            return nil
        case .standard(let text):
            guard let value = try? YAMLNode(parsing: Array(text.utf8), name: key.name) else {
                preconditionFailure("the default of \(key.name) is no YAML")
            }
            return decode(value, key.shape, standard)
        case .optional(let note):
            let inside = overrides.filter { $0.key.behind("\(place.key).") != nil }
            guard let first = inside.min(by: { $0.key < $1.key })?.value else {
                return Setting(content: .unset(note), origin: .standard)
            }
            // Only outside values fill this section.
            let outside = Place(key: place.key, source: .override(first.origin))
            return decode(YAMLNode(.mapping([]), at: node.position), key.shape, outside)
        }
    }

    private mutating func table(
        _ node: YAMLNode,
        _ shape: Shape,
        _ names: TextRule,
        _ place: Place
    ) -> Setting.Content? {
        guard let entries = node.entries else {
            refuse(node, "a mapping", place)
            return nil
        }
        var fields: [Setting.Field] = []
        for entry in entries where !entry.isExtension {
            if !names.accepts(entry.key) {
                let found = YAMLText.excerpt(entry.key)
                let text = "\(place.key): expected \(names.expected), found \(found)"
                report(.wrongValue, at: origin(entry.position, place), text)
            }
            if let setting = decode(entry.value, shape, place.below(YAMLText.comment(entry.key))) {
                fields.append(Setting.Field(name: entry.key, setting: setting, isMasked: false))
            }
        }
        return .fields(fields)
    }

    private mutating func reportUnknownKeys(
        of node: YAMLNode,
        _ known: [String],
        _ place: Place
    ) {
        for entry in node.entries ?? [] where !entry.isExtension && !known.contains(entry.key) {
            let near = nearestNames(to: entry.key, among: known)
            let hint = near.isEmpty ? "" : "; did you mean \(near.joined(separator: " or "))?"
            let section = place.key.isEmpty ? "" : " in \(place.key)"
            let text = "unknown key \(YAMLText.excerpt(entry.key))\(section)\(hint)"
            report(.unknownKey, at: origin(entry.position, place), text)
        }
    }
}

extension YAMLEntry {
    /// Whether the key is the user's own: it may stand in every mapping and means nothing to us.
    fileprivate var isExtension: Bool { key.behind("x-") != nil }
}
