internal import Cryptography
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
    /// What the parent holds of the shard, where an increment may be based on it.
    let lineage: ShardLineage?
    /// Whether the points are those of the parent, as far as samples tell.
    let isSampleEqual: () throws(CaptureError) -> Bool

    /// Captures the shard; a stream that breaks off is begun anew.
    ///
    /// - Parameters:
    ///   - sink: Where the archive goes.
    ///   - pause: Waits before another attempt; false to give up.
    /// - Returns: What is to be kept beside it; nil where the parent's was taken over.
    /// - Throws: ``CaptureError``.
    func run(
        into sink: any CaptureSink,
        pause: (Int) -> Bool
    ) throws(CaptureError) -> ShardRecord? {
        if let lineage, lineage.obstacle(place, version) == nil, isAtLeast(1, 17) {
            do throws(CaptureError) {
                return try increment(lineage, into: sink)
            } catch {
                // Whatever an increment fails for, all of the shard may still be had.
                if error.cause is ShardUnchanged, try takeOver(from: sink) { return nil }
                guard error.code == .source else { throw error }
            }
        }
        if method == .create || !isAtLeast(1, 12) { return try download(into: sink) }
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

    /// What the server said no to it will say no to again.
    private static func mayPass(_ error: CaptureError) -> Bool {
        guard let cause = error.cause as? QdrantError else { return true }
        return [.unreachable, .timedOut, .server].contains(cause.code)
    }

    private func isAtLeast(_ major: Int, _ minor: Int) -> Bool {
        guard let release = version.release else { return false }
        return (release.major, release.minor) >= (major, minor)
    }

    /// Takes the parent's archive over, where nothing changed.
    private func takeOver(from sink: any CaptureSink) throws(CaptureError) -> Bool {
        guard try isSampleEqual(), try sink.parentEntry(at: path) != nil,
            try sink.reuseParentEntry()
        else { return false }
        let record = path.adding(suffix: ".json")
        guard try sink.parentEntry(at: record) != nil, try sink.reuseParentEntry() else {
            throw CaptureError(code: .repository, message: "\(record) is gone from the parent")
        }
        return true
    }

    private func increment(
        _ lineage: ShardLineage,
        into sink: any CaptureSink
    ) throws(CaptureError) -> ShardRecord {
        var merged = ShardShape()
        try sink.add(
            entry,
            streamed: { (content) throws(CaptureError) in
                let base = lineage.record.manifests
                let merge = try ShardMerge(onto: lineage.archive, base, into: content)
                let stream = ShardStream(into: content, merge, isDigested: false)
                let isSent: Bool
                do throws(QdrantError) {
                    isSent = try place.node.streamChanges(
                        collection,
                        shard: place.shard,
                        since: base,
                        to: stream
                    )
                } catch {
                    throw stream.failure ?? Self.error(error)
                }
                guard isSent else {
                    throw CaptureError(code: .source, message: "unchanged", cause: ShardUnchanged())
                }
                _ = try stream.finish()
                do throws(LineageFault) {
                    try lineage.prove(merge.shape)
                } catch {
                    throw CaptureError(code: .source, message: error.reason, cause: error)
                }
                try merge.shape.prove()
                merged = merge.shape
            }
        )
        var record = self.record(merged, "partial", nil)
        record.generation = lineage.record.generation + 1
        return record
    }

    private func stream(into sink: any CaptureSink) throws(CaptureError) -> ShardRecord {
        let shape = ShardShape()
        // With its manifests, where the server gives them: by them the stream is proven whole.
        let hasManifests = isAtLeast(1, 17)
        try sink.add(
            entry,
            streamed: { (content) throws(CaptureError) in
                let stream = ShardStream(into: content, shape, isDigested: false)
                do throws(QdrantError) {
                    if hasManifests {
                        let isSent = try place.node.streamChanges(
                            collection,
                            shard: place.shard,
                            since: [:],
                            to: stream
                        )
                        guard isSent else {
                            throw QdrantError(
                                .notQdrant,
                                "a shard is unchanged since before it was"
                            )
                        }
                    } else {
                        try place.node.stream(collection, shard: place.shard, to: stream)
                    }
                } catch {
                    throw stream.failure ?? Self.error(error)
                }
                _ = try stream.finish()
                try shape.prove()
            }
        )
        return record(shape, "full", nil)
    }

    /// Lets the server make an archive and deletes it there, whatever becomes of it here.
    private func download(into sink: any CaptureSink) throws(CaptureError) -> ShardRecord {
        let shape = ShardShape()
        let node = place.node
        let archive: QdrantArchive
        do throws(QdrantError) {
            archive = try node.createArchive(of: collection, shard: place.shard)
        } catch {
            throw Self.error(error)
        }
        defer { try? node.deleteArchive(archive.name, of: collection, shard: place.shard) }
        try sink.add(
            entry,
            streamed: { (content) throws(CaptureError) in
                let stream = ShardStream(into: content, shape, isDigested: true)
                do throws(QdrantError) {
                    try node.download(archive, of: collection, shard: place.shard, to: stream)
                } catch {
                    throw stream.failure ?? Self.error(error)
                }
                let digest = try stream.finish()
                if let stated = archive.checksum?.lowercased(), stated != digest?.hex {
                    throw CaptureError(
                        code: .source,
                        message: "\(archive.name) does not have the SHA-256 that the server states"
                    )
                }
                try shape.prove()
            }
        )
        return record(shape, "archive", archive.checksum)
    }

    private var entry: FileEntry { QdrantCapture.entry(path, owner) }

    private func record(_ shape: ShardShape, _ method: String, _ checksum: String?) -> ShardRecord {
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
