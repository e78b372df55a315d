internal import Cryptography
internal import Deduplication
internal import Files
internal import Manifests
internal import Models
internal import Threads

/// How a model folder comes back in place: missing and damaged versions return, the link is
/// switched, and every other version stays.
final class ModelReturn {
    private let folder: ModelFolder
    private let component: Snapshot.Component
    private var hold: FolderHold?

    init(
        _ options: Component.VersionsOptions,
        _ component: Snapshot.Component
    ) throws(CommandFailure) {
        folder = ModelFolder(try ModelPlace.settings(options))
        self.component = component
    }

    /// Versions that are neither whole here nor in the repository, where only their hashes are.
    private(set) var leftOut: [String: Snapshot.Component.Elsewhere] = [:]

    /// Decides what of the snapshot is staged; from here on no other run changes the folder.
    ///
    /// - Parameters:
    ///   - repository: Where the manifest is.
    ///   - context: The run.
    /// - Returns: Whether a path of the snapshot is put back.
    /// - Throws: ``CommandFailure``.
    func wanted(
        _ repository: Repository,
        _ context: Context
    ) throws(CommandFailure) -> @Sendable (Path) -> Bool {
        let kept = try survey(repository)
        var passed: Set<Path> = []
        if (try? Directory(folder.settings.path)) != nil {
            let wait = try context.lockWaitSeconds()
            hold = try modelling { () throws(ModelError) in
                try FolderHold(folder, waitSeconds: wait, cancellation: context.cancellation)
            }
            let proof = VersionProof(folder, cancellation: context.cancellation) { _ in }
            for (version, digest) in kept.manifests {
                guard let name = version.text,
                    try manifestDigest(version) == digest,
                    let report = try? proof.run(name),
                    report.isIntact, report.extra.isEmpty
                else { continue }
                passed.insert(version)
            }
        }
        for (version, what) in kept.hollow where !passed.contains(version) {
            leftOut[version.description] = what
            passed.insert(version)
            // A link must not lead to what is not there.
            for (link, target) in kept.links where target == version { passed.insert(link) }
        }
        let done = passed
        return { path in path.components.first.map { !done.contains($0) } ?? true }
    }

    /// Notes the return in the folder's journal.
    ///
    /// - Parameters:
    ///   - snapshot: Where it came from.
    ///   - operation: The restore's name.
    /// - Throws: ``CommandFailure``.
    func note(_ snapshot: Snapshot, _ operation: String) throws(CommandFailure) {
        let hold = self.hold
        defer { self.hold = nil }
        do throws(ModelError) {
            let why = "restore \(operation) of snapshot \(snapshot.id)"
            if let hold { return try hold.noteRestore(why: why) }
            try FolderHold(folder, waitSeconds: 0, cancellation: .init()).noteRestore(why: why)
        } catch {
            var failure = CommandFailure(error)
            failure.state = "the versions are back; only their journal does not say so"
            throw failure
        }
    }

    /// What the snapshot says of the versions.
    private struct Survey {
        /// The digest of the manifest of each.
        var manifests: [Path: Digest] = [:]
        /// Those of which not all content was kept.
        var hollow: [Path: Snapshot.Component.Elsewhere] = [:]
        /// The links beside them, and the version each leads to.
        var links: [Path: Path] = [:]
    }

    private func survey(_ repository: Repository) throws(CommandFailure) -> Survey {
        var found = Survey()
        var tree = try querying { () throws(RepositoryError) in
            try repository.tree(component, name: "models")
        }
        while let entry = try querying({ () throws(RepositoryError) in try tree.next() }) {
            let parts = entry.path.components
            guard let version = parts.first else { continue }
            if parts.count == 1, let target = entry.target {
                found.links[version] = target.normalized.components.first
            }
            if entry.isElsewhere {
                var what = found.hollow[version] ?? .init(files: 0, sizeBytes: 0)
                what.files += 1
                what.sizeBytes += entry.sizeBytes
                found.hollow[version] = what
            }
            guard entry.kind == .file, entry.path.lastComponent == VersionManifest.fileName,
                parts.count == 2
            else { continue }
            found.manifests[version] = entry.digest
        }
        return found
    }

    private func manifestDigest(_ version: Path) throws(CommandFailure) -> Digest? {
        let path = folder.settings.path.appending(version).appending(VersionManifest.fileName)
        guard let file = try? OpenFile(path, .read) else { return nil }
        return try? ChecksumSidecar.digest(of: file)
    }
}
