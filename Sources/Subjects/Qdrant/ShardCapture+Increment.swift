extension ShardCapture {
    /// Books no longer than this are asked for even if nothing else changed.
    private static let cheapBytes: UInt64 = 32 << 10

    /// Whether nothing was written since the parent.
    ///
    /// Where they are short, the books of the segments are compared as well. The points that were
    /// sampled stand for those of a large shard.
    ///
    /// - Throws: ``CaptureError`` with a ``LineageFault`` where the parent is no base.
    func isUnchanged(_ lineage: ShardLineage) throws(CaptureError) -> Bool {
        guard try hasSameManifests(lineage.record.manifests) else { return false }
        let merge = try ShardMerge(onto: lineage.archive, lineage.record.manifests, into: Nowhere())
        guard merge.bookBytes <= Self.cheapBytes, try send(merge, into: Nowhere(), lineage) else {
            return true
        }
        return merge.shape.manifests == lineage.record.manifests
    }

    /// Asks without a stream where our key may, since a stream cannot be taken back.
    private func hasSameManifests(
        _ known: [String: QdrantSegment]
    ) throws(CaptureError) -> Bool {
        do throws(QdrantError) {
            return try place.node.manifest(of: collection, shard: place.shard) == known
        } catch {
            guard error.code == .forbidden else { throw Self.error(error) }
        }
        let refusal = Refusal()
        do throws(QdrantError) {
            return try !place.node.streamChanges(
                collection,
                shard: place.shard,
                since: known,
                to: refusal
            )
        } catch {
            if refusal.isAsked { return false }
            throw Self.error(error)
        }
    }

    /// Takes what changed and merges it with the parent's archive.
    func increment(
        _ lineage: ShardLineage,
        into sink: any CaptureSink
    ) throws(CaptureError) -> ShardRecord {
        var merged = ShardShape()
        try sink.add(
            entry,
            streamed: { (content) throws(CaptureError) in
                let base = lineage.record.manifests
                let merge = try ShardMerge(onto: lineage.archive, base, into: content)
                guard try send(merge, into: content, lineage) else {
                    throw CaptureError(code: .source, message: "the server sent no changes")
                }
                try merge.shape.prove(isPromised: true)
                merged = merge.shape
            }
        )
        var record = self.record(merged, "partial", nil)
        record.generation = lineage.record.generation + 1
        return record
    }

    /// - Returns: False where the server sent nothing.
    private func send(
        _ merge: ShardMerge,
        into content: any ContentSink,
        _ lineage: ShardLineage
    ) throws(CaptureError) -> Bool {
        let stream = ShardStream(into: content, merge)
        do throws(QdrantError) {
            let isSent = try ReadAhead.feed(stream) { (consumer) throws(QdrantError) in
                try place.node.streamChanges(
                    collection,
                    shard: place.shard,
                    since: lineage.basis,
                    to: consumer
                )
            }
            guard isSent else { return false }
        } catch {
            throw stream.failure ?? Self.error(error)
        }
        try stream.finish()
        do throws(LineageFault) {
            try lineage.prove(merge.shape)
        } catch {
            throw CaptureError(code: .source, message: error.reason, cause: error)
        }
        return true
    }
}

/// Keeps nothing of what is only looked at.
private final class Nowhere: ContentSink {
    func sha256() -> String { "" }
    func keepInline(_ bytes: UnsafeRawBufferPointer) {}
    func keep(_ bytes: UnsafeRawBufferPointer) {}
    func endBlock() {}
    func copy(_ range: Range<UInt64>, of content: any KeptContent) {}
}

/// Takes no byte, and knows whether there was one.
private final class Refusal: ByteConsumer {
    private(set) var isAsked = false

    func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        isAsked = true
        return false
    }
}
