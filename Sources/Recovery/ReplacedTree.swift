public import Deduplication
public import Files
internal import Manifests

/// What was live before a swap and lies aside: it may go once everything in it is elsewhere, too.
public enum ReplacedTree {
    /// Finds a file that only this tree has.
    ///
    /// A database counts as kept where the snapshot has it: its copy there need not be the same
    /// bytes. A file that was carried over is the live one under a second name.
    ///
    /// - Parameters:
    ///   - previous: The tree, by the paths of the component.
    ///   - live: The folder from which the component's paths count.
    ///   - repository: Where the snapshot is.
    ///   - component: What the snapshot holds of it, captured while nobody wrote.
    ///   - name: The component's name.
    /// - Returns: The first such file; nil where there is none.
    /// - Throws: ``RecoveryError`` where the tree or the snapshot cannot be read.
    public static func firstAlone(
        in previous: Path,
        live: Path,
        _ repository: Repository,
        _ component: Snapshot.Component,
        named name: String
    ) throws(RecoveryError) -> Path? {
        var kept: [Path: FileEntry] = [:]
        var tree = try fetching { () throws(RepositoryError) in
            try repository.tree(component, name: name)
        }
        while let entry = try fetching({ () throws(RepositoryError) in try tree.next() }) {
            kept[entry.path] = entry
        }
        var files: [(Path, FileStatus)] = []
        try filing { () throws(FileError) in
            try TreeWalk.run(try Directory(previous)) { (item, _) throws(FileError) in
                if item.status.kind != .folder { files.append((item.path, item.status)) }
                return .descend
            } onFailure: { (failure) throws(FileError) in
                throw failure.cause
            }
        }
        for (path, status) in files
        where try !isElsewhere(path, status, previous, live, kept) {
            return path
        }
        return nil
    }

    private static func isElsewhere(
        _ path: Path,
        _ status: FileStatus,
        _ previous: Path,
        _ live: Path,
        _ kept: [Path: FileEntry]
    ) throws(RecoveryError) -> Bool {
        if let now = try? FileStatus(of: live.appending(path)), now.inode == status.inode,
            now.device == status.device
        {
            return true
        }
        for suffix in Swap.sidecars {
            if let owner = path.removing(suffix: suffix), kept[owner]?.database != nil {
                return true
            }
        }
        guard let entry = kept[path] else { return false }
        switch status.kind {
        case .link:
            let target = try? Directory(previous.appending(path).parent)
                .linkTarget(path.lastComponent)
            return entry.kind == .link && target == entry.target
        case .file:
            if entry.database != nil { return true }
            guard entry.kind == .file, entry.sizeBytes == status.sizeBytes, !entry.isElsewhere
            else { return false }
            return try Staging.digest(previous.appending(path), limit: status.sizeBytes).0
                == entry.digest
        // Pipes and sockets hold nothing.
        case .pipe, .socket, .device: return true
        case .folder: return true
        }
    }
}
