public import Files
internal import Manifests

/// Captures a tree of files, with the databases in it taken from their pinned copies.
///
/// Every entry of the source is either in the snapshot or named in the report; a file that
/// cannot be read makes the snapshot incomplete and never smaller in silence.
public struct FileTreeCapture {
    /// Status younger than this before the start proves nothing about later changes.
    static let racyNanoseconds: Int64 = 2_000_000_000
    /// A time of change further in the future was set by somebody, and the next change will move
    /// it: such a file need not be read at every run.
    static let dayNanoseconds: Int64 = 86_400_000_000_000

    let source: FileTreeSource
    private let root: FileTreeSource.Root
    let databases: any DatabaseLookup
    private let startedAt: Moment
    private var names = AccountNames()
    private var report = CaptureReport()
    private var entryCount = 0

    /// Prepares a capture.
    ///
    /// - Parameters:
    ///   - source: What the component names.
    ///   - root: What is there.
    ///   - databases: What is to be taken instead of the live databases.
    ///   - startedAt: When the run began to look.
    public init(
        _ source: FileTreeSource,
        at root: FileTreeSource.Root,
        databases: any DatabaseLookup,
        startedAt: Moment
    ) {
        self.source = source
        self.root = root
        self.databases = databases
        self.startedAt = startedAt
    }

    /// Walks the tree and hands everything to the sink.
    ///
    /// - Parameter sink: Keeps the entries.
    /// - Returns: What could not be kept as it was.
    /// - Throws: ``CaptureError``: the component as a whole failed, or the repository did.
    public mutating func run(into sink: any CaptureSink) throws(CaptureError) -> CaptureReport {
        let folder: Directory
        do throws(FileError) {
            folder = try Directory(root.folder)
        } catch {
            throw CaptureError(code: .source, message: error.message, cause: error)
        }
        for version in source.models?.leftOut ?? [] {
            let why = "version left out: \(version.reason)"
            note("incomplete-version", version.path, why, .warning)
        }
        var sink = sink
        if let archive = source.archive { sink = ArchivedSink(sink, archive) }
        // Mutating through two closures at once is not allowed: one box serves both.
        let box = Box(self)
        try TreeWalk.run(folder) { (item, folder) throws(CaptureError) in
            try box.capture.visit(item, in: folder, sink)
        } onFailure: { (failure) throws(CaptureError) in
            try box.capture.fail(failure)
        }
        self = box.capture
        try checkEmpty()
        return report
    }

    private final class Box {
        var capture: FileTreeCapture
        init(_ capture: FileTreeCapture) { self.capture = capture }
    }

    private func checkEmpty() throws(CaptureError) {
        guard entryCount == 0 else { return }
        if !root.selection.isEverything {
            throw CaptureError(
                code: .source,
                message: "component \(source.name): nothing matches \(source.path)"
            )
        }
    }

    mutating func note(
        _ code: String,
        _ path: Path,
        _ message: String,
        _ weight: CaptureReport.Problem.Weight
    ) {
        report.note(.init(code: code, path: path.description, message: message, weight: weight))
    }

    private mutating func fail(_ failure: TreeWalk.Failure) throws(CaptureError) {
        if failure.path.bytes.isEmpty {
            throw CaptureError(
                code: .source,
                message: "component \(source.name): \(failure.cause.message)",
                cause: failure.cause
            )
        }
        guard isWanted(failure.path) else { return }
        noteUnreadable(failure.path, failure.cause)
    }

    private mutating func noteUnreadable(_ path: Path, _ cause: FileError) {
        if cause.code == .notFound {
            // SQLite makes and removes these as we open and close their database.
            if DatabaseSidecars.owner(of: path.lastComponent) != nil { return }
            note("vanished", path, "it vanished while it was looked at", .warning)
        } else {
            note("unreadable", path, cause.message, .incomplete)
        }
    }

    private func isWanted(_ path: Path) -> Bool {
        !source.excludes(path) && root.selection.includes(path)
    }

