internal import Cryptography
internal import Storage

/// Brings every chunk that snapshots need into packs that are whole, then removes the damaged
/// ones that nobody needs any more.
struct PackRepair {
    /// What is to be done with the packs, found out by reading only.
    struct Findings {
        /// Damaged packs that are there, each with the needed chunks that it holds unharmed.
        var good: [String: [Digest]] = [:]
        /// Needed chunks that no place gives back.
        var lost: Set<Digest> = []
        /// Where each lost chunk lies, as far as that is known.
        var lostIn: [String: Set<Digest>] = [:]
    }

    let repository: Repository
    let snapshots: [Snapshot]

    /// Reads every needed chunk that has a place in a damaged pack, or none.
    ///
    /// - Parameter damaged: The names of the damaged packs that are there.
    /// - Returns: What is good in them and what is lost.
    /// - Throws: ``RepositoryError`` where the store cannot be listed.
    func look(_ damaged: Set<String>) throws(RepositoryError) -> Findings {
        var findings = Findings()
        for name in damaged { findings.good[name] = [] }
        // Else a chunk that an index merely claims to be elsewhere would not be copied.
        repository.index.search()
        let needed = try needed()
        let places = try PackPlaces(repository, needed)
        let present = Set(places.listed.map(\.name))
        let reader = ChunkReader(store: repository.store, index: repository.index)
        for chunk in needed {
            let objects = Set(repository.index.locations(of: chunk).map(\.object))
                .intersection(present)
            if !objects.isSubset(of: damaged) { continue }
            if (try? reader.read(chunk)) != nil {
                for object in objects { findings.good[object, default: []].append(chunk) }
            } else {
                findings.lost.insert(chunk)
                for object in objects { findings.lostIn[object, default: []].insert(chunk) }
            }
        }
        return findings
    }

    private func needed() throws(RepositoryError) -> Set<Digest> {
        let reader = ChunkReader(store: repository.store, index: repository.index)
        var survey = ManifestSurvey(reader, nil) { () throws(RepositoryError) in }
        return try survey.run(snapshots).chunks
    }

    /// Writes chunks into new packs and makes them durable, the index with them.
    ///
    /// The damaged packs must be marked and the repository opened after that: then none of them
    /// counts as a place where a chunk lies already.
    ///
    /// - Returns: The lost chunks that were found again and written.
    func rescue(
        _ findings: Findings,
        _ search: LostChunks
    ) throws(RepositoryError) -> Set<Digest> {
        var recovered: Set<Digest> = []
        let settings = repository.settings
        let writer = ChunkWriter(
            store: repository.store,
            index: repository.index,
            packBytes: [
                .data: settings.packBytes,
                .meta: max(settings.metaPackBytes, 4 << 20) + (256 << 10),
            ]
        )
        do throws(RepositoryError) {
            let reader = ChunkReader(store: repository.store, index: repository.index)
            for (pack, chunks) in findings.good.sorted(by: { $0.key < $1.key }) {
                let kind = PackFormat.pack(pack)?.kind ?? .data
                for chunk in chunks { _ = try writer.submit(try reader.read(chunk), kind: kind) }
            }
            for chunk in findings.lost.sorted(by: { $0.hex < $1.hex }) {
                guard let bytes = search.find(chunk) else { continue }
                _ = try writer.submit(bytes, kind: .data)
                recovered.insert(chunk)
            }
            try writer.finish()
        } catch {
            writer.abandon()
            throw error
        }
        return recovered
    }

    /// Whether every byte of a pack is as it should be.
    static func isWhole(_ name: String, _ store: any Store) -> Bool {
        guard
            let size = try? store.list(String(name.prefix { $0 != "/" }))
                .first(where: { $0.name == name })
        else { return false }
        guard let listing = try? PackListing(store, size) else { return false }
        return PackScan(store).faults(of: size, listing.items, isProven: nil).isEmpty
    }
}
