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
    private var book: (book: SegmentBook, segment: String, file: String)?
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
        let choice = try shape.begins(member)
        book = nil
        guard choice == .keep, let (segment, file) = ShardShape.place(member.name, in: nil),
            let found = SegmentBook(file), member.sizeBytes <= SegmentBook.limitBytes
        else { return choice }
        book = (found, segment, file)
        return .keepAndShow
    }

    func ended(_ member: TarMember, content: [UInt8]?) throws(CaptureError) {
        guard let book, let content else {
            try shape.ended(member, content: content)
            return
        }
        self.book = nil
        try shape.ended(member, content: nil)
        guard let before = base[book.segment], let old = try kept(book.segment, book.file) else {
            return
        }
        let new = member.expanded(content)
        guard book.book.continues(old, as: new, since: before.segmentVersion) else {
            let fault = LineageFault(reason: "segment \(book.segment) has another history")
            throw CaptureError(code: .source, message: fault.reason, cause: fault)
        }
    }

    /// A book as the parent holds it; nil where it does not, or where it is too long.
    private func kept(_ segment: String, _ file: String) throws(CaptureError) -> [UInt8]? {
        guard let place = places[segment]?.first(where: { $0.file == file })?.place,
            place.member.sizeBytes <= SegmentBook.limitBytes
        else { return nil }
        var bytes: [UInt8] = []
        var position = place.range.lowerBound + place.headerBytes
        let end = position + place.member.storedBytes
        while position < end {
            let next = min(end, position + (4 << 20))
            bytes += try parent.read(position..<next)
            position = next
        }
        return place.member.expanded(bytes)
    }

    /// How long the books are that the parent holds and that are sent in any case.
    var bookBytes: UInt64 {
        places.values.joined().filter { SegmentBook.isWanted($0.file) }
            .reduce(0) { $0 + $1.place.member.storedBytes }
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

extension TarMember {
    /// The file that it makes: its stored bytes with the holes between them.
    fileprivate func expanded(_ stored: [UInt8]) -> [UInt8] {
        guard kind == .sparse else { return stored }
        var bytes = [UInt8](repeating: 0, count: Int(sizeBytes))
        var position = 0
        for segment in segments {
            let part = stored[position..<(position + segment.count)]
            bytes.replaceSubrange(Int(segment.lowerBound)..<Int(segment.upperBound), with: part)
            position += segment.count
        }
        return bytes
    }
}
