internal import Archiving

/// Puts the archive of a shard together from what the server sent and what the parent holds.
///
/// While the increment flows by, each of its segments gets, behind what was sent of it, the files
/// that its manifest names and that were not sent. Segments that the increment does not have are
/// gone. The log, the state and the configuration come last, as sent: a server refuses an archive
/// that was cut before them.
final class ShardMerge: TarObserver {
    /// What the merged archive holds.
    let shape = ShardShape()
    private let parent: any KeptContent
    private let content: any ContentSink
    private let base: [String: QdrantSegment]
    private var places: [String: [(file: String, place: TarIndex.Place)]] = [:]
    private var open: String?
    private var done: Set<String> = []

    /// - Parameters:
    ///   - parent: The archive that the increment is based on.
    ///   - base: Its manifests.
    ///   - content: Where the merged archive goes.
    /// - Throws: ``CaptureError`` with code `source` where the parent's archive is no tar.
    init(
        onto parent: any KeptContent,
        _ base: [String: QdrantSegment],
        into content: any ContentSink
    ) throws(CaptureError) {
        self.parent = parent
        self.base = base
        self.content = content
        for place in try TarIndex(parent).places {
            let nested = place.holder.flatMap { ShardShape.segment(ofArchive: $0.name) }
            if place.holder != nil, nested == nil { continue }
            guard let (segment, file) = ShardShape.place(place.member.name, in: nested) else {
                continue
            }
            places[segment, default: []].append((file, place))
        }
    }

    func begins(_ member: TarMember) throws(CaptureError) -> TarChoice {
        // Between the members of an archive that is a member nothing may be put.
        let segment = member.depth == 0 ? ShardShape.place(member.name, in: nil)?.segment : open
        if segment != open {
            try endSegment()
            if let segment, done.contains(segment) {
                throw CaptureError(code: .source, message: "segment \(segment) comes twice")
            }
            open = segment
        }
        return try shape.begins(member)
    }

    func ended(_ member: TarMember, content: [UInt8]?) throws(CaptureError) {
        try shape.ended(member, content: content)
    }

    /// Adds what was not sent of the segment that ends here.
    private func endSegment() throws(CaptureError) {
        guard let segment = open else { return }
        done.insert(segment)
        guard let manifest = shape.manifests[segment] else {
            throw CaptureError(code: .source, message: "segment \(segment) has no manifest")
        }
        let known = base[segment]?.fileVersions ?? [:]
        for (file, place) in places[segment] ?? [] {
            if shape.files[segment]?.contains(file) == true { continue }
            // What neither manifest names is not the server's business: it stays.
            let isCurrent = manifest.fileVersions.keys.contains(file)
            guard isCurrent || !known.keys.contains(file) else { continue }
            try copy(place, as: file, of: segment)
            if place.member.kind != .folder { shape.add(file, to: segment) }
        }
    }

    /// Copies a member of the parent; one that stood in an archive of its segment gets the name
    /// that it has outside of one.
    private func copy(
        _ place: TarIndex.Place,
        as file: String,
        of segment: String
    ) throws(CaptureError) {
        guard place.holder != nil else {
            try content.copy(place.range, of: parent)
            return
        }
        let start = place.range.lowerBound
        let data = start + place.headerBytes
        var header = try parent.read(start..<data)
        do throws(ArchiveError) {
            let name = "segments/\(segment)/files/\(file)"
            header = try TarNaming.renamed(header, to: Array(name.utf8))
        } catch {
            throw CaptureError(code: .source, message: error.description, cause: error)
        }
        try content.keepInline(header)
        try content.copy(data..<place.range.upperBound, of: parent)
    }
}
