/// What the previous snapshot holds of a shard, and whether an increment may be based on it.
///
/// Equal manifests do not prove equal data: after somebody's restore the server counts its
/// operations anew. So whatever hints at one forces a full archive.
struct ShardLineage {
    /// After so many runs without one a full archive is taken, hint or not.
    static let runLimit = 14

    let record: ShardRecord
    let archive: any KeptContent
    /// How many runs lie behind the last full archive.
    var runs = 0
    /// Somebody uploaded an archive to the collection since then.
    var isForeign = false

    /// Why no increment may be asked for; nil where one may.
    func obstacle(_ place: ShardPlace, _ version: QdrantVersion) -> String? {
        if isForeign { return "somebody uploaded an archive" }
        if record.peer != place.peer { return "another node" }
        if record.server != version.version { return "another version of the server" }
        if record.manifests.isEmpty { return "no manifests" }
        if max(runs, record.generation) >= Self.runLimit { return "many runs without" }
        return nil
    }

    /// Proves that a shard only moved on since the parent.
    ///
    /// - Throws: ``LineageFault``.
    func prove(_ shape: ShardShape) throws(LineageFault) {
        if let before = record.nextOperation, let now = shape.nextOperation, now < before {
            throw LineageFault(reason: "its operations are counted anew: \(before), then \(now)")
        }
        for (segment, now) in shape.manifests {
            guard let before = record.manifests[segment] else { continue }
            // What is written to a segment, to whatever file of it, makes it a later one.
            let isLater = now.segmentVersion > before.segmentVersion
            guard now == before || isLater, !now.isBehind(before) else {
                throw LineageFault(reason: "segment \(segment) went back")
            }
        }
    }

    /// What the parent is known to have, but for the books, which are to be sent in any case.
    var basis: [String: QdrantSegment] {
        record.manifests.mapValues { segment in
            var rest = segment
            rest.fileVersions = segment.fileVersions.filter { !SegmentBook.isWanted($0.key) }
            return rest
        }
    }
}

/// The parent is no base for this shard: a full archive is needed.
struct LineageFault: Error {
    let reason: String
}
