internal import Cryptography
internal import Storage

/// Makes the index anew from the packs wherever it is not what the packs say.
struct IndexRepair {
    /// Segments that cannot be read, are wrong, or name packs that are not there.
    let bad: [String]
    /// Packs that are there and of which only a bad segment speaks, or none.
    let unnamed: [StoredObject]

    /// Compares the index with the headers of all packs.
    ///
    /// - Parameters:
    ///   - repository: Opened just now; nothing was searched in its index yet.
    ///   - leaving: Packs that are about to be removed.
    /// - Throws: ``RepositoryError`` where the store cannot be listed.
    init(_ repository: Repository, leaving: Set<String> = []) throws(RepositoryError) {
        let (index, store) = (repository.index, repository.store)
        index.search(isThorough: true)
        var listed: [StoredObject] = []
        for kind in PackFormat.Kind.allCases {
            listed += try storing { () throws(StorageError) in try store.list(kind.folder) }
                .filter { PackFormat.pack($0.name) != nil && !leaving.contains($0.name) }
        }
        let present = Set(listed.map(\.name))
        let lies = Set(index.lies.map { $0.segment })
        let stale = index.segmentPacks.filter { !$0.packs.allSatisfy { present.contains($0) } }
        let bad = lies.union(stale.map { $0.segment }).union(index.brokenSegments)
        let named = Set(
            index.segmentPacks.filter { !bad.contains($0.segment) }.flatMap { $0.packs }
        )
        self.bad = bad.sorted()
        // A damaged pack that does not say what it holds stands in no index.
        unnamed = listed.filter { object in
            !named.contains(object.name) && (try? PackListing(store, object)) != nil
        }
    }

    /// Whether there is anything to do.
    var isNeeded: Bool { !bad.isEmpty || !unnamed.isEmpty }

    /// Writes what is missing, makes it durable, and only then removes what is wrong.
    func run(_ store: any Store) throws(RepositoryError) {
        var packs: [(pack: IndexSegment.Pack, members: [PackBuilder.Member])] = []
        for object in unnamed {
            guard let (kind, id) = PackFormat.pack(object.name),
                let listing = try? PackListing(store, object)
            else { continue }
            let pack = IndexSegment.Pack(id: id, kind: kind, sizeBytes: object.sizeBytes)
            packs.append((pack, listing.items.map(\.member)))
        }
        do throws(StorageError) {
            var kept: String?
            if !packs.isEmpty {
                let bytes = IndexSegment.encode(packs)
                let name = "index/\(SHA256.digest(of: bytes).hex).idx"
                kept = name
                try store.replace(name, bytes)
                try store.sync()
            }
            for name in bad where name != kept { try store.delete(name) }
            try store.sync()
        } catch {
            throw RepositoryError(error)
        }
    }
}
