/// The server has no room for an archive, or is not asked for one by our key.
struct ArchiveRefused: Error {}

extension ShardCapture {
    /// Lets the server make an archive, takes it, and deletes it there whatever becomes of it here.
    ///
    /// The manifests come first: what is written between them and the archive is newer than they
    /// say, and so will be sent again with the next increment.
    func download(
        into sink: any CaptureSink,
        _ warnings: inout [String]
    ) throws(CaptureError) -> ShardRecord {
        let manifests = try manifestsBefore()
        let shape = ShardShape()
        let node = place.node
        let archive = try makeArchive()
        defer { debts.close(at: node) }
        try sink.add(
            entry,
            streamed: { (content) throws(CaptureError) in
                let stream = ShardStream(into: content, shape)
                do throws(QdrantError) {
                    try ReadAhead.feed(stream) { (consumer) throws(QdrantError) in
                        try node.download(
                            archive,
                            of: collection,
                            shard: place.shard,
                            to: consumer
                        )
                    }
                } catch {
                    throw stream.failure ?? Self.error(error)
                }
                try stream.finish()
                // Nothing of such an archive is left out: what was kept is what came.
                if let stated = archive.checksum?.lowercased(), try stated != content.sha256() {
                    throw CaptureError(
                        code: .source,
                        message: "\(archive.name) does not have the SHA-256 that the server states"
                    )
                }
                if let manifests { shape.adopt(manifests) }
                try shape.prove()
            }
        )
        if manifests == nil, version.isAtLeast(1, 17) {
            warnings.append(
                "increments are not possible, since this key may not read manifests; "
                    + "method: stream needs no such right"
            )
        }
        return record(shape, "archive", archive.checksum)
    }

    /// What the shard consists of; nil where our key may not know, or the server does not.
    private func manifestsBefore() throws(CaptureError) -> [String: QdrantSegment]? {
        guard version.isAtLeast(1, 17) else { return nil }
        do throws(QdrantError) {
            return try place.node.manifest(of: collection, shard: place.shard)
        } catch {
            guard error.code == .forbidden else { throw Self.error(error) }
            // A stream brings its manifests along, and needs no more right than an archive.
            if method == .auto {
                throw CaptureError(code: .source, message: error.message, cause: ArchiveRefused())
            }
            return nil
        }
    }

    private func makeArchive() throws(CaptureError) -> QdrantArchive {
        let node = place.node
        let listing: (archives: [QdrantArchive], seconds: Int64?)
        do throws(QdrantError) {
            listing = try node.listing(of: collection, shard: place.shard)
        } catch {
            throw Self.error(error)
        }
        let before = listing.archives.map(\.name)
        try debts.open(
            .init(
                url: node.address.url,
                collection: collection,
                shard: place.shard,
                before: before,
                askedAt: listing.seconds
            )
        )
        do throws(QdrantError) {
            let archive = try node.createArchive(
                of: collection,
                shard: place.shard,
                besides: before
            )
            debts.name(archive.name)
            return archive
        } catch {
            // Where it is not known whether the server goes on, the next run looks.
            let isRefused = [.refused, .forbidden, .notFound].contains(error.code)
            let isFailed = error.code == .server && error.status == 500
            guard isRefused || isFailed else { throw Self.error(error) }
            debts.cancel()
            throw CaptureError(code: .source, message: error.message, cause: ArchiveRefused())
        }
    }
}
