internal import Files

/// All that a source holds, checked before a byte is copied.
struct SourceSurvey: Sendable {
    struct File: Sendable {
        let path: Path
        let status: FileStatus
    }

    private(set) var folders: [File] = []
    private(set) var files: [File] = []
    private(set) var links: [(path: Path, target: Path)] = []
    private(set) var sizeBytes: UInt64 = 0

    /// The files as work for several cores.
    var largestFirst: [File] { files.sorted { $0.status.sizeBytes > $1.status.sizeBytes } }

    /// Looks at a folder.
    ///
    /// - Parameters:
    ///   - folder: The source.
    ///   - reserved: Names at its top that a publication makes itself.
    /// - Throws: ``ModelError`` with `invalid` for an empty folder, a device, a link to outside.
    init(_ folder: borrowing Directory, reserved: Set<Path>) throws(ModelError) {
        let root = folder.path
        var found: (folders: [File], files: [File], links: [Path]) = ([], [], [])
        try TreeWalk.run(folder) { (item, _) throws(ModelError) -> TreeWalk.Step in
            guard !item.path.bytes.isEmpty else { return .descend }
            switch item.status.kind {
            case .folder: found.folders.append(File(path: item.path, status: item.status))
            case .file:
                if reserved.contains(item.path) { return .skip }
                found.files.append(File(path: item.path, status: item.status))
            case .link: found.links.append(item.path)
            default:
                throw ModelError(
                    .invalid,
                    "\(root.appending(item.path)) is a device, pipe or socket; a model holds none"
                )
            }
            return .descend
        } onFailure: { (failure) throws(ModelError) in
            throw ModelError("look at the source", failure.cause)
        }
        (folders, files) = (found.folders, found.files)
        for path in found.links { links.append((path, try Self.target(of: path, in: folder))) }
        sizeBytes = files.reduce(0) { $0 + $1.status.sizeBytes }
        guard !files.isEmpty else {
            throw ModelError(.invalid, "\(root) holds no file; there is nothing to publish")
        }
    }

    /// Describes a single file as a source.
    init(_ file: borrowing OpenFile) throws(ModelError) {
        let shown = file.path
        let status: FileStatus
        do throws(FileError) {
            status = try file.status()
        } catch {
            throw ModelError("look at the source", error)
        }
        guard status.kind == .file else {
            throw ModelError(.invalid, "\(shown) is neither file nor folder")
        }
        files = [File(path: shown.lastComponent, status: status)]
        sizeBytes = status.sizeBytes
    }

    /// A link that leads out of the version would dangle, or show other bytes, elsewhere.
    private static func target(
        of path: Path,
        in folder: borrowing Directory
    ) throws(ModelError) -> Path {
        let target = try ModelError.doing("read a link of the source") { () throws(FileError) in
            try folder.folder(path.parent).linkTarget(path.lastComponent)
        }
        let reached = path.parent.appending(target).normalized
        guard !target.isAbsolute, reached.components.first?.bytes != [.dot, .dot],
            (try? folder.status(reached)) != nil
        else {
            throw ModelError(
                .invalid,
                "\(folder.path.appending(path)) is a link to \(target), which is not in the "
                    + "version; copy what it names to its place"
            )
        }
        return target
    }
}
