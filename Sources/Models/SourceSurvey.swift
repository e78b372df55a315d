internal import Cryptography
internal import Files
internal import Manifests

/// All that a source holds, checked before a byte is copied.
struct SourceSurvey: Sendable {
    struct File: Sendable {
        let path: Path
        let status: FileStatus
    }

    private(set) var folders: [File] = []
    private(set) var files: [File] = []
    private(set) var links: [Path: Path] = [:]
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
            if reserved.contains(item.path) {
                // It says nothing of the model and is made anew, or read as the source's manifest.
                if item.status.kind == .file { return .skip }
                throw Self.reserved(root.appending(item.path))
            }
            switch item.status.kind {
            case .folder: found.folders.append(File(path: item.path, status: item.status))
            case .file: found.files.append(File(path: item.path, status: item.status))
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
        for path in found.links { links[path] = try Self.target(of: path, in: folder) }
        sizeBytes = files.reduce(0) { $0 + $1.status.sizeBytes }
        guard !files.isEmpty else {
            throw ModelError(.invalid, "\(root) holds no file; there is nothing to publish")
        }
        try checkManifest(root)
    }

    /// Describes a single file as a source.
    ///
    /// - Parameters:
    ///   - file: The source.
    ///   - status: What it is.
    ///   - reserved: Names that a publication makes itself.
    /// - Throws: ``ModelError`` with `invalid`.
    init(
        _ file: borrowing OpenFile,
        _ status: FileStatus,
        reserved: Set<Path>
    ) throws(ModelError) {
        guard status.kind == .file else {
            throw ModelError(.invalid, "\(file.path) is neither file nor folder")
        }
        let name = file.path.lastComponent
        guard !reserved.contains(name) else { throw Self.reserved(file.path) }
        files = [File(path: name, status: status)]
        sizeBytes = status.sizeBytes
    }

    private static func reserved(_ path: Path) -> ModelError {
        ModelError(
            .invalid,
            "\(path) has a name that a publication gives to a file of its own; publish what it "
                + "stands for under another name"
        )
    }

    /// A link that leads out of the version would dangle, or show other bytes, elsewhere.
    private static func target(
        of path: Path,
        in folder: borrowing Directory
    ) throws(ModelError) -> Path {
        let target = try ModelError.doing("read a link of the source") { () throws(FileError) in
            try folder.folder(path.parent).linkTarget(path.lastComponent)
        }
        // The text alone does not say it: there may be links on the way.
        guard folder.holdsEnd(of: path) else {
            throw ModelError(
                .invalid,
                "\(folder.path.appending(path)) is a link to \(target), which is not in the "
                    + "version; copy what it names to its place"
            )
        }
        return target
    }

    /// A manifest that nobody reads again would make the version one that cannot be used.
    private func checkManifest(_ root: Path) throws(ModelError) {
        let none = SHA256.digest(of: [])
        let lines = files.map { ChecksumLine(digest: none, path: $0.path) }
        let manifest = VersionManifest(version: "", created: nil, lines: lines, links: links)
        guard manifest.bytes.count > VersionManifest.limitBytes - 4096 else { return }
        throw ModelError(
            .invalid,
            "\(root) holds so many files that their manifest would have more than "
                + "\(VersionManifest.limitBytes >> 20) MiB; pack them into fewer"
        )
    }

    /// The first path that is not what it was before.
    ///
    /// - Parameter before: The same source, earlier.
    /// - Returns: Nil where nothing that a publication takes has changed.
    func difference(from before: SourceSurvey) -> Path? {
        let (was, now) = (before.entries, entries)
        let changed = was.filter { now[$0.key] != $0.value }.keys
        return changed.min() ?? now.keys.filter { was[$0] == nil }.min()
    }

    /// What must agree for an entry to be the same.
    private enum Entry: Equatable {
        case folder
        case file(FileMark)
        case link(Path)
    }

    private var entries: [Path: Entry] {
        var found: [Path: Entry] = [:]
        for folder in folders { found[folder.path] = .folder }
        for file in files { found[file.path] = .file(FileMark(file.status)) }
        for (path, target) in links { found[path] = .link(target) }
        return found
    }
}

extension SourceSurvey.File {
    /// Whether an open file is the one that was surveyed, unchanged.
    func isStill(_ open: borrowing OpenFile) -> Bool {
        guard let now = try? open.status() else { return false }
        return FileMark(now) == FileMark(status)
    }

    /// Refuses any other.
    ///
    /// - Throws: ``ModelError``.
    func check(_ open: borrowing OpenFile) throws(ModelError) {
        guard isStill(open) else { throw ModelError.changed(open.path) }
    }
}
