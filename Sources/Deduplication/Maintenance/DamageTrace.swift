internal import Cryptography
internal import Files
internal import Manifests

/// The second walk, made only after damage was found: names every snapshot, component and file
/// that it touches.
struct DamageTrace {
    /// What an entry or a part loses, and by which chunk or file.
    private struct Hit {
        let cause: Cause
        let path: String?
        let what: String
    }

    /// What took something from a snapshot.
    enum Cause: Hashable {
        case chunk(Digest)
        case file(Digest)
        case part(Digest)
    }

    private struct Summary {
        var hits: [Hit] = []
        /// Some chunk lies in a damaged pack, be it lost or not.
        var isNear = false
        var first: Path?
        var last: Path?
    }

    private let lost: [Digest: String]
    private let near: Set<Digest>
    private var walk: ManifestWalk<Summary>
    /// What is touched, by cause, numbered in the order of snapshots and paths.
    private(set) var touches: [Cause: [(number: Int, value: Damage.Touched)]] = [:]
    private var count = 0
    /// Snapshots of which not everything was found whole.
    private(set) var snapshots: Set<SnapshotID> = []

    /// Prepares a walk.
    ///
    /// - Parameters:
    ///   - reader: Reads the manifests.
    ///   - lost: The chunks that no pack gives back.
    ///   - near: The chunks of which a place lies in a damaged pack.
    ///   - badFiles: Files that could not be proven, by key.
    init(
        _ reader: ChunkReader,
        lost: [Digest: String],
        near: Set<Digest>,
        badFiles: [Digest: String]
    ) {
        self.lost = lost
        self.near = near
        var hasher = SHA256()
        walk = ManifestWalk(reader) { (entries) throws(RepositoryError) in
            var summary = Summary(first: entries.first?.path, last: entries.last?.path)
            for entry in entries where entry.kind == .file {
                let chunks = EntryChunks(entry, reader)
                let losses = chunks.losses(lost)
                summary.hits += losses.map {
                    Hit(cause: .chunk($0.chunk), path: entry.path.description, what: $0.what)
                }
                if !chunks.all.isDisjoint(with: near) { summary.isNear = true }
                guard losses.isEmpty, !badFiles.isEmpty else { continue }
                let key = EntryChunks.key(of: entry, &hasher)
                if badFiles[key] != nil {
                    summary.hits.append(
                        Hit(cause: .file(key), path: entry.path.description, what: "content")
                    )
                }
            }
            return summary
        }
    }

    /// Walks through the manifests of snapshots.
    mutating func run(_ all: [Snapshot]) throws(RepositoryError) {
        for snapshot in all {
            if let id = snapshot.configuration.flatMap({ Digest(hex: $0) }) {
                if near.contains(id) { snapshots.insert(snapshot.id) }
                if lost[id] != nil {
                    let hit = Hit(cause: .chunk(id), path: nil, what: "configuration")
                    touch(hit, snapshot, component: nil)
                }
            }
            for (name, component) in snapshot.components.sorted(by: { $0.key < $1.key }) {
                try trace(component, name, of: snapshot)
            }
        }
    }

    private mutating func trace(
        _ component: Snapshot.Component,
        _ name: String,
        of snapshot: Snapshot
    ) throws(RepositoryError) {
        let parts = try walk.parts(of: component)
        for (number, part) in parts.enumerated() {
            if near.contains(part.id) { snapshots.insert(snapshot.id) }
            switch part.summary {
            case .success(let summary):
                if summary.isNear { snapshots.insert(snapshot.id) }
                for hit in summary.hits { touch(hit, snapshot, component: name) }
            case .failure:
                let before = number > 0 ? try? parts[number - 1].summary.get().last : nil
                let after =
                    number + 1 < parts.count ? try? parts[number + 1].summary.get().first : nil
                let cause: Cause = lost[part.id] == nil ? .part(part.id) : .chunk(part.id)
                touch(
                    Hit(cause: cause, path: nil, what: Self.range(before, after)),
                    snapshot,
                    component: name
                )
            }
        }
    }

    /// An unreadable part cannot say what it held, but its neighbours say between which paths.
    private static func range(_ before: Path?, _ after: Path?) -> String {
        switch (before, after) {
        case (nil, nil): "manifest of every file"
        case (let before?, nil): "manifest of every file behind \(before)"
        case (nil, let after?): "manifest of every file before \(after)"
        case (let before?, let after?): "manifest of every file between \(before) and \(after)"
        }
    }

    private mutating func touch(_ hit: Hit, _ snapshot: Snapshot, component: String?) {
        snapshots.insert(snapshot.id)
        let touched = Damage.Touched(
            snapshot: snapshot.id.text,
            component: component,
            path: hit.path,
            what: hit.what
        )
        touches[hit.cause, default: []].append((count, touched))
        count += 1
    }
}
