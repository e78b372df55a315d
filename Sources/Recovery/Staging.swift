internal import Cryptography
public import Deduplication
public import Files
internal import Manifests
public import Threads

/// A component made again beside its target, on the same file system, and proven there.
///
/// Nothing live is touched. The staging folder is hidden, 0700, and named after the operation.
public struct Staging {
    /// The folder that holds the staged tree.
    public let folder: Path
    /// The databases in it, by path from its root, to be checked by who knows them.
    public private(set) var databases: [Path] = []
    private let target: RestoreTarget

    /// Makes an empty staging folder.
    ///
    /// - Parameters:
    ///   - target: What will be replaced.
    ///   - operation: Names the folder.
    /// - Throws: ``RecoveryError``.
    public init(for target: RestoreTarget, operation: String) throws(RecoveryError) {
        self.target = target
        let base = Self.base(target)
        let name = Path(".recover-stage-\(operation)-\(target.name)")
        try filing { () throws(FileError) in try Directory(base).makeFolder(name) }
        folder = base.appending(name)
    }

    /// Takes up what an earlier run has staged; it need not be there any more.
    ///
    /// - Parameters:
    ///   - target: What will be replaced.
    ///   - operation: Names the folder.
    public init(of target: RestoreTarget, by operation: String) {
        self.target = target
        folder = Self.base(target).appending(".recover-stage-\(operation)-\(target.name)")
    }

    /// The folder in which staging and what was live lie: beside the target, or inside it where it
    /// is a mount, since nothing can be renamed across one.
    ///
    /// - Parameter target: What will be replaced.
    /// - Returns: A folder that exists.
    public static func base(_ target: RestoreTarget) -> Path {
        guard case .folder = target.extent else { return target.folder }
        guard let status = try? FileStatus(of: target.folder, following: true),
            let parent = try? FileStatus(of: target.folder.parent, following: true)
        else { return target.folder.parent }
        let isApart = status.isMountRoot || status.device != parent.device
        return isApart ? target.folder : target.folder.parent
    }

    /// Restores the component's tree.
    ///
    /// - Parameters:
    ///   - repository: Where it comes from.
    ///   - component: What to restore.
    ///   - cancellation: Raised to stop.
    /// - Returns: What was made.
    /// - Throws: ``RecoveryError``; remove the staging then.
    public mutating func fill(
        from repository: Repository,
        _ component: Snapshot.Component,
        cancellation: Cancellation
    ) throws(RecoveryError) -> TreeRestore.Totals {
        var restore = TreeRestore(from: repository, cancellation: cancellation, onBytes: { _ in })
        restore.isWanted = target.isWanted
        let totals = try restore.run(try tree(repository, component), into: folder)
        if target.isAppendOnly { try keepLonger(repository, component) }
        return totals
    }

    /// Reads every staged file again and compares it with the manifest.
    ///
    /// - Parameters:
    ///   - repository: Where the manifest is.
    ///   - component: What was staged.
    /// - Throws: ``RecoveryError`` with `unproven`, naming the file.
    public mutating func prove(
        _ repository: Repository,
        _ component: Snapshot.Component
    ) throws(RecoveryError) {
        var tree = try tree(repository, component)
        databases = []
        while let entry = try fetching({ () throws(RepositoryError) in try tree.next() }) {
            guard entry.kind == .file, target.isWanted(entry.path), !entry.isElsewhere else {
                continue
            }
            if entry.database != nil { databases.append(entry.path) }
            let (digest, size) = try Self.digest(
                folder.appending(entry.path),
                limit: entry.sizeBytes
            )
            let isLonger = target.isAppendOnly && size > entry.sizeBytes
            guard digest == entry.digest, size == entry.sizeBytes || isLonger else {
                throw RecoveryError(
                    code: .unproven,
                    message: "the staged \(entry.path) is not what was captured"
                )
            }
        }
        let staged = folder
        try filing { () throws(FileError) in try Directory(staged).syncFileSystem() }
    }

    /// Takes over what was written to append-only files since they were staged; for the time in
    /// which nobody writes any more.
    ///
    /// - Parameters:
    ///   - repository: Where the manifest is.
    ///   - component: What was staged.
    /// - Throws: ``RecoveryError``; nothing live was touched.
    public func catchUp(
        _ repository: Repository,
        _ component: Snapshot.Component
    ) throws(RecoveryError) {
        guard target.isAppendOnly else { return }
        try keepLonger(repository, component)
        let staged = folder
        try filing { () throws(FileError) in try Directory(staged).syncFileSystem() }
    }

    /// Removes what is left of the staging.
    public func remove() {
        guard let base = try? Directory(folder.parent) else { return }
        try? base.removeTree(folder.lastComponent)
    }

    private func tree(
        _ repository: Repository,
        _ component: Snapshot.Component
    ) throws(RecoveryError) -> TreeReader {
        try fetching { () throws(RepositoryError) in
            try repository.tree(component, name: target.name)
        }
    }

    /// The digest of a file's first bytes, and its whole length.
    static func digest(_ path: Path, limit: UInt64) throws(RecoveryError) -> (Digest, UInt64) {
        let file = try filing { () throws(FileError) in try OpenFile(path, .read) }
        let size = try filing { () throws(FileError) in try file.status() }.sizeBytes
        var hasher = SHA256()
        let buffer = AlignedBuffer(byteCount: 1 << 20)
        var position: UInt64 = 0
        while position < min(size, limit) {
            let wanted = Int(min(UInt64(1 << 20), min(size, limit) - position))
            let start = position
            let count = try filing { () throws(FileError) in
                try unsafe file.read(into: buffer.room(0..<wanted), at: start)
            }
            if count == 0 { break }
            unsafe hasher.update(RawSpan(_unsafeBytes: buffer.slice(0..<count)))
            position += UInt64(count)
        }
        return (hasher.finish(), size)
    }

    /// Audit logs only grow: a live file that begins with the snapshot's bytes stays as it is.
    private func keepLonger(
        _ repository: Repository,
        _ component: Snapshot.Component
    ) throws(RecoveryError) {
        var tree = try tree(repository, component)
        while let entry = try fetching({ () throws(RepositoryError) in try tree.next() }) {
            guard entry.kind == .file, target.isWanted(entry.path), !entry.isElsewhere else {
                continue
            }
            let live = target.folder.appending(entry.path)
            guard let status = try? FileStatus(of: live), status.kind == .file,
                status.sizeBytes > entry.sizeBytes,
                try Self.digest(live, limit: entry.sizeBytes).0 == entry.digest
            else { continue }
            let staged = folder.appending(entry.path)
            try filing { () throws(FileError) in
                try OpenFile(live, .read).copyTail(
                    to: try OpenFile(staged, .update),
                    from: entry.sizeBytes
                )
            }
        }
    }
}