    private mutating func visit(
        _ item: borrowing TreeWalk.Item,
        in folder: borrowing Directory,
        _ sink: any CaptureSink
    ) throws(CaptureError) -> TreeWalk.Step {
        let path = item.path
        if source.excludes(path) { return .skip }
        if item.status.kind == .folder, !root.selection.isEverything { return stepInto(path) }
        guard root.selection.includes(path) else { return .skip }
        guard let kind = FileEntry.kind(item.status) else {
            report.specials += 1
            return .skip
        }
        // What a manifest holds; a restore could not make longer ones either.
        if path.bytes.count > TreeWalk.pathLimitBytes {
            note("path-too-long", path, "its path is longer than 4095 bytes", .incomplete)
            return .skip
        }
        if !path.bytes.isEmpty { entryCount += 1 }
        switch kind {
        case .folder: return try folderEntry(item, in: folder, sink)
        case .link: try link(item, in: folder, sink)
        case .file: try file(item, in: folder, sink)
        }
        return .skip
    }

    /// Below a folder that takes no part itself there may be files that match a pattern.
    private func stepInto(_ path: Path) -> TreeWalk.Step {
        if case .file = root.selection { return path.bytes.isEmpty ? .descend : .skip }
        return .descend
    }

    private mutating func folderEntry(
        _ item: borrowing TreeWalk.Item,
        in folder: borrowing Directory,
        _ sink: any CaptureSink
    ) throws(CaptureError) -> TreeWalk.Step {
        let parent = try sink.parentEntry(at: item.path)
        if let parent, parent.matches(item.status), try sink.reuseParentEntry() { return .descend }
        var entry = entry(.folder, item)
        let name = item.name
        // A folder that cannot be opened is named by the walk into it.
        if let opened = try? folder.folder(name) {
            let found = attempt(item.path) { () throws(FileError) in try opened.attributes() }
            entry.attributes = (found ?? []).map { .init(name: $0.name, value: $0.value) }
        }
        try sink.add(entry)
        return .descend
    }

    private mutating func link(
        _ item: borrowing TreeWalk.Item,
        in folder: borrowing Directory,
        _ sink: any CaptureSink
    ) throws(CaptureError) {
        let parent = try sink.parentEntry(at: item.path)
        noteUnmatched(item.path)
        if let parent, parent.matches(item.status), try sink.reuseParentEntry() { return }
        let name = item.name
        var entry = entry(.link, item)
        entry.target = attempt(item.path) { () throws(FileError) in try folder.linkTarget(name) }
        if entry.target != nil { try sink.add(entry) }
    }

    /// Whoever names files by a pattern wants their content, also where a name is only a link.
    private mutating func noteUnmatched(_ path: Path) {
        guard case .pattern = root.selection else { return }
        let target = root.folder.appending(path).resolved
        guard let status = try? FileStatus(of: target), status.kind == .file else { return }
        if let inside = root.folder.resolved.relative(target), root.selection.includes(inside) {
            return
        }
        note(
            "link-outside",
            path,
            "it leads to \(target), which the pattern does not match: only the link is kept; "
                + "name the folder of that file as a component",
            .incomplete
        )
    }

    mutating func entry(
        _ kind: FileEntry.Kind,
        _ item: borrowing TreeWalk.Item
    ) -> FileEntry {
        entry(kind, item.path, item.status)
    }

    mutating func entry(
        _ kind: FileEntry.Kind,
        _ path: Path,
        _ status: FileStatus
    ) -> FileEntry {
        var entry = FileEntry(path: path, kind: kind, status: status)
        entry.user = names.user(status.userID)
        entry.group = names.group(status.groupID)
        // A clock that was set back since the start makes later times the smaller ones.
        let fresh = min(startedAt, Moment.now).nanoseconds - Self.racyNanoseconds
        let doubtful = fresh..<(fresh + Self.dayNanoseconds)
        entry.isRacy =
            kind == .file
            && (status.changedNanoseconds >= fresh
                || doubtful.contains(status.modifiedNanoseconds))
        return entry
    }

    /// Runs a call about one entry; its failure is noted and the walk goes on.
    mutating func attempt<Result: ~Copyable>(
        _ path: Path,
        _ body: () throws(FileError) -> Result
    ) -> Result? {
        do throws(FileError) {
            return try body()
        } catch {
            noteUnreadable(path, error)
            return nil
        }
    }
}
