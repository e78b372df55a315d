internal import Archiving
internal import Deduplication
internal import Files
internal import Manifests
internal import Recovery
internal import Threads

/// Plain archives of what a backup has just published, for whoever has nothing but tar:
/// `backup-<component>-<snapshot>.tar.gz` and its `.sha256`.
///
/// A failure is a warning, since the snapshot stands. Older copies go only after the new one is
/// durable, and only those that carry a name of ours to the letter.
struct ArchiveCopies {
    private let settings: Configuration.Archives
    private let format: ArchiveFormat
    private let context: Context

    init(_ settings: Configuration.Archives, _ context: Context) {
        self.settings = settings
        self.context = context
        format =
            switch settings.format {
            case .gzipTar: .tarGzip
            case .zstdTar: .tarZstd
            case .zip: .zip
            }
    }

    /// Writes the copies.
    ///
    /// - Parameters:
    ///   - snapshot: Published.
    ///   - state: Remembers how the folder was.
    /// - Returns: What was written, and what was not.
    func write(_ snapshot: Snapshot, _ state: StateFolder) -> (
        made: [Path], warnings: [Report.Warning]
    ) {
        let names = settings.components.filter { snapshot.components[$0]?.outcome == "captured" }
        var made: [Path] = []
        var warnings: [Report.Warning] = []
        for name in names {
            do throws(CommandFailure) {
                made.append(try write(name, snapshot, state))
            } catch {
                warnings.append(.init(code: "archives", component: name, message: error.message))
            }
        }
        return (made, warnings)
    }

    private func write(
        _ name: String,
        _ snapshot: Snapshot,
        _ state: StateFolder
    ) throws(CommandFailure) -> Path {
        let path = Path(settings.folder)
        let target = path.appending(
            ArchiveName(component: name, snapshot: snapshot.id, format).text
        )
        context.console.phase("writing \(target)")
        do throws(FileError) {
            try ArchiveFolder(path, state).prepare()
        } catch {
            throw CommandFailure(error, doing: "prepare the archives folder")
        }
        // Opened anew: the copy is made of what is published, not of what we remember.
        let repository = try context.repository()
        do throws(RecoveryError) {
            _ = try ArchiveExport(from: repository, cancellation: context.cancellation)
                .write([name], of: snapshot, to: target, as: format)
        } catch {
            throw CommandFailure(error, component: name, state: "the snapshot stands", next: nil)
        }
        do throws(FileError) {
            // An incomplete copy replaces nobody.
            if snapshot.components[name]?.complete == true { try prune(name, snapshot.id, path) }
        } catch {
            throw CommandFailure(error, doing: "remove older copies")
        }
        return target
    }

    private func prune(_ name: String, _ newest: SnapshotID, _ path: Path) throws(FileError) {
        let folder = try Directory(path)
        var copies: [(file: Path, name: ArchiveName)] = []
        var ages: [String: Int64] = [:]
        for file in try folder.names() {
            let status = try folder.status(file)
            guard status.kind == .file, let found = ArchiveName(file, of: name) else { continue }
            copies.append((file, found))
            if !found.isSidecar { ages[found.snapshot.text] = status.modifiedNanoseconds }
        }
        // The new one stays also where a clock that ran ahead made others look newer.
        ages[newest.text] = nil
        // Within a second the order of ids is chance.
        let others = ages.sorted { ($0.key.prefix(16), $0.value) < ($1.key.prefix(16), $1.value) }
        let kept = Set(others.suffix(settings.keepCount - 1).map(\.key)).union([newest.text])
        for copy in copies where !kept.contains(copy.name.snapshot.text) {
            try folder.remove(copy.file)
        }
        try folder.sync()
    }
}

/// The name of a copy: `backup-<component>-<snapshot><format>`, or the same with `.sha256`.
struct ArchiveName {
    let component: String
    let snapshot: SnapshotID
    let isSidecar: Bool
    private let format: ArchiveFormat

    init(component: String, snapshot: SnapshotID, _ format: ArchiveFormat) {
        self.component = component
        self.snapshot = snapshot
        self.format = format
        isSidecar = false
    }

    /// Reads a name; nil comes of any that we would not give to a copy of this component.
    init?(_ file: Path, of component: String) {
        guard var text = file.text else { return nil }
        isSidecar = text.hasSuffix(ChecksumSidecar.suffix)
        if isSidecar { text.removeLast(ChecksumSidecar.suffix.count) }
        let start = "backup-\(component)-"
        guard text.hasPrefix(start), let format = ArchiveFormat(fileName: Array(text.utf8)),
            let id = SnapshotID(
                String(text.dropFirst(start.count).dropLast(format.rawValue.count))
            )
        else { return nil }
        self.component = component
        self.format = format
        snapshot = id
    }

    var text: String { "backup-\(component)-\(snapshot)\(format.rawValue)" }
}
