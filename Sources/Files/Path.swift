/// A path or a file name as the kernel knows it: bytes without NUL, in no particular encoding.
///
/// Paths order by component, so that a folder's children follow it directly:
/// `a` < `a/b` < `a-b`, although `-` is a smaller byte than `/`.
public struct Path: Hashable, Sendable {
    /// The bytes, without a terminating NUL.
    public let bytes: [UInt8]

    /// Takes bytes as they come from the kernel or from a manifest.
    ///
    /// - Parameter bytes: Any bytes but NUL.
    public init(bytes: [UInt8]) {
        precondition(!bytes.contains(0), "a path holds no NUL")
        self.bytes = bytes
    }

    /// Takes a text from a person or from our own code; anything from its first NUL on is dropped.
    ///
    /// - Parameter text: UTF-8 text.
    public init(_ text: String) {
        bytes = Array(text.utf8.prefix { $0 != 0 })
    }

    /// Whether the path starts at the root.
    public var isAbsolute: Bool { bytes.first == .slash }

    /// The bytes after the last slash.
    public var lastComponent: Path {
        guard let slash = bytes.lastIndex(of: .slash) else { return self }
        return Path(bytes: Array(bytes[(slash + 1)...]))
    }

    /// The path without its last component; `.` where there is none, `/` at the root.
    public var parent: Path {
        guard let slash = bytes.lastIndex(of: .slash) else { return Path(".") }
        return slash == 0 ? Path("/") : Path(bytes: Array(bytes[..<slash]))
    }

    /// The components between slashes, without empty ones.
    public var components: [Path] {
        bytes.split(separator: .slash).map { Path(bytes: Array($0)) }
    }

    /// Joins a name or relative path to this one.
    ///
    /// - Parameter other: What follows; an absolute path replaces this one.
    /// - Returns: The joined path.
    public func appending(_ other: Path) -> Path {
        if bytes.isEmpty || other.isAbsolute { return other }
        if other.bytes.isEmpty { return self }
        return Path(
            bytes: bytes.last == .slash ? bytes + other.bytes : bytes + [.slash] + other.bytes
        )
    }

    /// Joins a text to this path.
    ///
    /// - Parameter text: What follows.
    /// - Returns: The joined path.
    public func appending(_ text: String) -> Path {
        appending(Path(text))
    }

    /// Lengthens the last component.
    ///
    /// - Parameter suffix: Text put behind the name, such as `-wal`.
    /// - Returns: The lengthened path.
    public func adding(suffix: String) -> Path {
        Path(bytes: bytes + Array(suffix.utf8))
    }

    /// The path without the end of its name.
    ///
    /// - Parameter suffix: Text behind the name, such as `-wal`.
    /// - Returns: Nil where the path does not end with it.
    public func removing(suffix: String) -> Path? {
        let end = Array(suffix.utf8)
        guard bytes.suffix(end.count).elementsEqual(end) else { return nil }
        return Path(bytes: Array(bytes.dropLast(end.count)))
    }

    /// The same path without `.`, empty components and, as far as they can be resolved by text, `..`.
    public var normalized: Path {
        var kept: [Path] = []
        for component in components where component.bytes != [.dot] {
            if component.bytes == [.dot, .dot], let last = kept.last, last.bytes != [.dot, .dot] {
                kept.removeLast()
            } else if component.bytes != [.dot, .dot] || !isAbsolute {
                kept.append(component)
            }
        }
        let joined = Array(kept.map(\.bytes).joined(separator: [.slash]))
        if isAbsolute { return Path(bytes: [.slash] + joined) }
        return joined.isEmpty ? Path(".") : Path(bytes: joined)
    }

    /// Whether `other` is this path or lies below it.
    ///
    /// - Parameter other: A path in the same form, absolute or relative.
    /// - Returns: Whether this path leads to it.
    public func contains(_ other: Path) -> Bool {
        guard other.bytes.starts(with: bytes) else { return false }
        return other.bytes.count == bytes.count || bytes.last == .slash
            || other.bytes[bytes.count] == .slash
    }

    /// The part of `other` below this path.
    ///
    /// - Parameter other: A path that this one contains.
    /// - Returns: The relative path, or nil where it is not below.
    public func relative(_ other: Path) -> Path? {
        guard contains(other) else { return nil }
        let rest = other.bytes.dropFirst(bytes.count)
        return Path(bytes: Array(rest.first == .slash ? rest.dropFirst() : rest))
    }

    /// The path as UTF-8 text, or nil where its bytes are not UTF-8.
    public var text: String? {
        String(validating: bytes, as: UTF8.self)
    }
}

extension Path: Comparable {
    /// Orders as a walk meets paths: by bytes, a slash before anything else.
    public static func < (left: Path, right: Path) -> Bool {
        let (one, two) = (left.bytes.span, right.bytes.span)
        let count = min(one.count, two.count)
        var index = 0
        while index < count, one[index] == two[index] { index += 1 }
        if index == count { return one.count < two.count }
        if one[index] == .slash { return true }
        if two[index] == .slash { return false }
        return one[index] < two[index]
    }
}

extension Path: CustomStringConvertible {
    /// For people: UTF-8 as it is; control characters and other bytes as `\xNN`.
    public var description: String {
        if let text, !text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) {
            return text
        }
        var result = ""
        for byte in bytes {
            if byte >= 32 && byte < 127 {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return result
    }
}

extension UInt8 {
    /// The byte `/`.
    public static let slash: UInt8 = 0x2F
    /// The byte `.`.
    public static let dot: UInt8 = 0x2E
}
