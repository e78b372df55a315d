internal import Cryptography
internal import Storage
internal import Threads

/// Where every chunk lies: the segments of the repository and what this run added.
///
/// A segment is only a claim. What may be *reused* by a backup lies in a pack that was listed
/// with the recorded size, is neither damaged nor condemned, and whose own sums say what the
/// segment says. What is *read* is verified by its id: all claimed places are tried, and where
/// none is right the packs are asked themselves.
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
        var leanedObjects: Set<String> = []
    }

    /// One pack as one segment knows it.
    struct Witness: Hashable {
        let segment: Int
        let pack: Int
    }

    private struct Proof {
        /// Whether what a segment says about a pack is what the pack says.
        var verdicts: [Witness: Bool] = [:]
        var entries: [Int: [[UInt32]]] = [:]
        /// What a whole pack says is otherwise.
        var refuted: Set<Witness> = []
        /// What packs hold about which no segment told the truth; nil until it was looked for.
        var found: [Digest: Location]?
        var isSearching = false
    }

    let store: any Store
    let segments: [IndexSegment]
    let segmentNames: [String]
    private let reusable: Set<IndexSegment.Pack>
    /// The packs that no segment covers, and those of them that do not say what they hold.
    private let uncovered: Set<String>
    private let unlistable: Set<String>
    let objects: [StoredObject]
    private let proof = Monitor(Proof())
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
        var names: [String] = []
        var broken: [String] = []
        for object in try storing({ () throws(StorageError) in try store.list("index") }) {
            if let segment = try? IndexSegment(store, object) {
                segments.append(segment)
                names.append(object.name)
            } else {
                broken.append(object.name)
            }
        }
        self.store = store
        self.segments = segments
        segmentNames = names
        brokenSegments = broken
        let covered = Set(segments.flatMap(\.packs))
        var reusable: Set<IndexSegment.Pack> = []
        var uncovered: [(IndexSegment.Pack, StoredObject)] = []
        var listed: [StoredObject] = []
        for kind in PackFormat.Kind.allCases {
            let objects = try storing { () throws(StorageError) in try store.list(kind.folder) }
            for object in objects {
                guard let (_, id) = PackFormat.pack(object.name) else { continue }
                listed.append(object)
                let pack = IndexSegment.Pack(id: id, kind: kind, sizeBytes: object.sizeBytes)
                if !excluded.contains(id) { reusable.insert(pack) }
                if !covered.contains(pack) { uncovered.append((pack, object)) }
            }
        }
        var fresh = Fresh()
        var unreadable: Set<IndexSegment.Pack> = []
        for (pack, object) in uncovered {
            // No segment covers it: who wrote it may have died before it was durable.
            store.adopt(object.name)
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
        self.uncovered = Set(uncovered.map(\.1.name))
        unlistable = Set(unreadable.map { PackFormat.objectName($0.kind, $0.id) })
        objects = listed
        self.fresh = Monitor(fresh)
    }

    /// Takes in a pack that this run has written.
    func add(_ pack: IndexSegment.Pack, _ members: [PackBuilder.Member]) {
        let locations = Self.locations(pack, members)
        fresh.change { fresh in
            fresh.locations.merge(locations) { first, _ in first }
            fresh.unsaved.append((pack, members))
            fresh.leanedObjects.insert(PackFormat.objectName(pack.kind, pack.id))
        }
    }

    /// Notes a pack that something leans on, to be checked before the commit.
    func lean(on object: String) {
        fresh.change { _ = $0.leanedObjects.insert(object) }
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
        for (number, segment) in segments.enumerated() {
            for place in segment.places(of: chunk)
            where reusable.contains(segment.packs[place.pack])
                && isTrue(Witness(segment: number, pack: place.pack))
            {
                let location = Self.location(segment, place)
                fresh.change { _ = $0.leanedObjects.insert(location.object) }
                return location
            }
        }
        return fresh.change { fresh in
            guard let location = fresh.locations[chunk] else { return nil }
            fresh.leanedObjects.insert(location.object)
            return location
        }
    }

    /// Every place where the chunk may be read.
    func locations(of chunk: Digest) -> [Location] {
        var found: [Location] = []
        found += fresh.change { [$0.locations[chunk], $0.readOnly[chunk]].compactMap { $0 } }
        let (refuted, searched) = proof.change { ($0.refuted, $0.found?[chunk]) }
        for (number, segment) in segments.enumerated() {
            for place in segment.places(of: chunk)
            where !refuted.contains(Witness(segment: number, pack: place.pack)) {
                found.append(Self.location(segment, place))
            }
        }
        if let searched, !found.contains(searched) { found.append(searched) }
        return found
    }

    /// Whether a segment says about a pack what the pack's own sums say; asked once for each.
    ///
    /// The sums know no sizes: these may still be wrong, and reading corrects them.
    func isTrue(_ witness: Witness) -> Bool {
        if let known = proof.change({ $0.verdicts[witness] }) { return known }
        let pack = segments[witness.segment].packs[witness.pack]
        let object = StoredObject(
            name: PackFormat.objectName(pack.kind, pack.id),
            sizeBytes: pack.sizeBytes
        )
        let verdict = PackListing.confirms(claims(witness), about: object, in: store)
        proof.change { $0.verdicts[witness] = verdict }
        return verdict
    }

    private func claims(_ witness: Witness) -> [IndexSegment.Claim] {
        segments[witness.segment].claims(entries(witness))
    }

    /// The entries of a segment about one of its packs, in order of offset.
    func entries(_ witness: Witness) -> [UInt32] {
        let known = proof.change { $0.entries[witness.segment] }
        let entries = known ?? segments[witness.segment].entriesByPack()
        if known == nil { proof.change { $0.entries[witness.segment] = entries } }
        return entries[witness.pack]
    }

    /// Believes a pack about itself, and no segment that says otherwise.
    ///
    /// - Parameters:
    ///   - object: The pack.
    ///   - listing: What its own headers and sums say.
    func believe(_ object: StoredObject, _ listing: PackListing) {
        search()
        guard let (kind, id) = PackFormat.pack(object.name) else { return }
        let pack = IndexSegment.Pack(id: id, kind: kind, sizeBytes: object.sizeBytes)
        var liars: [Witness] = []
        for (number, segment) in segments.enumerated() {
            for (index, known) in segment.packs.enumerated() where known == pack {
                let witness = Witness(segment: number, pack: index)
                if !listing.isStated(by: claims(witness)) { liars.append(witness) }
            }
        }
        let (wrong, places) = (liars, Self.locations(pack, listing.items.map(\.member)))
        proof.change { proof in
            proof.refuted.formUnion(wrong)
            proof.found?.merge(places) { _, own in own }
        }
    }

    /// Compares all segments with the packs that are there, and lists those packs about which
    /// none tells the truth.
    ///
    /// Done once; from then on ``locations(of:)`` knows what was found. Whoever asks meanwhile
    /// waits.
    ///
    /// - Parameter isThorough: Whether to read every header, one read for each chunk: only so
    ///   are wrong sizes found.
    func search(isThorough: Bool = false) {
        let isMine = proof.wait { proof -> Bool? in
            if proof.found != nil { return false }
            if proof.isSearching { return nil }
            proof.isSearching = true
            return true
        }
        guard isMine else { return }
        var witnesses: [String: [Witness]] = [:]
        for (number, segment) in segments.enumerated() {
            for (index, pack) in segment.packs.enumerated() {
                witnesses[PackFormat.objectName(pack.kind, pack.id), default: []]
                    .append(Witness(segment: number, pack: index))
            }
        }
        var found: [Digest: Location] = [:]
        var refuted: Set<Witness> = []
        for object in objects where !uncovered.contains(object.name) {
            let here = witnesses[object.name] ?? []
            var liars = here.filter { !isTrue($0) }
            if isThorough, liars.count < here.count, let own = try? PackListing(store, object) {
                liars = here.filter { !isTrue($0) || !own.isStated(by: claims($0)) }
            }
            guard !liars.isEmpty, let (kind, id) = PackFormat.pack(object.name) else { continue }
            if liars.count < here.count {
                refuted.formUnion(liars)
                continue
            }
            let pack = IndexSegment.Pack(id: id, kind: kind, sizeBytes: object.sizeBytes)
            if let listing = try? PackListing(store, object) {
                // Of a damaged pack the index may know more than the pack still shows.
                refuted.formUnion(liars)
                found.merge(Self.locations(pack, listing.items.map(\.member))) { first, _ in first }
            } else {
                let members = PackListing.salvage(store, object)
                found.merge(Self.locations(pack, members)) { first, _ in first }
            }
        }
        let (all, wrong) = (found, refuted)
        proof.change { proof in
            proof.found = all
            proof.refuted = wrong
        }
    }

    /// The segments that say of a whole pack what the pack does not, after ``search()``.
    var lies: [(segment: String, packs: [String])] {
        let present = Dictionary(objects.map { ($0.name, $0.sizeBytes) }) { first, _ in first }
        let refuted = proof.change { $0.refuted }
        return segments.indices.compactMap { number in
            let packs = segments[number].packs.enumerated().compactMap { index, pack -> String? in
                let name = PackFormat.objectName(pack.kind, pack.id)
                guard let size = present[name] else { return nil }
                let isWrongSize = size != pack.sizeBytes && !unlistable.contains(name)
                let witness = Witness(segment: number, pack: index)
                return isWrongSize || refuted.contains(witness) ? name : nil
            }
            return packs.isEmpty ? nil : (segmentNames[number], packs)
        }
    }

    /// The segments with the packs that each names, for repair.
    var segmentPacks: [(segment: String, packs: [String])] {
        zip(segmentNames, segments).map { name, segment in
            (name, segment.packs.map { PackFormat.objectName($0.kind, $0.id) })
        }
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

    /// The packs that ``reusableLocation(of:)`` has answered with, and those that were written.
    var leanedObjects: Set<String> { fresh.change { $0.leanedObjects } }

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
