/// What a Qdrant component names: a server, and which of its collections.
public struct QdrantSource: Sendable {
    /// How archives leave the server.
    public enum Method: String, Sendable {
        /// As streams, where the server is new enough.
        case auto
        /// As streams.
        case stream
        /// Made on the server, downloaded, deleted: faster, and needs the space there.
        case create
    }

    /// The component's name.
    public var name: String
    /// The node that is asked first.
    public var address: QdrantAddress
    /// Further nodes, by URL; shards are taken from whichever has them.
    public var peers: [String] = []
    /// The collections, by name; nil for all.
    public var collections: [String]?
    /// How archives leave the server.
    public var method = Method.auto
    /// Stands for each collection; none can be called so.
    public static let everyCollection = "*"

    /// The restores of ours into each collection, by its name.
    public var restores: [String: [String]] = [:]
    /// Why it cannot be asked, such as a key that is not there; nil where it can.
    public var fault: String?

    /// Names a source.
    ///
    /// - Parameters:
    ///   - name: The component's name.
    ///   - address: The node that is asked first.
    public init(name: String, address: QdrantAddress) {
        self.name = name
        self.address = address
    }

    /// The nodes, the first one first.
    var nodes: [QdrantAddress] {
        [address]
            + peers.map { url in
                var node = address
                node.url = QdrantAddress(url: url).url
                return node
            }
    }
}
