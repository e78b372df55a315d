internal import Deduplication
internal import Files
internal import Manifests
internal import Models
internal import Threads

/// How a model folder comes back in place: what is gone or other than in the snapshot returns, the
/// link is switched, and every other version stays.
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

    /// Versions and files that are neither whole here nor in the repository, where only their
    /// hashes are.
    private(set) var leftOut: [String: Snapshot.Component.Elsewhere] = [:]
    /// Links that stay as they are: what they led to in the snapshot is not there.
    private(set) var linksLeft: [String] = []

    /// Decides what of the snapshot is staged; from here on no other run changes the folder.
    ///
    /// - Parameters:
    ///   - repository: Where the manifest is.
    ///   - context: The run.
    ///   - isKept: Whether a live entry was never captured.
    /// - Returns: Whether a path of the snapshot is put back.
    /// - Throws: ``CommandFailure``.
    func wanted(
        _ repository: Repository,
        _ context: Context,
        isKept: (Path) -> Bool
    ) throws(CommandFailure) -> @Sendable (Path) -> Bool {
        let kept = try KeptModels(repository, component)
        let root = folder.settings.path
        var stays: Set<Path> = []
        if (try? Directory(root)) != nil {
            let wait = try context.lockWaitSeconds()
            hold = try modelling { () throws(ModelError) in
                try FolderHold(folder, waitSeconds: wait, cancellation: context.cancellation)
            }
            let proof = VersionProof(folder, cancellation: context.cancellation) { _ in }
            for name in kept.items.keys.sorted()
            where try kept.isWhole(name, in: root, proof, isKept: isKept) {
                stays.insert(name)
            }
        }
        for (name, item) in kept.items where !stays.contains(name) {
            guard let elsewhere = item.elsewhere else { continue }
            let isFile = item.entries[name]?.kind == .file
            leftOut["\(isFile ? "file" : "version") \(name)"] = elsewhere
            stays.insert(name)
        }
        keepLinks(kept, &stays)
        let done = stays
        return { path in path.components.first.map { !done.contains($0) } ?? true }
    }

    /// The room that it needs beside what is there, as far as that can be seen without reading it.
    ///
    /// - Parameters:
    ///   - repository: Where the manifest is.
    ///   - isKept: Whether a live entry was never captured.
    /// - Returns: Bytes.
    /// - Throws: ``CommandFailure``.
    func neededBytes(
        _ repository: Repository,
        isKept: (Path) -> Bool
    ) throws(CommandFailure) -> UInt64 {
        let kept = try KeptModels(repository, component)
        let root = folder.settings.path
        return kept.items.reduce(0) { sum, child in
            let (name, item) = child
            if item.elsewhere != nil || kept.looksWhole(name, in: root, isKept: isKept) {
                return sum
            }
            return item.entries.values.reduce(sum) { $0 + $1.sizeBytes }
        }
    }

    /// A link must not lead to what will not be there: then the live one stays.
    private func keepLinks(_ kept: KeptModels, _ stays: inout Set<Path>) {
        let root = folder.settings.path
        var isSettled = false
        while !isSettled {
            isSettled = true
            let coming = ComingModels(root, kept, stays: stays)
            for (name, item) in kept.items where !stays.contains(name) {
                guard let target = target(of: name, item), !coming.leads(target),
                    !leftOut.isEmpty || (try? FileStatus(of: root.appending(name))) != nil
                else { continue }
                stays.insert(name)
                linksLeft.append(name.description)
                isSettled = false
            }
        }
        linksLeft.sort()
    }

    /// What a link or the pointer file names; nil for versions and other files.
    private func target(of name: Path, _ item: KeptModels.Item) -> Path? {
        switch item.entries[name]?.kind {
        case .link: return name
        case .file where name == folder.settings.link:
            return component.models?.current.map { Path($0) }
        default: return nil
        }
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
}
