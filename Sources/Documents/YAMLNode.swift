/// One node of a YAML document with the place where it stands.
///
/// Aliases are followed and merge keys applied, so a node reached twice carries the place of its
/// definition. No mapping holds a key twice.
public struct YAMLNode: Sendable, Hashable {
    /// What a node can be.
    public indirect enum Content: Sendable, Hashable {
        /// A single value.
        case scalar(YAMLScalar)
        /// A list.
        case sequence([YAMLNode])
        /// Keys and values in the order of the document; merged ones follow the node's own.
        case mapping([YAMLEntry])
    }

    /// The node's content.
    public let content: Content
    /// Where the node begins.
    public let position: DocumentPosition

    /// A node made by the caller.
    public init(_ content: Content, at position: DocumentPosition) {
        self.content = content
        self.position = position
    }

    /// Reads the one document that `bytes` hold; no document at all reads as a null scalar.
    ///
    /// - Parameters:
    ///   - bytes: The text in UTF-8, with or without a byte order mark.
    ///   - name: What messages call the document.
    ///   - limits: How large the document may become.
    /// - Throws: ``DocumentError`` for anything that is not a plain tree of core YAML.
    public init(
        parsing bytes: [UInt8],
        name: String,
        limits: DocumentLimits = .standard
    ) throws(DocumentError) {
        if let problem = limits.problem(of: bytes) {
            throw DocumentError(.limit, problem, in: name, at: DocumentPosition(line: 1, column: 1))
        }
        let events = try YAMLEventStream(bytes, name: name)
        var composer = YAMLComposer(events, name: name, limits: limits)
        self = try composer.document()
    }

    /// The scalar, or nil for a list or a mapping.
    public var scalar: YAMLScalar? {
        guard case .scalar(let scalar) = content else { return nil }
        return scalar
    }

    /// The items, or nil for anything but a list.
    public var items: [YAMLNode]? {
        guard case .sequence(let items) = content else { return nil }
        return items
    }

    /// The entries, or nil for anything but a mapping.
    public var entries: [YAMLEntry]? {
        guard case .mapping(let entries) = content else { return nil }
        return entries
    }

    /// The value of `key`, or nil where there is none or the node is no mapping.
    public subscript(key: String) -> YAMLNode? {
        entries?.first { $0.key == key }?.value
    }
}
