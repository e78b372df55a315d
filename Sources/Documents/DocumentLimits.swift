/// How large a document may become before reading stops.
public struct DocumentLimits: Sendable {
    /// The most bytes that are looked at.
    public var sizeBytes: Int
    /// The deepest nesting, aliases followed.
    public var depth: Int
    /// The most that the tree may hold once aliases are followed: text bytes plus 16 a node.
    public var expandedBytes: Int

    /// Limits that no configuration written by a person reaches.
    public static let standard = DocumentLimits(
        sizeBytes: 1 << 20,
        depth: 64,
        expandedBytes: 16 << 20
    )

    /// Limits of the caller's choice.
    public init(sizeBytes: Int, depth: Int, expandedBytes: Int) {
        self.sizeBytes = sizeBytes
        self.depth = depth
        self.expandedBytes = expandedBytes
    }

    /// What is too much about `bytes` before they are parsed, or nil.
    ///
    /// libyaml compares every tag directive with all before it, so that a megabyte of them would
    /// take seconds; no document needs more than a few.
    func problem(of bytes: [UInt8]) -> String? {
        guard bytes.count <= sizeBytes else { return "larger than \(sizeBytes) bytes" }
        let directive = Array("%TAG".utf8)
        let count = bytes.indices.count { place in
            bytes[place] == directive[0] && bytes[place...].starts(with: directive)
        }
        return count <= Self.directivesMaximum ? nil : "too many tag directives"
    }

    private static let directivesMaximum = 64
}
