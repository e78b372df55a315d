/// Why a document could not be read.
public struct DocumentError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure.
    public enum Code: Sendable {
        /// The text is not YAML.
        case syntax
        /// The bytes are not UTF-8, or hold control characters.
        case encoding
        /// A limit of size, directives, depth or expansion is passed.
        case limit
        /// A second document follows the first.
        case multipleDocuments
        /// A key stands twice in one mapping.
        case duplicateKey
        /// A key is a list or a mapping.
        case key
        /// An alias has no anchor, or stands inside the node that it names.
        case alias
        /// The merge key `<<` has a value that cannot be merged.
        case merge
        /// A tag is not one of the core schema, or contradicts its value.
        case tag
        /// libyaml had no memory.
        case memory
    }

    /// The kind of failure.
    public let code: Code
    /// What is wrong, without its place.
    public let problem: String
    /// libyaml's own words, where it had some.
    public let cause: String?
    /// Where it is wrong.
    public let position: DocumentPosition
    private let name: String

    init(
        _ code: Code,
        _ problem: String,
        in name: String,
        at position: DocumentPosition,
        cause: String? = nil
    ) {
        self.code = code
        self.problem = problem
        self.cause = cause
        self.position = position
        self.name = name
    }

    /// What is wrong, beginning with `name:line:column`.
    public var message: String { "\(name):\(position.line):\(position.column): \(problem)" }

    /// The message, with libyaml's words behind it.
    public var description: String {
        guard let cause else { return message }
        return "\(message) (\(cause))"
    }
}
