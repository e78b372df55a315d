/// Builds the tree of one document from libyaml's events.
///
/// Invariants: nothing is deeper than `limits.depth`; `expandedBytes` grows by the whole weight of
/// an anchored node at every alias to it, so no input unfolds into more than its limit allows.
struct YAMLComposer: ~Copyable {
    private struct Composed {
        let node: YAMLNode
        let height: Int
        let weightBytes: Int
    }

    private enum Anchor {
        /// Its node is still being read: an alias to it would have no end.
        case open
        case closed(Composed)
    }

    private static let nodeWeightBytes = 16
    private var events: YAMLEventStream
    private let name: String
    private let limits: DocumentLimits
    private var anchors: [String: Anchor] = [:]
    private var expandedBytes = 0

    init(_ events: consuming YAMLEventStream, name: String, limits: DocumentLimits) {
        self.events = events
        self.name = name
        self.limits = limits
    }

    mutating func document() throws(DocumentError) -> YAMLNode {
        _ = try events.next()  // The start of the stream.
        let start = try events.next()
        guard case .documentStart = start.kind else {
            return YAMLNode(.scalar(YAMLScalar("", style: .plain)), at: start.position)
        }
        let root = try compose(try events.next(), depth: 1).node
        _ = try events.next()  // The end of the document.
        let end = try events.next()
        guard case .streamEnd = end.kind else {
            throw error(.multipleDocuments, "a second document; only one is read", end.position)
        }
        return root
    }

    private mutating func compose(
        _ event: YAMLEvent,
        depth: Int
    ) throws(DocumentError) -> Composed {
        guard depth <= limits.depth else {
            throw error(.limit, "nested deeper than \(limits.depth) levels", event.position)
        }
        if case .alias(let anchor) = event.kind {
            return try follow(anchor, from: event.position, depth: depth)
        }
        if let anchor = event.anchor { anchors[anchor] = .open }
        let before = expandedBytes
        try grow(by: Self.nodeWeightBytes, event.position)
        let content: YAMLNode.Content
        var height = 1
        switch event.kind {
        case .scalar(let text, let style):
            try grow(by: text.utf8.count, event.position)
            content = .scalar(try tagged(text, style, by: event))
        case .sequenceStart:
            try requireTag(of: event, "tag:yaml.org,2002:seq")
            content = .sequence(try sequence(depth: depth, height: &height))
        case .mappingStart:
            try requireTag(of: event, "tag:yaml.org,2002:map")
            content = .mapping(try mapping(depth: depth, height: &height))
        default:
            preconditionFailure("libyaml gave \(event.kind) where a node begins")
        }
        let composed = Composed(
            node: YAMLNode(content, at: event.position),
            height: height,
            weightBytes: expandedBytes - before
        )
        // An inner node that took the same anchor is the more recent one and keeps it.
        if let anchor = event.anchor, case .open = anchors[anchor] {
            anchors[anchor] = .closed(composed)
        }
        return composed
    }

    private mutating func follow(
        _ anchor: String,
        from position: DocumentPosition,
        depth: Int
    ) throws(DocumentError) -> Composed {
        switch anchors[anchor] {
        case nil:
            throw error(.alias, "no anchor \(YAMLText.excerpt(anchor)) before this", position)
        case .open:
            throw error(.alias, "\(YAMLText.excerpt(anchor)) would contain itself", position)
        case .closed(let composed):
            guard depth + composed.height - 1 <= limits.depth else {
                throw error(.limit, "nested deeper than \(limits.depth) levels", position)
            }
            try grow(by: composed.weightBytes, position)
            return composed
        }
    }

    private mutating func sequence(
        depth: Int,
        height: inout Int
    ) throws(DocumentError) -> [YAMLNode] {
        var items: [YAMLNode] = []
        while true {
            let event = try events.next()
            if case .sequenceEnd = event.kind { return items }
            let item = try compose(event, depth: depth + 1)
            height = max(height, item.height + 1)
            items.append(item.node)
        }
    }

    private mutating func mapping(
        depth: Int,
        height: inout Int
    ) throws(DocumentError) -> [YAMLEntry] {
        var entries: [YAMLEntry] = []
        var keys: Set<String> = []
        var merged: YAMLNode?
        while true {
            let event = try events.next()
            if case .mappingEnd = event.kind { break }
            guard let key = try compose(event, depth: depth + 1).node.scalar else {
                throw error(.key, "a key must be a single word or text", event.position)
            }
            let value = try compose(try events.next(), depth: depth + 1)
            height = max(height, value.height + 1)
            guard keys.insert(key.text).inserted else {
                let name = YAMLText.excerpt(key.text)
                throw error(.duplicateKey, "the key \(name) stands here twice", event.position)
            }
            if key == YAMLScalar("<<", style: .plain) {
                merged = value.node
            } else {
                let entry = YAMLEntry(key: key.text, at: event.position, value: value.node)
                entries.append(entry)
            }
        }
        if let merged { try merge(merged, into: &entries, keys: &keys) }
        return entries
    }

    /// Adds what the merge key names: the mapping's own keys win, then the earlier mapping.
    private func merge(
        _ node: YAMLNode,
        into entries: inout [YAMLEntry],
        keys: inout Set<String>
    ) throws(DocumentError) {
        for source in node.items ?? [node] {
            guard let additions = source.entries else {
                let problem = "\"<<\" takes a mapping or a list of mappings"
                throw error(.merge, problem, source.position)
            }
            entries += additions.filter { keys.insert($0.key).inserted }
        }
    }

    /// The scalar as its tag, if it has one, wants it read.
    private func tagged(
        _ text: String,
        _ style: YAMLScalar.Style,
        by event: YAMLEvent
    ) throws(DocumentError) -> YAMLScalar {
        guard let tag = event.tag else { return YAMLScalar(text, style: style) }
        let plain = YAMLScalar(text, style: .plain)
        switch (tag, plain.value) {
        case ("!", _), ("tag:yaml.org,2002:str", _):
            return YAMLScalar(text, style: .quoted)
        case ("tag:yaml.org,2002:null", .null), ("tag:yaml.org,2002:bool", .boolean),
            ("tag:yaml.org,2002:int", .integer), ("tag:yaml.org,2002:float", .integer),
            ("tag:yaml.org,2002:float", .number):
            return plain
        default:
            throw refusedTag(tag, event.position)
        }
    }

    private func requireTag(of event: YAMLEvent, _ tag: String) throws(DocumentError) {
        guard let found = event.tag, found != "!", found != tag else { return }
        throw refusedTag(found, event.position)
    }

    private func refusedTag(_ tag: String, _ position: DocumentPosition) -> DocumentError {
        let name = YAMLText.excerpt(tag)
        return error(.tag, "the tag \(name) is unknown or does not fit the value", position)
    }

    private mutating func grow(
        by bytes: Int,
        _ position: DocumentPosition
    ) throws(DocumentError) {
        expandedBytes += bytes
        guard expandedBytes <= limits.expandedBytes else {
            let problem = "aliases unfold to more than \(limits.expandedBytes) bytes"
            throw error(.limit, problem, position)
        }
    }

    private func error(
        _ code: DocumentError.Code,
        _ problem: String,
        _ position: DocumentPosition
    ) -> DocumentError {
        DocumentError(code, problem, in: name, at: position)
    }
}
