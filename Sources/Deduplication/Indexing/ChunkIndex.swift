internal import Cryptography
internal import Storage
internal import Threads

/// Where every chunk lies: the segments of the repository and what this run added.
///
/// A segment is only a claim. What may be *reused* by a backup lies in a pack that was listed
/// with the recorded size and is neither damaged nor condemned; what is *read* is verified by
/// its id, and all claimed places are tried.
final class ChunkIndex: Sendable {
    struct Location: Sendable, Hashable {
        let object: String
        let offset: Int
        let storedBytes: Int
        let plainBytes: Int
    }

    private struct Fresh {
        var locations: [Digest: Location] = [:]
        /// In packs that are damaged or condemned: to be read if need be, never reused.
        var readOnly: [Digest: Location] = [:]
        var unsaved: [(pack: IndexSegment.Pack, members: [PackBuilder.Member])] = []
        var reusedObjects: Set<String> = []
    }

    private let segments: [IndexSegment]
    private let reusable: Set<IndexSegment.Pack>
    private let fresh: Monitor<Fresh>
    /// Segments that could not be read; they are set aside, never believed.
    let brokenSegments: [String]

    /// Loads the index and completes it from the packs it does not cover.
    ///
    /// - Parameters:
    ///   - store: The repository's store.
    ///   - excluded: Packs that are damaged or condemned.
    /// - Throws: ``RepositoryError``.
    init(_ store: any Store, excluding excluded: Set<Digest>) throws(RepositoryError) {
        var segments: [IndexSegment] = []
        var broken: [String] = []
        for object in try storing({ () throws(StorageError) in try store.list("index") }) {
            let bytes = try? store.get(object.name, at: 0, count: Int(clamping: object.sizeBytes))
            if let segment = bytes.flatMap({ IndexSegment($0) }) {
                segments.append(segment)
            } else {
                broken.append(object.name)
            }
        }
        self.segments = segments
        brokenSegments = broken
        let covered = Set(segments.flatMap(\.packs))
        var reusable: Set<IndexSegment.Pack> = []
        var uncovered: [(IndexSegment.Pack, StoredObject)] = []
        for kind in PackFormat.Kind.allCases {
            let objects = try storing { () throws(StorageError) in try store.list(kind.folder) }
            for object in objects {
                guard let (_, id) = PackFormat.pack(object.name) else { continue }
                let pack = IndexSegment.Pack(id: id, kind: kind, sizeBytes: object.sizeBytes)
                if !excluded.contains(id) { reusable.insert(pack) }
                if !covered.contains(pack) { uncovered.append((pack, object)) }
            }
        }
        var fresh = Fresh()
        var unreadable: Set<IndexSegment.Pack> = []
        for (pack, object) in uncovered {
            guard let listing = try? PackListing(store, object) else {
                unreadable.insert(pack)
                let members = PackListing.salvage(store, object)
                fresh.readOnly.merge(Self.locations(pack, members)) { first, _ in first }
                continue
            }
            let members = listing.items.map(\.member)
            if excluded.contains(pack.id) {
                fresh.readOnly.merge(Self.locations(pack, members)) { first, _ in first }
            } else {
                fresh.locations.merge(Self.locations(pack, members)) { first, _ in first }
                fresh.unsaved.append((pack, members))
            }
        }
        self.reusable = reusable.subtracting(unreadable)
        self.fresh = Monitor(fresh)
    }

    /// Takes in a pack that this run has written.
    func add(_ pack: IndexSegment.Pack, _ members: [PackBuilder.Member]) {
        let locations = Self.locations(pack, members)
        fresh.change { fresh in
            fresh.locations.merge(locations) { first, _ in first }
            fresh.unsaved.append((pack, members))
        }
    }

    private static func locations(
        _ pack: IndexSegment.Pack,
        _ members: [PackBuilder.Member]
    ) -> [Digest: Location] {
        let object = PackFormat.objectName(pack.kind, pack.id)
        var found: [Digest: Location] = [:]
        for member in members {
            found[member.chunk] = Location(
                object: object,
                offset: member.offset,
                storedBytes: member.storedBytes,
                plainBytes: member.plainBytes
            )
        }
        return found
    }

    /// The packs that no segment of the repository covers yet; asked once for each new segment.
    func takeUnsaved() -> [(pack: IndexSegment.Pack, members: [PackBuilder.Member])] {
        fresh.change { fresh in
            defer { fresh.unsaved = [] }
            return fresh.unsaved
        }
    }

    /// A place from which a backup may reuse the chunk; remembered, to be checked before the commit.
    func reusableLocation(of chunk: Digest) -> Location? {
        for segment in segments {
            for place in segment.places(of: chunk)
            where reusable.contains(segment.packs[place.pack]) {
                let location = Self.location(segment, place)
                fresh.change { _ = $0.reusedObjects.insert(location.object) }
                return location
            }
        }
        return fresh.change { fresh in
            guard let location = fresh.locations[chunk] else { return nil }
            fresh.reusedObjects.insert(location.object)
            return location
        }
    }

    /// Every place where the chunk may be read.
    func locations(of chunk: Digest) -> [Location] {
        var found: [Location] = []
        found += fresh.change { [$0.locations[chunk], $0.readOnly[chunk]].compactMap { $0 } }
        for segment in segments {
            found.append(contentsOf: segment.places(of: chunk).map { Self.location(segment, $0) })
        }
        return found
    }

    /// What the segments say about the wanted packs; a pack that none covers is missing.
    func claims(about wanted: Set<IndexSegment.Pack>) -> [IndexSegment.Pack: [IndexSegment.Claim]] {
        var found: [IndexSegment.Pack: [IndexSegment.Claim]] = [:]
        for segment in segments {
            found.merge(segment.claims(about: wanted)) { first, _ in first }
        }
        return found
    }

    /// The sizes that the segments have recorded for packs, by name of the object.
    var recordedSizes: [String: Set<UInt64>] {
        var sizes: [String: Set<UInt64>] = [:]
        for pack in segments.flatMap(\.packs) {
            sizes[PackFormat.objectName(pack.kind, pack.id), default: []].insert(pack.sizeBytes)
        }
        return sizes
    }

    /// The packs that ``reusableLocation(of:)`` has answered with.
    var reusedObjects: Set<String> { fresh.change { $0.reusedObjects } }

    private static func location(_ segment: IndexSegment, _ place: IndexSegment.Place) -> Location {
        let pack = segment.packs[place.pack]
        return Location(
            object: PackFormat.objectName(pack.kind, pack.id),
            offset: place.offset,
            storedBytes: place.storedBytes,
            plainBytes: place.plainBytes
        )
    }
}
