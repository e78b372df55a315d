internal import Transfers

/// Shards as streams, made while they are sent: without a length and without a checksum.
extension QdrantClient {
    /// What a shard consists of now.
    ///
    /// - Parameters:
    ///   - collection: The collection.
    ///   - shard: A shard on this node.
    /// - Returns: Its segments by UUID.
    /// - Throws: ``QdrantError``.
    public func manifest(
        of collection: String,
        shard: Int
    ) throws(QdrantError) -> [String: QdrantSegment] {
        let place = path(collection, shard: shard) + "/snapshot/partial/manifest"
        return try result(Call("GET", place), as: [String: QdrantSegment].self)
    }

    /// Streams a whole shard.
    ///
    /// Sent once: whoever took half a stream begins anew. Nothing but the archive itself says
    /// whether it is complete.
    ///
    /// - Parameters:
    ///   - collection: The collection.
    ///   - shard: A shard on this node.
    ///   - consumer: Takes the bytes.
    /// - Throws: ``QdrantError``.
    public func stream(
        _ collection: String,
        shard: Int,
        to consumer: any ByteConsumer
    ) throws(QdrantError) {
        var call = Call("GET", path(collection, shard: shard) + "/snapshot")
        call.isRepeatable = false
        try answer(call, to: StreamReceiver(consumer))
    }

    /// Streams what a shard has and its manifests do not name.
    ///
    /// - Parameters:
    ///   - collection: The collection.
    ///   - shard: A shard on this node.
    ///   - manifests: The segments that are known, by UUID; none for all of the shard.
    ///   - consumer: Takes the bytes.
    /// - Returns: False where nothing changed and nothing was sent.
    /// - Throws: ``QdrantError``.
    public func streamChanges(
        _ collection: String,
        shard: Int,
        since manifests: [String: QdrantSegment],
        to consumer: any ByteConsumer
    ) throws(QdrantError) -> Bool {
        let place = path(collection, shard: shard) + "/snapshot/partial/create"
        var call = Call("POST", place, json: manifests)
        call.isRepeatable = false
        return try answer(call, to: StreamReceiver(consumer)).status != 304
    }
}

/// Hands a stream on as it comes.
private final class StreamReceiver: BodyReceiver {
    private let consumer: any ByteConsumer

    init(_ consumer: any ByteConsumer) {
        self.consumer = consumer
    }

    func accepts(_ head: Response) -> Bool { head.status == 200 }

    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool { unsafe consumer.take(bytes) }
}
