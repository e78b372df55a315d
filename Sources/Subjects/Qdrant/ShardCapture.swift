internal import Files
internal import Manifests

/// Captures one shard by the best method that its server has: an increment on the parent's
/// archive where the two are of one line, else all of it.
struct ShardCapture {
    let collection: String
    let place: ShardPlace
    let path: Path
    let version: QdrantVersion
    let method: QdrantSource.Method
    let owner: FileStatus
    /// What the parent holds of the shard.
    let lineage: ShardLineage?
    /// Whether the points are those of the parent, as far as samples tell.
    let isSampleEqual: Bool
    let debts: ArchiveDebts

    /// What came of it.
    struct Outcome {
        /// To be kept beside the archive; nil where the parent's was taken over.
        var record: ShardRecord?
        /// What a person should know.
        var warnings: [String] = []
    }

    /// Captures the shard; a stream that breaks off is begun anew.
    ///
    /// - Parameters:
    ///   - sink: Where the archive goes.
    ///   - pause: Waits before another attempt; false to give up.
    /// - Returns: What came of it.
    /// - Throws: ``CaptureError``.
    func run(
        into sink: any CaptureSink,
        pause: (Int) -> Bool
    ) throws(CaptureError) -> Outcome {
        var outcome = Outcome()
        var reason: String?
        if let lineage, version.isAtLeast(1, 17) {
            do throws(CaptureError) {
                if let obstacle = lineage.obstacle(place, version) {
                    reason = obstacle
                } else if try !isUnchanged(lineage) {
                    outcome.record = try increment(lineage, into: sink)
                    return outcome
                } else if isSampleEqual, try takeOver(from: sink) {
                    return outcome
                } else {
                    reason = "points differ where manifests do not"
                }
            } catch {
                // Whatever an increment fails for, all of the shard may still be had.
                guard error.code == .source else { throw error }
                reason = error.message
            }
        }
        outcome.record = try base(into: sink, &outcome.warnings, pause)
        outcome.record?.reason = reason
        return outcome
    }

    /// All of the shard.
    private func base(
        into sink: any CaptureSink,
        _ warnings: inout [String],
        _ pause: (Int) -> Bool
    ) throws(CaptureError) -> ShardRecord {
        if isDownloaded {
            do throws(CaptureError) {
                return try download(into: sink, &warnings)
            } catch {
                guard method == .auto, error.cause is ArchiveRefused, version.isAtLeast(1, 12)
                else { throw error }
                warnings.append("streamed, since the server makes no archive: \(error.message)")
            }
        }
        var attempt = 0
        while true {
            do throws(CaptureError) {
                return try stream(into: sink)
            } catch {
                attempt += 1
                guard error.code == .source, attempt <= place.node.address.retryLimit,
                    Self.mayPass(error), pause(attempt)
                else { throw error }
            }
        }
    }

    /// Up to 1.16 a reader that is slow can stop a collection for others; and what is large comes
    /// several times faster as a file than through the pipe of a stream.
    private var isDownloaded: Bool {
        switch method {
        case .create: true
        case .stream: !version.isAtLeast(1, 12)
        case .auto: !version.isAtLeast(1, 17) || place.vectorBytes >= Self.largeBytes
        }
    }

    /// From so many bytes of vectors a shard is large.
    static let largeBytes: UInt64 = 1 << 30

    /// What the server said no to it will say no to again.
    private static func mayPass(_ error: CaptureError) -> Bool {
        guard let cause = error.cause as? QdrantError else { return true }
        return [.unreachable, .timedOut, .server].contains(cause.code)
    }

    /// Takes the parent's archive over, where nothing changed.
    private func takeOver(from sink: any CaptureSink) throws(CaptureError) -> Bool {
        guard try sink.parentEntry(at: path) != nil, try sink.reuseParentEntry() else {
            return false
        }
        let record = path.adding(suffix: ".json")
        guard try sink.parentEntry(at: record) != nil, try sink.reuseParentEntry() else {
            throw CaptureError(code: .repository, message: "\(record) is gone from the parent")
        }
        return true
    }

    private func stream(into sink: any CaptureSink) throws(CaptureError) -> ShardRecord {
        let shape = ShardShape()
        // With its manifests, where the server gives them: by them the stream is proven whole.
        let hasManifests = version.isAtLeast(1, 17)
        try sink.add(
            entry,
            streamed: { (content) throws(CaptureError) in
                let stream = ShardStream(into: content, shape)
                do throws(QdrantError) {
                    try ReadAhead.feed(stream) { (consumer) throws(QdrantError) in
                        try receive(hasManifests: hasManifests, to: consumer)
                    }
                } catch {
                    throw stream.failure ?? Self.error(error)
                }
                try stream.finish()
                try shape.prove(isPromised: hasManifests)
            }
        )
        return record(shape, "full", nil)
    }

    private func receive(
        hasManifests: Bool,
        to consumer: any ByteConsumer
    ) throws(QdrantError) {
        guard hasManifests else {
            return try place.node.stream(collection, shard: place.shard, to: consumer)
        }
        let isSent = try place.node.streamChanges(
            collection,
            shard: place.shard,
            since: [:],
            to: consumer
        )
        guard isSent else {
            throw QdrantError(.notQdrant, "a shard is unchanged since before it was")
        }
    }

    var entry: FileEntry { .ours(path, owner) }

    func record(_ shape: ShardShape, _ method: String, _ checksum: String?) -> ShardRecord {
        ShardRecord(
            shard: place.shard,
            key: place.key,
            peer: place.peer,
            server: version.version,
            method: method,
            generation: 0,
            nextOperation: shape.nextOperation,
            manifests: shape.manifests,
            checksum: checksum
        )
    }

    static func error(_ error: QdrantError) -> CaptureError {
        let isCancelled = error.code == .stopped
        return CaptureError(
            code: isCancelled ? .cancelled : .source,
            message: error.message,
            cause: error
        )
    }
}
