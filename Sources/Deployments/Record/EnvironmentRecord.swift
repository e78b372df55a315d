/// An env file without its values.
public struct EnvironmentRecord: Codable, Sendable, Equatable {
    /// One key.
    public struct Key: Codable, Sendable, Equatable {
        /// Its name.
        public var name: String
        /// Tells whether its value changed; nil where it is empty or there was no key to make it.
        public var fingerprint: String?
        /// The value itself, for `FEATURE_…` and nothing else.
        public var value: String?
    }

    /// Where it lies on this machine, absolute.
    public var path: String
    /// Its permission bits in octal, such as `0600`.
    public var mode: String
    /// The fingerprint of all its bytes; nil where there was no key to make it.
    public var fingerprint: String?
    /// Its name in the component; nil where its bytes are not kept.
    public var storedAs: String?
    /// By name.
    public var keys: [Key]

    enum CodingKeys: String, CodingKey {
        case path, mode, fingerprint, keys
        case storedAs = "stored_as"
    }

    /// States an env file.
    ///
    /// - Parameters:
    ///   - path: Where it lies, absolute.
    ///   - mode: Its permission bits in octal.
    ///   - fingerprint: Of all its bytes.
    ///   - storedAs: Its name in the component.
    ///   - keys: By name.
    public init(
        path: String,
        mode: String,
        fingerprint: String? = nil,
        storedAs: String? = nil,
        keys: [Key]
    ) {
        self.path = path
        self.mode = mode
        self.fingerprint = fingerprint
        self.storedAs = storedAs
        self.keys = keys
    }

    /// The `FEATURE_…` values by name.
    public var features: [String: String] {
        var found: [String: String] = [:]
        for key in keys { found[key.name] = key.value }
        return found
    }

    /// The keys whose values differ, or that only one of the two has.
    ///
    /// - Parameter other: Of fingerprints made with the same key.
    /// - Returns: Names in order.
    public func changedKeys(from other: EnvironmentRecord) -> [String] {
        let mine = Dictionary(keys.map { ($0.name, $0.fingerprint) }) { $1 }
        let theirs = Dictionary(other.keys.map { ($0.name, $0.fingerprint) }) { $1 }
        return Set(mine.keys).union(theirs.keys).filter { name in
            switch (mine[name], theirs[name]) {
            case (.some(let one), .some(let two)): one != two
            default: true
            }
        }.sorted()
    }
}
