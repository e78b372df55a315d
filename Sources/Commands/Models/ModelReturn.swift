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
        guard (try? Directory(folder.settings.path)) != nil else { return { _ in true } }
        let wait = try context.lockWaitSeconds()
        hold = try modelling { () throws(ModelError) in
            try FolderHold(folder, waitSeconds: wait, cancellation: context.cancellation)
        }
        let proof = VersionProof(folder, cancellation: context.cancellation) { _ in }
        var intact: Set<Path> = []
        for (version, digest) in try manifests(repository) {
            guard let name = version.text,
                try manifestDigest(version) == digest,
                let report = try? proof.run(name),
                report.isIntact, report.extra.isEmpty
            else { continue }
            intact.insert(version)
        }
        let kept = intact
        return { path in path.components.first.map { !kept.contains($0) } ?? true }
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

    /// The digest that the snapshot has for the manifest of each version.
    private func manifests(_ repository: Repository) throws(CommandFailure) -> [Path: Digest] {
        var found: [Path: Digest] = [:]
        var tree = try querying { () throws(RepositoryError) in
            try repository.tree(component, name: "models")
        }
        while let entry = try querying({ () throws(RepositoryError) in try tree.next() }) {
            guard entry.kind == .file, entry.path.lastComponent == VersionManifest.fileName,
                entry.path.components.count == 2
            else { continue }
            found[entry.path.parent] = entry.digest
        }
        return found
    }

    private func manifestDigest(_ version: Path) throws(CommandFailure) -> Digest? {
        let path = folder.settings.path.appending(version).appending(VersionManifest.fileName)
        guard let file = try? OpenFile(path, .read) else { return nil }
        return try? ChecksumSidecar.digest(of: file)
    }
}
