internal import Cryptography
internal import Deduplication
internal import Files
internal import Manifests
internal import Models

/// What a snapshot holds of a model folder, by the folder's direct children: versions, plain files
/// and links.
struct KeptModels {
    /// One entry, with what must agree for the live one to be the same.
    struct Entry: Equatable {
        var kind: FileEntry.Kind
        var sizeBytes: UInt64 = 0
        var target: Path?
    }

    /// A direct child with all that it holds, by path from the model folder.
    struct Item {
        var entries: [Path: Entry] = [:]
        var digests: [Path: Digest] = [:]
        /// The files of which only the hashes are kept.
        var elsewhere: Snapshot.Component.Elsewhere?
    }

    private(set) var items: [Path: Item] = [:]

    init(_ repository: Repository, _ component: Snapshot.Component) throws(CommandFailure) {
        var tree = try querying { () throws(RepositoryError) in
            try repository.tree(component, name: "models")
        }
        while let entry = try querying({ () throws(RepositoryError) in try tree.next() }) {
            guard let name = entry.path.components.first else { continue }
            var item = items[name] ?? Item()
            item.entries[entry.path] = Entry(
                kind: entry.kind,
                sizeBytes: entry.sizeBytes,
                target: entry.target
            )
            item.digests[entry.path] = entry.digest
            if entry.isElsewhere {
                var what = item.elsewhere ?? .init(files: 0, sizeBytes: 0)
                what.files += 1
                what.sizeBytes += entry.sizeBytes
                item.elsewhere = what
            }
            items[name] = item
        }
    }

    /// Whether what lies in a folder is what the snapshot holds: kinds, link targets, every byte.
    ///
    /// - Parameters:
    ///   - name: The direct child.
    ///   - root: The model folder.
    ///   - proof: Reads the files.
    ///   - isKept: Whether a live entry was never captured.
    /// - Returns: True also where more is there than was kept, if the rest could not come back.
    /// - Throws: ``CommandFailure``.
    func isWhole(
        _ name: Path,
        in root: Path,
        _ proof: VersionProof,
        isKept: (Path) -> Bool
    ) throws(CommandFailure) -> Bool {
        guard let item = items[name], looksWhole(name, in: root, isKept: isKept) else {
            return false
        }
        if item.digests.isEmpty { return true }
        let report = try modelling { () throws(ModelError) in
            try proof.run(item.digests, in: root)
        }
        return report.isIntact
    }

    /// The same by kinds, sizes and link targets alone; nothing is read.
    func looksWhole(_ name: Path, in root: Path, isKept: (Path) -> Bool) -> Bool {
        guard let item = items[name], let found = try? Self.live(name, in: root, isKept) else {
            return false
        }
        return (item.elsewhere != nil || found.count == item.entries.count)
            && item.entries.allSatisfy { found[$0.key] == $0.value }
    }

    private static func live(
        _ name: Path,
        in root: Path,
        _ isKept: (Path) -> Bool
    ) throws(FileError) -> [Path: Entry] {
        let folder = try Directory(root)
        var found: [Path: Entry] = [:]
        func take(
            _ path: Path,
            _ status: FileStatus,
            _ name: Path,
            _ holder: borrowing Directory
        ) throws(FileError) {
            switch status.kind {
            case .folder: found[path] = Entry(kind: .folder)
            case .file: found[path] = Entry(kind: .file, sizeBytes: status.sizeBytes)
            case .link:
                found[path] = Entry(kind: .link, target: try holder.linkTarget(name))
            case .pipe, .socket, .device: return
            }
        }
        let status = try folder.status(name)
        try take(name, status, name, folder)
        guard status.kind == .folder else { return found }
        try TreeWalk.run(try folder.folder(name)) { (item, holder) throws(FileError) in
            if item.path.bytes.isEmpty { return .descend }
            let path = name.appending(item.path)
            if isKept(path) { return .skip }
            try take(path, item.status, item.name, holder)
            return .descend
        } onFailure: { (failure) throws(FileError) in
            throw failure.cause
        }
        return found
    }
}
