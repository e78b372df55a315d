internal import Cryptography
internal import Storage
internal import Threads

extension ChunkIndex {
    /// A disk is asked for the ends of so many packs at once.
    private static let inventoryThreadCount = 16

    /// A pack that is there, and who knows what is in it.
    struct Stock: Sendable {
        enum Source: Sendable {
            /// A segment that says what the pack says.
            case segment(Int, entries: [UInt32])
            /// The pack itself.
            case members([PackBuilder.Member])
            /// Nobody: its sums cannot be read.
            case nobody
        }

        let object: StoredObject
        let pack: IndexSegment.Pack
        let source: Source
    }

    /// Every pack of the listing at which the index was read, with what it holds.
    ///
    /// No segment is believed but by the pack's own sums, so that no lie is handed on; a pack
    /// about which none tells the truth is asked itself.
    func inventory() -> [Stock] {
        var witnesses: [IndexSegment.Pack: [Witness]] = [:]
        for (number, segment) in segments.enumerated() {
            for (index, pack) in segment.packs.enumerated() {
                witnesses[pack, default: []].append(Witness(segment: number, pack: index))
            }
        }
        // Once for each segment, and not once for each thread.
        for number in segments.indices where !segments[number].packs.isEmpty {
            _ = entries(Witness(segment: number, pack: 0))
        }
        let found = Monitor([Stock?](repeating: nil, count: objects.count))
        WorkPool.run(Array(objects.indices), threadCount: Self.inventoryThreadCount) {
            [objects, witnesses] number in
            let stock = self.stock(objects[number], witnesses)
            found.change { $0[number] = stock }
        }
        return found.change { $0 }.compactMap { $0 }
    }

    private func stock(
        _ object: StoredObject,
        _ witnesses: [IndexSegment.Pack: [Witness]]
    ) -> Stock? {
        guard let (kind, id) = PackFormat.pack(object.name) else { return nil }
        let pack = IndexSegment.Pack(id: id, kind: kind, sizeBytes: object.sizeBytes)
        for witness in witnesses[pack] ?? [] where isTrue(witness) {
            let entries = entries(witness)
            let source = Stock.Source.segment(witness.segment, entries: entries)
            return Stock(object: object, pack: pack, source: source)
        }
        guard let listing = try? PackListing(store, object) else {
            return Stock(object: object, pack: pack, source: .nobody)
        }
        let members = listing.items.map(\.member)
        return Stock(object: object, pack: pack, source: .members(members))
    }

    /// Goes through what a pack holds, in order of offset.
    func forEachMember(
        of stock: Stock,
        _ body: (_ key: ChunkKey, _ storedBytes: Int) -> Void
    ) {
        switch stock.source {
        case .segment(let number, let entries): segments[number].forEach(entries, body)
        case .members(let members):
            for member in members { body(ChunkKey(member.chunk), member.storedBytes) }
        case .nobody: break
        }
    }

    /// What a pack holds, with the digests of its sums.
    func listing(of stock: Stock) throws(RepositoryError) -> PackListing {
        if case .segment(let number, let entries) = stock.source,
            let listing = try? PackListing(
                store,
                stock.object,
                claimed: segments[number].claims(entries)
            )
        {
            return listing
        }
        return try PackListing(store, stock.object)
    }

    /// The names of the segments that were read, with their packs.
    var segmentContents: [(name: String, packs: [IndexSegment.Pack], entryCount: Int)] {
        zip(segmentNames, segments).map { ($0, $1.packs, $1.entryCount) }
    }
}
