internal import Deduplication
internal import Files
internal import Manifests
internal import Recovery
internal import Subjects

/// The archives of live collections on this machine's disk: the way back that needs neither the
/// repository nor the server's own disk.
struct WayBack {
    /// Where they lie.
    let folder: Path
    /// What they hold.
    let collections: QdrantSnapshot

    /// Writes the archives out of a snapshot, proven.
    ///
    /// - Parameters:
    ///   - component: Of the safety snapshot.
    ///   - name: Its name.
    ///   - folders: The folders of the collections in it.
    ///   - folder: A folder that is not there yet.
    ///   - repository: Where the snapshot is.
    ///   - context: The run.
    /// - Throws: ``CommandFailure``; nothing live was touched.
    init(
        _ component: Snapshot.Component,
        named name: String,
        folders: [String],
        in folder: Path,
        from repository: Repository,
        _ context: Context
    ) throws(CommandFailure) {
        let isWanted = Self.wanted(folders)
        do throws(FileError) {
            // Of a run that was killed.
            try? Directory(folder.parent).removeTree(folder.lastComponent)
            try Directory(folder.parent).makeFolder(folder.lastComponent)
        } catch {
            throw CommandFailure(error, doing: "make a folder for the way back")
        }
        var restore = TreeRestore(
            from: repository,
            cancellation: context.cancellation,
            onBytes: { _ in }
        )
        restore.isWanted = isWanted
        let tree = try querying { () throws(RepositoryError) in
            try repository.tree(component, name: name)
        }
        do throws(RecoveryError) {
            _ = try restore.run(tree, into: folder)
        } catch {
            throw CommandFailure(
                error,
                component: name,
                state: "nothing live was touched",
                next: "make room in the state folder, or set state:"
            )
        }
        do throws(FileError) {
            try Directory(folder).syncFileSystem()
        } catch {
            throw CommandFailure(error, doing: "make the way back durable")
        }
        try self.init(component, named: name, folders: folders, at: folder, of: repository)
    }

    private static func wanted(_ folders: [String]) -> @Sendable (Path) -> Bool {
        { path in
            let text = "\(path)"
            return text == "server.json" || folders.contains { text.hasPrefix($0 + "/") }
        }
    }

    /// Takes archives that an earlier run has written.
    ///
    /// - Parameters:
    ///   - component: Of the safety snapshot.
    ///   - name: Its name.
    ///   - folders: The folders of the collections in it.
    ///   - folder: Where they are.
    ///   - repository: Where the snapshot is.
    /// - Throws: ``CommandFailure``.
    init(
        _ component: Snapshot.Component,
        named name: String,
        folders: [String],
        at folder: Path,
        of repository: Repository
    ) throws(CommandFailure) {
        self.folder = folder
        let isWanted = Self.wanted(folders)
        let entries = try QdrantSnapshot.entries(component, name, repository)
        do throws(QdrantRestoreError) {
            collections = try QdrantSnapshot(
                entries.filter { isWanted($0.path) },
                open: { (entry) throws(CaptureError) in
                    try LocalContent(folder.appending(entry.path))
                }
            )
        } catch {
            throw CommandFailure(error, component: name)
        }
    }
}

/// The content of a file on this machine.
private final class LocalContent: KeptContent {
    private let file: OpenFile
    let runs: [KeptRun]

    init(_ path: Path) throws(CaptureError) {
        do throws(FileError) {
            let opened = try OpenFile(path, .read)
            runs = [.stored(try opened.status().sizeBytes)]
            file = opened
        } catch {
            throw CaptureError(code: .source, message: error.message, cause: error)
        }
    }

    func read(_ range: Range<UInt64>) throws(CaptureError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count)
        let offset = range.lowerBound
        let result = unsafe bytes.withUnsafeMutableBytes { room -> Result<Int, FileError> in
            do throws(FileError) {
                return .success(try unsafe file.read(into: room, at: offset))
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let count): return Array(bytes.prefix(count))
        case .failure(let error):
            throw CaptureError(code: .source, message: error.message, cause: error)
        }
    }
}
