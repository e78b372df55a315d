internal import Arguments
internal import Deduplication
internal import Deployments
internal import Files
internal import FoundationEssentials
internal import Processes

/// TAGs, images and git: whether what a TAG stood for can still be told.
struct AuditReleases {
    private static let tagNote = Path("git-tags.json")

    private let loaded: LoadedConfiguration
    private let context: Context
    private let state: StateFolder

    init(_ loaded: LoadedConfiguration, _ context: Context, _ state: StateFolder) {
        self.loaded = loaded
        self.context = context
        self.state = state
    }

    func findings(_ repository: Repository, _ own: [Snapshot]) -> [AuditFinding] {
        let recent = own.suffix(60)
        var records: [(snapshot: Snapshot, record: DeploymentRecord)] = []
        for snapshot in recent {
            if let record = try? repository.deployment(of: snapshot) {
                records.append((snapshot, record))
            }
        }
        return rebuilt(records) + releaseLogs + gitTags(own, records.map(\.record))
    }

    /// A TAG that was built twice is no identity: two images have had it.
    private func rebuilt(
        _ records: [(snapshot: Snapshot, record: DeploymentRecord)]
    ) -> [AuditFinding] {
        var images: [String: [String: String]] = [:]
        var found: [AuditFinding] = []
        for (snapshot, record) in records {
            for service in record.services {
                guard let tag = service.tag, let image = service.runningImageID ?? service.imageID
                else { continue }
                let key = "\(service.name):\(tag)"
                images[key, default: [:]][image] = images[key]?[image] ?? snapshot.id.text
            }
        }
        for (key, seen) in images.sorted(by: { $0.key < $1.key }) where seen.count > 1 {
            let places = seen.values.sorted().joined(separator: ", ")
            found.append(
                AuditFinding(
                    .risk,
                    "tag-two-images",
                    "\(key) was \(seen.count) different images, first in \(places): the TAG alone "
                        + "does not say which",
                    next: "build under a TAG of its own; a restore takes the image by its id"
                )
            )
        }
        return found
    }

    /// Two logs of one thing: an entry is in one of them.
    private var releaseLogs: [AuditFinding] {
        let configured = Path(loaded.value.release.log)
        var folders = [loaded.path.parent]
        if let file = loaded.value.compose?.files.first { folders.append(Path(file).parent) }
        if let root = folders.last { folders.append(root.parent) }
        var found: [Path] = []
        for folder in [configured.parent] + folders {
            for name in ["release.log", "ops/release.log", "logs/release.log", "docs/release.log"] {
                let path = folder.appending(name).normalized
                if !found.contains(path), (try? FileStatus(of: path))?.kind == .file {
                    found.append(path)
                }
            }
        }
        if !found.contains(configured), (try? FileStatus(of: configured))?.kind == .file {
            found.append(configured)
        }
        guard found.count > 1 else { return [] }
        let names = found.map(\.description).sorted().joined(separator: ", ")
        return [
            AuditFinding(
                .risk,
                "two-release-logs",
                "there are \(found.count) release logs: \(names); entries go to \(configured)",
                next: "join them, and name the one under release: {log: …}"
            )
        ]
    }

    /// Tags and commits that snapshots name must still be there.
    private func gitTags(_ own: [Snapshot], _ records: [DeploymentRecord]) -> [AuditFinding] {
        let root = records.compactMap(\.git?.root).last ?? loaded.path.parent.description
        guard git(root, ["rev-parse", "--git-dir"]) else { return [] }
        let known = knownTags
        var named = Set(own.compactMap(\.tag))
        for record in records {
            named.formUnion(record.git?.tags ?? [])
        }
        let recorded = Set(
            records.flatMap { $0.git?.tags ?? [] }
        )
        var present: [String] = []
        var gone: [String] = []
        for tag in named.sorted() where !tag.hasPrefix("-") {
            let isHash =
                (7...40).contains(tag.utf8.count)
                && tag.utf8.allSatisfy {
                    (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
                }
            let name = isHash ? "\(tag)^{commit}" : "refs/tags/\(tag)"
            if git(root, ["rev-parse", "--quiet", "--verify", name]) {
                present.append(tag)
            } else if isHash || known.contains(tag) || recorded.contains(tag) {
                gone.append(tag)
            }
        }
        if let data = try? JSONEncoder().encode(Array(Set(present + known)).sorted()) {
            try? Directory(state.path).writeNote(Self.tagNote, Array(data))
        }
        guard !gone.isEmpty else { return [] }
        return [
            AuditFinding(
                .risk,
                "git-tag-gone",
                "git in \(root) no longer has \(gone.prefix(5).joined(separator: ", ")), which "
                    + "snapshots name",
                next: "git fetch --tags, or tag the commits again"
            )
        ]
    }

    /// The tags that an earlier audit saw.
    private var knownTags: [String] {
        guard let bytes = try? Directory(state.path).readNote(Self.tagNote) else { return [] }
        return (try? JSONDecoder().decode([String].self, from: Data(bytes))) ?? []
    }

    private func git(_ root: String, _ arguments: [String]) -> Bool {
        var command = Processes.Command(
            ["git", "-C", root] + arguments,
            environment: Environment(context.environment)
        )
        command.deadlineSeconds = 20
        return (try? command.run())?.succeeded ?? false
    }
}
