/// One thing in a repository that is not as it was written, with all that it touches.
public struct Damage: Sendable, Equatable, Encodable {
    /// What sort of thing it is.
    public enum Kind: String, Sendable, Encodable {
        /// A pack: missing, cut short or changed.
        case pack
        /// A chunk that no pack holds.
        case chunk
        /// The manifest of a component.
        case manifest
        /// A file whose chunks are whole and do not make what was captured.
        case file
        /// The document of a snapshot.
        case snapshot
    }

    /// Something that cannot be brought back as it was captured.
    public struct Touched: Sendable, Hashable, Encodable {
        /// The snapshot's id.
        public var snapshot: String
        /// The component; nil where it is the snapshot as a whole.
        public var component: String?
        /// The path from the component's root, for people; nil where it is no single one.
        public var path: String?
        /// Which part of it is lost, such as `content`.
        public var what: String

        /// Names something.
        ///
        /// - Parameters:
        ///   - snapshot: The snapshot's id.
        ///   - component: The component.
        ///   - path: The path from the component's root.
        ///   - what: Which part of it is lost.
        public init(snapshot: String, component: String?, path: String?, what: String) {
            self.snapshot = snapshot
            self.component = component
            self.path = path
            self.what = what
        }
    }

    /// What sort of thing it is.
    public var kind: Kind
    /// The object's name, the chunk's id, or the path.
    public var name: String
    /// What is wrong, one text for each place.
    public var reasons: [String]
    /// The chunks of snapshots that cannot be read there.
    public var chunks: [String] = []
    /// What is lost by it; empty where every chunk is whole in another pack.
    public var touches: [Touched] = []

    init(_ kind: Kind, _ name: String, _ reasons: [String]) {
        self.kind = kind
        self.name = name
        // What reads an object begins with its name.
        self.reasons = reasons.map {
            $0.hasPrefix(name + ": ") ? String($0.dropFirst(name.count + 2)) : $0
        }
    }
}
