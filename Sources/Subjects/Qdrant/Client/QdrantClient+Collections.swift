public import Transfers

extension QdrantClient {
    /// Which server answers; needs no key.
    ///
    /// - Returns: Its version.
    /// - Throws: ``QdrantError``; `notQdrant` where something else answers.
    public func version() throws(QdrantError) -> QdrantVersion {
        let call = Call("GET", "/")
        let version = try decode(QdrantVersion.self, try answer(call), call)
        guard version.title.hasPrefix("qdrant") else {
            throw QdrantError(.notQdrant, "\(address.url) is no Qdrant: it says \(version.title)")
        }
        return version
    }

    /// Whether a Qdrant answers now; it is asked once.
    var isAnswering: Bool {
        var call = Call("GET", "/")
        call.isRepeatable = false
        guard let response = try? answer(call) else { return false }
        return (try? decode(QdrantVersion.self, response, call)) != nil
    }

    private struct Names: Decodable {
        struct Name: Decodable {
            var name: String
        }
        var collections: [Name]
    }

    /// The collections that we may see.
    ///
    /// - Returns: Their names, sorted.
    /// - Throws: ``QdrantError``.
    public func collections() throws(QdrantError) -> [String] {
        try result(Call("GET", "/collections"), as: Names.self).collections.map(\.name).sorted()
    }

    private struct Aliases: Decodable {
        var aliases: [QdrantAlias]
    }

    /// The aliases that we may see.
    ///
    /// - Returns: In order of alias.
    /// - Throws: ``QdrantError``.
    public func aliases() throws(QdrantError) -> [QdrantAlias] {
        try result(Call("GET", "/aliases"), as: Aliases.self).aliases
            .sorted { $0.aliasName < $1.aliasName }
    }

    /// Parameters, payload schema, status and counts of a collection.
    ///
    /// - Parameter name: The collection.
    /// - Returns: As the server says it.
    /// - Throws: ``QdrantError``.
    public func collection(_ name: String) throws(QdrantError) -> JSONValue {
        try result(Call("GET", path(name)), as: JSONValue.self)
    }

    /// The nodes, as far as we may know.
    ///
    /// - Returns: Nil where our key does not allow to ask: a token for one collection does not.
    /// - Throws: ``QdrantError``.
    public func cluster() throws(QdrantError) -> JSONValue? {
        do throws(QdrantError) {
            return try result(Call("GET", "/cluster"), as: JSONValue.self)
        } catch {
            guard error.code == .forbidden else { throw error }
            return nil
        }
    }

    /// Where the shards of a collection are.
    ///
    /// - Parameter name: The collection.
    /// - Returns: As this node sees it; on a server without a cluster, too.
    /// - Throws: ``QdrantError``.
    public func shards(of name: String) throws(QdrantError) -> QdrantShards {
        try result(Call("GET", path(name) + "/cluster"), as: QdrantShards.self)
    }

    private struct Count: Decodable {
        var count: UInt64
    }

    private struct Exact: Encodable {
        var exact = true
    }

    /// How many points a collection has, counted.
    ///
    /// - Parameter name: The collection.
    /// - Returns: The number at one moment.
    /// - Throws: ``QdrantError``.
    public func count(_ name: String) throws(QdrantError) -> UInt64 {
        let call = Call("POST", path(name) + "/points/count", json: Exact())
        return try result(call, as: Count.self).count
    }

    private struct Scroll: Encodable {
        var limit: Int
        var offset: JSONValue?
        var withPayload: Bool
        var withVector: Bool

        enum CodingKeys: String, CodingKey {
            case limit
            case offset
            case withPayload = "with_payload"
            case withVector = "with_vector"
        }
    }

    /// A page of points in order of id: numbers, then UUIDs.
    ///
    /// - Parameters:
    ///   - name: The collection.
    ///   - limit: How many at most.
    ///   - offset: The id to begin with, there or not; nil for the first.
    ///   - isWhole: With payload and vectors, or the ids alone.
    /// - Returns: The points and where the next page begins.
    /// - Throws: ``QdrantError``.
    public func scroll(
        _ name: String,
        limit: Int,
        from offset: JSONValue?,
        isWhole: Bool = true
    ) throws(QdrantError) -> QdrantPoints {
        let body = Scroll(
            limit: limit,
            offset: offset,
            withPayload: isWhole,
            withVector: isWhole
        )
        return try result(
            Call("POST", path(name) + "/points/scroll", json: body),
            as: QdrantPoints.self
        )
    }

    /// The path of a collection.
    func path(_ collection: String) -> String { "/collections/" + Self.escaped(collection) }

    /// The path of a collection, or of one of its shards.
    func path(_ collection: String, shard: Int?) -> String {
        path(collection) + (shard.map { "/shards/\($0)" } ?? "")
    }
}
