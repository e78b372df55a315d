internal import Cryptography
internal import Files
internal import Manifests
internal import Threads

/// The first walk of a check: reads every manifest, gathers the chunks that entries refer to
/// and, where files are to be proven, proves them on the way.
struct ManifestSurvey {
    /// What is remembered of a part.
    fileprivate struct Summary {
        var first: Path?
        var last: Path?
        var files = 0
        var folders = 0
        var links = 0
        var sizeBytes: UInt64 = 0
        var elsewhereFiles = 0
        var elsewhereBytes: UInt64 = 0
    }

    /// What the walk found.
    final class Found {
        /// Every chunk that a snapshot refers to, parts among them.
        var chunks: Set<Digest> = []
        /// Parts that could not be read or make no sense.
        var badParts: [Digest: String] = [:]
        /// Manifests that do not add up.
        var damage: [Damage] = []
        /// Entries whose extents cannot be right, by key.
        var badFiles: [Digest: String] = [:]
        var files = 0
    }

    private let found: Found
    private var walk: ManifestWalk<Summary>

    init(
        _ reader: ChunkReader,
        _ proof: FileProof?,
        check: @escaping () throws(RepositoryError) -> Void
    ) {
        let found = Found()
        self.found = found
        var hasher = SHA256()
        walk = ManifestWalk(reader) { (entries) throws(RepositoryError) in
            var summary = Summary(first: entries.first?.path, last: entries.last?.path)
            for entry in entries {
                try check()
                summary.count(entry)
                let chunks = EntryChunks(entry, reader)
                found.chunks.formUnion(chunks.all)
                guard entry.kind == .file, !entry.isElsewhere else { continue }
                if let fault = chunks.fault {
                    found.badFiles[EntryChunks.key(of: entry, &hasher)] = fault
                } else {
                    proof?.add(entry)
                }
            }
            found.files += summary.files
            return summary
        }
    }

    /// Walks through the manifests of snapshots.
    mutating func run(_ snapshots: [Snapshot]) throws(RepositoryError) -> Found {
        for snapshot in snapshots {
            if let id = snapshot.configuration.flatMap({ Digest(hex: $0) }) {
                found.chunks.insert(id)
            }
            for (name, component) in snapshot.components.sorted(by: { $0.key < $1.key }) {
                try look(at: component, name, of: snapshot)
            }
        }
        return found
    }

    private mutating func look(
        at component: Snapshot.Component,
        _ name: String,
        of snapshot: Snapshot
    ) throws(RepositoryError) {
        var total = Summary()
        var isWhole = true
        var fault: String?
        for part in try walk.parts(of: component) {
            found.chunks.insert(part.id)
            switch part.summary {
            case .failure(let error):
                found.badParts[part.id] = error.message
                isWhole = false
            case .success(let summary):
                if let last = total.last, let first = summary.first, !(last < first) {
                    fault = "its parts are out of order at \(first)"
                }
                total.add(summary)
            }
        }
        if isWhole, fault == nil { fault = Self.fault(total, component) }
        guard let fault else { return }
        var damage = Damage(.manifest, "\(snapshot.id)/\(name)", [fault])
        damage.touches = [
            .init(snapshot: snapshot.id.text, component: name, path: nil, what: "manifest")
        ]
        found.damage.append(damage)
    }

    private static func fault(_ total: Summary, _ component: Snapshot.Component) -> String? {
        if component.outcome != "captured" { return nil }
        let ids = component.parts.map { $0 + "\n" }.joined()
        guard SHA256.digest(of: Array(ids.utf8)).hex == component.digest else {
            return "its parts are not those that its digest names"
        }
        guard total.files == component.files, total.folders == component.folders,
            total.links == component.links, total.sizeBytes == component.sizeBytes
        else {
            return "it lists \(total.files) files of \(total.sizeBytes) bytes, "
                + "the snapshot counts \(component.files) of \(component.sizeBytes)"
        }
        let stated = component.elsewhere ?? .init(files: 0, sizeBytes: 0)
        guard total.elsewhereFiles == stated.files, total.elsewhereBytes == stated.sizeBytes else {
            return "it lists \(total.elsewhereFiles) files without content, "
                + "the snapshot counts \(stated.files)"
        }
        return nil
    }
}

extension ManifestSurvey.Summary {
    fileprivate mutating func count(_ entry: FileEntry) {
        switch entry.kind {
        case .file:
            files += 1
            sizeBytes = Self.sum(sizeBytes, entry.sizeBytes)
            if entry.isElsewhere {
                elsewhereFiles += 1
                elsewhereBytes = Self.sum(elsewhereBytes, entry.sizeBytes)
            }
        case .folder: folders += 1
        case .link: links += 1
        }
    }

    fileprivate mutating func add(_ next: Self) {
        last = next.last ?? last
        files += next.files
        folders += next.folders
        links += next.links
        sizeBytes = Self.sum(sizeBytes, next.sizeBytes)
        elsewhereFiles += next.elsewhereFiles
        elsewhereBytes = Self.sum(elsewhereBytes, next.elsewhereBytes)
    }

    /// Never more than any snapshot counts: parts may claim anything.
    private static func sum(_ one: UInt64, _ other: UInt64) -> UInt64 {
        let (sum, overflow) = one.addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
