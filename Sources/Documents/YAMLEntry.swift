/// One key of a mapping with its value.
public struct YAMLEntry: Sendable, Hashable {
    /// The key's text, whatever its style.
    public let key: String
    /// Where the key stands.
    public let position: DocumentPosition
    /// What the key holds.
    public let value: YAMLNode

    /// An entry made by the caller.
    public init(key: String, at position: DocumentPosition, value: YAMLNode) {
        self.key = key
        self.position = position
        self.value = value
    }
}
