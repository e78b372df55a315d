internal import Databases
public import Files
public import Manifests

/// Finds the databases of one component by their first bytes, before SQLite opens any of them.
///
/// Files that the parent's manifest knows by stat are not opened at all. From here on no file
/// that was found is opened by us but through SQLite: closing any other descriptor of it would
/// drop the locks that this process holds on it.
public struct DatabaseSearch {
    /// A database of the component.
    public struct Candidate: Sendable {
        /// The path from the component's root.
        public let path: Path
        /// What the parent knows about it.
        public let parent: FileEntry?
        /// Nil for SQLite's own files; else what a walk is to do instead.
        let verdict: DatabaseOutcome?
    }

    private let source: FileTreeSource
    private let root: FileTreeSource.Root
    private var candidates: [Candidate] = []
    private var totalBytes: UInt64 = 0
    private var fileCount: UInt64 = 0

    /// What a search found.
    public struct Result: Sendable {
        /// The databases in order of path.
        public let candidates: [Candidate]
        /// The length of all files together, for the progress.
        public let totalBytes: UInt64
        /// How many files that is.
        public let fileCount: UInt64
    }

    private init(_ source: FileTreeSource, _ root: FileTreeSource.Root) {
        self.source = source
        self.root = root
    }

    /// Walks through a component once.
    ///
    /// - Parameters:
    ///   - source: What the component names.
    ///   - root: What is there.
    ///   - parent: The parent's entries; asked in ascending order.
    /// - Returns: What was found; what cannot be looked at is left to the capture to report.
    /// - Throws: What `parent` throws.
    public static func run(
        _ source: FileTreeSource,
        _ root: FileTreeSource.Root,
        parent: (Path) throws(CaptureError) -> FileEntry?
    ) throws(CaptureError) -> Result {
        guard let folder = try? Directory(root.folder) else {
            return Result(candidates: [], totalBytes: 0, fileCount: 0)
        }
        let search = Box(DatabaseSearch(source, root))
        try TreeWalk.run(folder) { (item, folder) throws(CaptureError) in
            try search.value.visit(item, folder, parent)
        } onFailure: { (_) throws(CaptureError) in
        }
        let (found, bytes, files) = (
            search.value.candidates, search.value.totalBytes, search.value.fileCount
        )
        return Result(candidates: found, totalBytes: bytes, fileCount: files)
    }

    private final class Box {
        var value: DatabaseSearch
        init(_ value: DatabaseSearch) { self.value = value }
    }

    private mutating func visit(
        _ item: borrowing TreeWalk.Item,
        _ folder: borrowing Directory,
        _ parent: (Path) throws(CaptureError) -> FileEntry?
    ) throws(CaptureError) -> TreeWalk.Step {
        let path = item.path
        if source.excludes(path) { return .skip }
        if item.status.kind == .folder {
            if case .file = root.selection, !path.bytes.isEmpty { return .skip }
            return .descend
        }
        guard item.status.kind == .file, root.selection.includes(path) else { return .skip }
        let hasLog = DatabaseSidecars.haveLog(item.name, among: item.siblings)
        let entry = try parent(path)
        if let entry, entry.database == nil, !hasLog, entry.matches(item.status) { return .skip }
        totalBytes += item.status.sizeBytes
        fileCount += 1
        if DatabaseSidecars.owner(of: item.name).map({ item.siblings.contains($0) }) ?? false {
            return .skip
        }
        let known = entry?.database == nil ? nil : entry
        if let verdict = sniff(item, folder, hasLog: hasLog, wasDatabase: known != nil) {
            candidates.append(Candidate(path: path, parent: known, verdict: verdict.outcome))
        }
        return .skip
    }

    private struct Verdict {
        let outcome: DatabaseOutcome?
    }

    private func sniff(
        _ item: borrowing TreeWalk.Item,
        _ folder: borrowing Directory,
        hasLog: Bool,
        wasDatabase: Bool
    ) -> Verdict? {
        let size = item.status.sizeBytes
        // A file without a byte is a database only by its log. Others end with a whole page, but
        // for those whose writer died while it made them longer.
        guard hasLog || (size > 0 && (wasDatabase || size % 512 == 0)) else { return nil }
        guard let file = try? folder.open(item.name, .read) else { return nil }
        let start = AlignedBuffer(byteCount: 512)
        guard let count = try? unsafe file.read(into: start.bytes, at: 0) else { return nil }
        // SQLite would delete the log of a database without a byte on opening it.
        if count == 0 { return Verdict(outcome: .asFiles) }
        if unsafe DatabaseHeader.isSQLite(Array(start.slice(0..<count))) {
            return Verdict(outcome: nil)
        }
        guard hasLog, DatabaseSidecars.isLog(beside: item.name, in: folder) else { return nil }
        if source.isWriterPaused { return Verdict(outcome: .asFiles) }
        return Verdict(
            outcome: .failed(
                code: "encrypted",
                message:
                    "it is encrypted or foreign, yet has a log of its own beside it: while its "
                    + "writer runs no copy would be whole; hold the writer by hooks and set "
                    + "`writer: paused`, or exclude it"
            )
        )
    }
}
