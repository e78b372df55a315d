internal import Cryptography
internal import Storage

/// Which packs there are, and in which of them the wanted chunks lie.
struct PackPlaces {
    /// All packs of the store, data first.
    let listed: [StoredObject]
    /// The names of the packs that hold, or should hold, a wanted chunk.
    let neededNames: Set<String>
    /// Wanted chunks of which no pack is there, each with the packs that should hold it.
    let homeless: [Digest: [String]]

    /// The listed packs that must be looked at.
    ///
    /// A chunk of which nothing is known may lie in any pack that does not say what it holds.
    var needed: [StoredObject] {
        if homeless.values.contains([]) { return listed }
        return listed.filter { neededNames.contains($0.name) }
    }

    init(_ repository: Repository, _ chunks: Set<Digest>) throws(RepositoryError) {
        let store = repository.store
        var listed: [StoredObject] = []
        for kind in PackFormat.Kind.allCases {
            listed += try storing { () throws(StorageError) in try store.list(kind.folder) }
                .filter { PackFormat.pack($0.name) != nil }
        }
        let names = Set(listed.map(\.name))
        var needed: Set<String> = []
        var homeless: [Digest: [String]] = [:]
        for chunk in chunks {
            let objects = Set(repository.index.locations(of: chunk).map(\.object))
            let present = objects.intersection(names)
            needed.formUnion(present)
            if present.isEmpty { homeless[chunk] = objects.sorted() }
        }
        self.listed = listed
        neededNames = needed
        self.homeless = homeless
    }
}
