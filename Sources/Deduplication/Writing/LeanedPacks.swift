internal import Cryptography
internal import Storage

/// The last look before a commit at the packs that a writer leans on.
///
/// A pack may have been condemned before the session was opened and after the index was read, or
/// its content may have been written again under a name that is condemned. What lies in such packs
/// is copied into new ones. Lists that came later wait for the session's end.
struct LeanedPacks {
    let repository: Repository
    let session: OpenSession

    /// Makes sure that all of them outlive the session.
    ///
    /// - Throws: ``RepositoryError``; `damaged` where one is gone.
    func secure() throws(RepositoryError) {
        let store = repository.store
        let leaned = repository.index.leanedObjects
        if leaned.isEmpty { return }
        // In this order: a list goes only after the packs that it names.
        var condemned: Set<String> = []
        for stored in try CondemnedList.all(store) where session.seen.contains(stored.name) {
            condemned.formUnion((stored.list?.packs ?? []).map(\.name))
        }
        let troubled = leaned.intersection(condemned)
        if !troubled.isEmpty { try copy(troubled) }
        var present: Set<String> = []
        for kind in PackFormat.Kind.allCases {
            for object in try storing({ () throws(StorageError) in try store.list(kind.folder) }) {
                present.insert(object.name)
            }
        }
        if let gone = leaned.subtracting(troubled).subtracting(present).min() {
            throw Self.vanished(gone)
        }
    }

    private func copy(_ names: Set<String>) throws(RepositoryError) {
        let store = repository.store
        let copier = PackCopier(store, repository.settings)
        let lane = PackCopier.Lane()
        for name in names.sorted() {
            guard let (kind, _) = PackFormat.pack(name) else { continue }
            let objects = try storing { () throws(StorageError) in
                try store.list(String(name.prefix { $0 != "." }.dropLast(65)))
            }
            guard let object = objects.first(where: { $0.name == name }) else {
                throw Self.vanished(name)
            }
            do throws(RepositoryError) {
                let listing = try PackListing(store, object)
                for item in listing.items {
                    try copier.copy(item, of: object, kind: kind, in: lane)
                }
            } catch {
                if error.cause?.code == .notFound { throw Self.vanished(name) }
                throw error
            }
        }
        try copier.finish()
    }

    private static func vanished(_ name: String) -> RepositoryError {
        RepositoryError(
            code: .damaged,
            message: "\(name) vanished while this backup leaned on it; run it again"
        )
    }
}
