internal import Documents

extension SettingDecoder {
    mutating func list(
        _ node: YAMLNode,
        _ shape: Shape,
        unique: Bool,
        minimum: Int,
        _ place: Place
    ) -> Setting.Content? {
        guard let items = node.items else {
            refuse(node, "a list", place)
            return nil
        }
        if items.count < minimum {
            let text = "\(place.key): the list must not be empty"
            report(.wrongValue, at: origin(node.position, place), text)
        }
        var settings: [Setting] = []
        var seen: Set<String> = []
        for item in items {
            guard let setting = decode(item, shape, place) else { continue }
            if unique, let text = setting.text, !seen.insert(text).inserted {
                let problem = "\(place.key): \(YAMLText.excerpt(text)) stands here twice"
                report(.wrongValue, at: setting.origin, problem)
            }
            settings.append(setting)
        }
        return .list(settings)
    }

    mutating func expectation(_ node: YAMLNode, _ place: Place) -> Setting.Content? {
        guard node.entries != nil else {
            refuse(node, Shape.expectation.expected, place)
            return nil
        }
        return .expectation(ExpectedValue(node))
    }

    /// A single value; the words of `expected` stand in the message when it is refused.
    mutating func scalar(
        _ node: YAMLNode,
        _ shape: Shape,
        _ place: Place,
        expected: String
    ) -> Setting.Content? {
        if let scalar = node.scalar, let content = value(scalar, shape, place) { return content }
        if place.isOutside, case .text(.path) = shape {
            refuse(node, "an absolute path", place)
        } else if case .text(.secret) = shape {
            let text = "\(place.key): expected \(expected); the value itself is not shown"
            report(.literalSecret, at: origin(node.position, place), text)
        } else {
            refuse(node, expected, shown: shape.mayBeShown, place)
        }
        return nil
    }

    mutating func refuse(
        _ node: YAMLNode,
        _ expected: String,
        shown: Bool = true,
        _ place: Place
    ) {
        let subject = place.key.isEmpty ? "" : "\(place.key): "
        let text = "\(subject)expected \(expected), found \(node.description(shown: shown))"
        report(.wrongValue, at: origin(node.position, place), text)
    }

    private func value(
        _ scalar: YAMLScalar,
        _ shape: Shape,
        _ place: Place
    ) -> Setting.Content? {
        let value = scalar.value
        switch shape {
        case .text(let rule):
            // A number is as good a text as any; a bare `true` or nothing is likely a slip.
            if value == .null { return nil }
            if case .boolean = value { return nil }
            guard rule.accepts(scalar.text) else { return nil }
            return resolved(scalar.text, rule, place).map(Setting.Content.text)
        case .flag:
            guard case .boolean(let flag) = value else { return nil }
            return .flag(flag)
        case .count(let range):
            guard case .integer(let count) = value, range.contains(count) else { return nil }
            return .count(count)
        case .duration(let minimum):
            guard let seconds = Quantity.durationSeconds(scalar.text), seconds >= minimum else {
                return nil
            }
            return .duration(seconds: seconds, written: scalar.text)
        case .size:
            return Quantity.sizeBytes(scalar.text).map { .size(bytes: $0, written: scalar.text) }
        case .percent:
            return Quantity.percent(scalar.text).map(Setting.Content.percent)
        case .choice(let words):
            return words.contains(scalar.text) ? .text(scalar.text) : nil
        default:
            preconditionFailure("\(shape) is no shape of a scalar")
        }
    }

    /// The text with its path made absolute; nil for a relative path from outside the file.
    private func resolved(_ text: String, _ rule: TextRule, _ place: Place) -> String? {
        switch rule {
        case .path: return absolute(text, place)
        case .policy: return RetentionPolicyFile.isPath(text) ? absolute(text, place) : text
        case .secret:
            guard let path = text.behind("file:") else { return text }
            return absolute(path, place).map { "file:\($0)" }
        default: return text
        }
    }

    private func absolute(_ path: String, _ place: Place) -> String? {
        if path.utf8.first == UInt8(ascii: "/") { return path }
        if place.isOutside { return nil }
        let relative = path.behind("./") ?? path
        return folder == "/" ? "/\(relative)" : "\(folder)/\(relative)"
    }
}

extension Shape {
    /// Whether `node` looks like this shape, so that it should be read as such.
    func fits(_ node: YAMLNode) -> Bool {
        switch (self, node.content) {
        case (.list, .sequence), (.record, .mapping), (.text, .scalar): return true
        case (.duration, .scalar(let scalar)): return Quantity.durationSeconds(scalar.text) != nil
        case (.flag, .scalar(let scalar)):
            guard case .boolean = scalar.value else { return false }
            return true
        case (.choice(let words), .scalar(let scalar)): return words.contains(scalar.text)
        default: return false
        }
    }
}

extension YAMLNode {
    fileprivate func description(shown: Bool) -> String {
        switch content {
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .scalar(let scalar):
            switch scalar.value {
            case .null: "nothing"
            case _ where !shown: "something else, not shown here"
            case .boolean, .integer, .number: scalar.text
            case .text(let text) where text.mayHoldPassword: "a URL, not shown here"
            case .text(let text): YAMLText.excerpt(text)
            }
        }
    }
}
