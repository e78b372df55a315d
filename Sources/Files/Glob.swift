/// A pattern over relative paths: `*` and `?` within a component, `[a-z]`, and `**` for any number
/// of components.
///
/// Matching is by bytes.
public struct Glob: Hashable, Sendable {
    /// The pattern as it was written.
    public let text: String
    private let components: [[UInt8]]

    /// Takes a pattern.
    ///
    /// - Parameter text: Such as `**/*.tmp`; one without a slash matches a name at any depth.
    public init(_ text: String) {
        self.text = text
        let parts = text.utf8.split(separator: .slash).map { Array($0) }
        components = text.utf8.contains(.slash) ? parts : [[0x2A, 0x2A]] + parts
    }

    /// Whether a path matches the whole pattern.
    ///
    /// - Parameter path: Relative.
    /// - Returns: The verdict.
    public func matches(_ path: Path) -> Bool {
        let parts = path.bytes.split(separator: .slash).map { Array($0) }
        return Self.matches(components[...], parts[...])
    }

    /// Whether a text holds characters that make it a pattern.
    ///
    /// - Parameter text: A path or pattern.
    /// - Returns: Whether it is a pattern.
    public static func isPattern(_ text: String) -> Bool {
        text.utf8.contains { "*?[".utf8.contains($0) }
    }

    private static func matches(_ pattern: ArraySlice<[UInt8]>, _ parts: ArraySlice<[UInt8]>)
        -> Bool
    {
        let anyDepth: [UInt8] = [0x2A, 0x2A]
        var pattern = pattern
        var parts = parts
        // Where to go back to when what follows `**` does not fit; only the last one can help.
        var retry: (pattern: ArraySlice<[UInt8]>, parts: ArraySlice<[UInt8]>)?
        while let part = parts.first {
            if pattern.first == anyDepth {
                pattern = pattern.dropFirst()
                retry = (pattern, parts)
            } else if let first = pattern.first, matchesName(first[...], part[...]) {
                pattern = pattern.dropFirst()
                parts = parts.dropFirst()
            } else if let last = retry {
                pattern = last.pattern
                parts = last.parts.dropFirst()
                retry = (pattern, parts)
            } else {
                return false
            }
        }
        return pattern.allSatisfy { $0 == anyDepth }
    }

    private static func matchesName(_ pattern: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>) -> Bool
    {
        var pattern = pattern
        var name = name
        // Where to go back to when what follows a star does not fit.
        var retry: (pattern: ArraySlice<UInt8>, name: ArraySlice<UInt8>)?
        while !name.isEmpty {
            if pattern.first == 0x2A {
                pattern = pattern.dropFirst()
                retry = (pattern, name)
            } else if let rest = step(pattern, name) {
                pattern = rest
                name = name.dropFirst()
            } else if let last = retry {
                pattern = last.pattern
                name = last.name.dropFirst()
                retry = (pattern, name)
            } else {
                return false
            }
        }
        return pattern.allSatisfy { $0 == 0x2A }
    }

    /// The pattern behind one matched byte, or nil.
    private static func step(
        _ pattern: ArraySlice<UInt8>,
        _ name: ArraySlice<UInt8>
    ) -> ArraySlice<UInt8>? {
        guard let first = pattern.first, let byte = name.first else { return nil }
        if first == 0x3F { return pattern.dropFirst() }
        guard first == 0x5B, let close = pattern.dropFirst(2).firstIndex(of: 0x5D) else {
            return first == byte ? pattern.dropFirst() : nil
        }
        var set = pattern[(pattern.startIndex + 1)..<close]
        let isNegated = set.first == 0x21 || set.first == 0x5E
        if isNegated { set = set.dropFirst() }
        var isInside = false
        while let low = set.first {
            if set.count >= 3, set[set.startIndex + 1] == 0x2D {
                isInside = isInside || (low...max(low, set[set.startIndex + 2])).contains(byte)
                set = set.dropFirst(3)
            } else {
                isInside = isInside || low == byte
                set = set.dropFirst()
            }
        }
        return isInside != isNegated ? pattern[(close + 1)...] : nil
    }
}
