internal import Cryptography
internal import Files
internal import Storage

/// Puts what the passes of a check found together: damage by pack, with what it touches.
struct DamageLedger {
    private let repository: Repository
    private let reader: ChunkReader
    private let found: ManifestSurvey.Found
    private let homeless: [Digest: [String]]
    /// What is wrong with each damaged pack, one text for each place.
    private var faults: [String: [String]] = [:]

    init(
        _ repository: Repository,
        _ found: ManifestSurvey.Found,
        _ places: PackPlaces,
        _ findings: [PackCheck.Finding],
        failedPlaces: [ChunkIndex.Location: String]
    ) {
        self.repository = repository
        self.found = found
        reader = ChunkReader(store: repository.store, index: repository.index)
        homeless = places.homeless
        for finding in findings where !finding.faults.isEmpty {
            faults[finding.object] = finding.faults
        }
        for pack in Set(homeless.values.joined()) {
            faults[pack, default: []].append("it is missing")
        }
        let present = Set(places.listed.map(\.name))
        // A place in a pack that is gone is a stale line of the index, no damage.
        for (place, why) in failedPlaces.sorted(by: { $0.key.offset < $1.key.offset })
        where present.contains(place.object) && faults[place.object] == nil {
            faults[place.object] = [why]
        }
    }

    /// What is damaged, and the snapshots of which not everything was found whole.
    func trace(
        _ snapshots: [Snapshot]
    ) throws(RepositoryError) -> (damage: [Damage], unproven: Set<SnapshotID>) {
        if faults.isEmpty, homeless.isEmpty, found.badParts.isEmpty, found.badFiles.isEmpty {
            let unproven = found.damage.flatMap(\.touches).compactMap { SnapshotID($0.snapshot) }
            return (found.damage, Set(unproven))
        }
        let chunks = chunksByPack()
        let near = Set(chunks.values.joined())
        let (lost, harmed) = prove(near.union(homeless.keys))
        var trace = DamageTrace(reader, lost: lost, near: near, badFiles: found.badFiles)
        try trace.run(snapshots)
        var all = found.damage
        for pack in faults.keys.sorted() {
            var damage = Damage(.pack, pack, faults[pack] ?? [])
            let here = (chunks[pack] ?? []) + homeless.filter { $0.value.contains(pack) }.map(\.key)
            let broken = here.filter { harmed[$0]?.contains(pack) == true || lost[$0] != nil }
            damage.chunks = broken.map(\.hex).sorted()
            damage.touches = touches(broken.map { .chunk($0) }, trace)
            all.append(damage)
        }
        for (chunk, packs) in homeless where packs.isEmpty {
            var damage = Damage(.chunk, chunk.hex, ["no pack holds it"])
            damage.touches = touches([.chunk(chunk)], trace)
            all.append(damage)
        }
        for (part, why) in found.badParts where lost[part] == nil {
            all.append(damage(.manifest, part.hex, why, .part(part), trace))
        }
        for (key, why) in found.badFiles {
            let touched = touches([.file(key)], trace)
            guard let first = touched.first else { continue }
            all.append(damage(.file, first.path ?? "", why, .file(key), trace))
        }
        all.sort { ($0.kind.rawValue, $0.name) < ($1.kind.rawValue, $1.name) }
        let others = found.damage.flatMap(\.touches).compactMap { SnapshotID($0.snapshot) }
        return (all, trace.snapshots.union(others))
    }

    private func damage(
        _ kind: Damage.Kind,
        _ name: String,
        _ why: String,
        _ cause: DamageTrace.Cause,
        _ trace: DamageTrace
    ) -> Damage {
        var damage = Damage(kind, name, [why])
        damage.touches = touches([cause], trace)
        return damage
    }

    /// The chunks of snapshots that have a place in a damaged pack, by pack.
    private func chunksByPack() -> [String: [Digest]] {
        var chunks: [String: [Digest]] = [:]
        for chunk in found.chunks {
            for object in Set(repository.index.locations(of: chunk).map(\.object))
            where faults[object] != nil && homeless[chunk] == nil {
                chunks[object, default: []].append(chunk)
            }
        }
        return chunks
    }

    /// Reads chunks from each of their places: which no place gives back, and where others fail.
    private func prove(
        _ chunks: Set<Digest>
    ) -> (lost: [Digest: String], harmed: [Digest: Set<String>]) {
        var lost: [Digest: String] = [:]
        var harmed: [Digest: Set<String>] = [:]
        let room = AlignedBuffer(byteCount: PackFormat.chunkLimit)
        for chunk in chunks {
            var reasons: [String] = ["no pack holds it"]
            var isWhole = false
            for place in repository.index.locations(of: chunk) {
                do throws(RepositoryError) {
                    _ = try unsafe reader.find(chunk, near: place, into: room.bytes, true)
                    isWhole = true
                } catch {
                    harmed[chunk, default: []].insert(place.object)
                    reasons.append(error.message)
                }
            }
            if !isWhole { lost[chunk] = reasons.last }
        }
        return (lost, harmed)
    }

    private func touches(
        _ causes: [DamageTrace.Cause],
        _ trace: DamageTrace
    ) -> [Damage.Touched] {
        var seen: Set<Damage.Touched> = []
        return causes.flatMap { trace.touches[$0] ?? [] }
            .filter { seen.insert($0.value).inserted }
            .sorted { $0.number < $1.number }
            .map(\.value)
    }
}
