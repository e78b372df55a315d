internal import Deduplication
internal import Files
internal import Manifests
internal import Subjects

/// Lets subjects write into a tree of the repository, and tells their errors from its own.
final class TreeSink: CaptureSink {
    private let tree: TreeWriter
    private let isCancelled: () -> Bool
    private var offered: FileEntry?
    /// The databases that were kept, by path from the component's root.
    private(set) var databases: [(path: Path, record: DatabaseRecord)] = []

    init(_ tree: TreeWriter, isCancelled: @escaping () -> Bool) {
        self.tree = tree
        self.isCancelled = isCancelled
    }

    /// Ends a tree.
    static func finish(_ tree: TreeWriter) throws(CaptureError) -> TreeTotals {
        try translating { () throws(RepositoryError) in try tree.finish() }
    }

    func parentEntry(at path: Path) throws(CaptureError) -> FileEntry? {
        offered = try converting { () throws(RepositoryError) in try tree.parentEntry(at: path) }
        return offered
    }

    func reuseParentEntry() throws(CaptureError) -> Bool {
        let isReused = try converting { () throws(RepositoryError) in try tree.reuseParentEntry() }
        if isReused, let offered { note(offered) }
        return isReused
    }

    private func note(_ entry: FileEntry) {
        guard let record = entry.database.flatMap({ DatabaseRecord($0) }) else { return }
        databases.append((entry.path, record))
    }

    func parentFiles() throws(CaptureError) -> [FileEntry] {
        try converting { () throws(RepositoryError) in try tree.parentFiles() }
    }

    func parentContent(_ entry: FileEntry) throws(CaptureError) -> (any KeptContent)? {
        try converting { () throws(RepositoryError) in
            try tree.storedContent(of: entry).map { RepositoryContent($0) }
        }
    }

    func add(_ entry: FileEntry) throws(CaptureError) {
        try converting { () throws(RepositoryError) in try tree.add(entry) }
    }

    func addLinked(_ entry: FileEntry) throws(CaptureError) -> Bool {
        try converting { () throws(RepositoryError) in try tree.addLinked(entry) }
    }

    func add(
        _ entry: FileEntry,
        content file: borrowing OpenFile
    ) throws(CaptureError) -> Steadiness {
        try converting { () throws(RepositoryError) in
            Self.steadiness(try tree.add(entry, content: file))
        }
    }

    func add(
        _ entry: FileEntry,
        digestOf file: borrowing OpenFile
    ) throws(CaptureError) -> Steadiness {
        try converting { () throws(RepositoryError) in
            Self.steadiness(try tree.add(entry, digestOf: file))
        }
    }

    private static func steadiness(_ outcome: TreeWriter.ReadOutcome) -> Steadiness {
        switch outcome {
        case .steady: .steady
        case .changed: .changed
        case .shrank: .shrank
        }
    }

    func add(_ entry: FileEntry, pagesOf copy: borrowing OpenFile) throws(CaptureError) {
        try converting { () throws(RepositoryError) in try tree.add(entry, pagesOf: copy) }
        note(entry)
    }

    func add(
        _ entry: FileEntry,
        streamed body: (any ContentSink) throws(CaptureError) -> Void
    ) throws(CaptureError) {
        let content = tree.beginContent()
        try body(Stream(content))
        try converting { () throws(RepositoryError) in try tree.add(entry, content) }
    }

    /// The content of one file on its way.
    private final class Stream: ContentSink {
        private let content: StreamedContent

        init(_ content: StreamedContent) {
            self.content = content
        }

        func sha256() throws(CaptureError) -> String {
            try TreeSink.translating { () throws(RepositoryError) in try content.sha256() }
        }

        func keepInline(_ bytes: UnsafeRawBufferPointer) throws(CaptureError) {
            try TreeSink.translating { () throws(RepositoryError) in
                try unsafe content.keepInline(bytes)
            }
        }

        func keep(_ bytes: UnsafeRawBufferPointer) throws(CaptureError) {
            try TreeSink.translating { () throws(RepositoryError) in
                try unsafe content.keep(bytes)
            }
        }

        func copy(_ range: Range<UInt64>, of content: any KeptContent) throws(CaptureError) {
            guard let kept = content as? RepositoryContent else {
                preconditionFailure("a content of another sink")
            }
            do throws(RepositoryError) {
                try self.content.copy(range, of: kept.stored)
            } catch {
                throw RepositoryContent.error(error)
            }
        }

        func endBlock() throws(CaptureError) {
            try TreeSink.translating { () throws(RepositoryError) in try content.endBlock() }
        }
    }

    private func check() throws(RepositoryError) {
        if isCancelled() {
            throw RepositoryError(code: .cancelled, message: "stopped on request")
        }
    }

    private func converting<Result>(
        _ body: () throws(RepositoryError) -> Result
    ) throws(CaptureError) -> Result {
        try Self.translating { () throws(RepositoryError) in
            try check()
            return try body()
        }
    }

    private static func translating<Result>(
        _ body: () throws(RepositoryError) -> Result
    ) throws(CaptureError) -> Result {
        do throws(RepositoryError) {
            return try body()
        } catch {
            throw Self.error(error)
        }
    }

    static func error(_ error: RepositoryError) -> CaptureError {
        let code: CaptureError.Code =
            switch error.code {
            case .source: .source
            case .cancelled: .cancelled
            default: .repository
            }
        return CaptureError(code: code, message: error.message, cause: error)
    }
}
