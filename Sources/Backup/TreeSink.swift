internal import Deduplication
internal import Files
internal import Manifests
internal import Subjects

/// Lets subjects write into a tree of the repository, and tells their errors from its own.
final class TreeSink: CaptureSink {
    private let tree: TreeWriter
    private let isCancelled: () -> Bool

    init(_ tree: TreeWriter, isCancelled: @escaping () -> Bool) {
        self.tree = tree
        self.isCancelled = isCancelled
    }

    /// Ends a tree.
    static func finish(_ tree: TreeWriter) throws(CaptureError) -> TreeTotals {
        do throws(RepositoryError) {
            return try tree.finish()
        } catch {
            throw Self.error(error)
        }
    }

    func parentEntry(at path: Path) throws(CaptureError) -> FileEntry? {
        try converting { () throws(RepositoryError) in try tree.parentEntry(at: path) }
    }

    func reuseParentEntry() throws(CaptureError) -> Bool {
        try converting { () throws(RepositoryError) in try tree.reuseParentEntry() }
    }

    func parentFiles() throws(CaptureError) -> [FileEntry] {
        try converting { () throws(RepositoryError) in try tree.parentFiles() }
    }

    func parentContent(_ entry: FileEntry) throws(CaptureError) -> (any KeptContent)? {
        try converting { () throws(RepositoryError) in
            try tree.storedContent(of: entry).map { Kept($0) }
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
        do throws(RepositoryError) {
            try check()
            return Self.steadiness(try tree.add(entry, content: file))
        } catch {
            throw Self.error(error)
        }
    }

    func add(
        _ entry: FileEntry,
        digestOf file: borrowing OpenFile
    ) throws(CaptureError) -> Steadiness {
        do throws(RepositoryError) {
            try check()
            return Self.steadiness(try tree.add(entry, digestOf: file))
        } catch {
            throw Self.error(error)
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
        do throws(RepositoryError) {
            try check()
            try tree.add(entry, pagesOf: copy)
        } catch {
            throw Self.error(error)
        }
    }

    func add(
        _ entry: FileEntry,
        streamed body: (any ContentSink) throws(CaptureError) -> Void
    ) throws(CaptureError) {
        let content = tree.beginContent()
        try body(Stream(content))
        try converting { () throws(RepositoryError) in try tree.add(entry, content) }
    }

    /// The content of a file of the parent.
    private final class Kept: KeptContent {
        let stored: StoredContent

        init(_ stored: StoredContent) {
            self.stored = stored
        }

        var runs: [KeptRun] {
            stored.extents.map { extent in
                if case .literal(let bytes) = extent { return .inline(bytes) }
                return .stored(extent.length)
            }
        }

        func read(_ range: Range<UInt64>) throws(CaptureError) -> [UInt8] {
            var bytes: [UInt8] = []
            do throws(RepositoryError) {
                for extent in stored.extents(in: range) {
                    try unsafe stored.read(extent) { unsafe bytes.append(contentsOf: $0) }
                }
            } catch {
                throw TreeSink.kept(error)
            }
            return bytes
        }
    }

    /// A damaged parent is no failure of the repository: its source is still there.
    private static func kept(_ error: RepositoryError) -> CaptureError {
        guard error.code == .damaged else { return TreeSink.error(error) }
        return CaptureError(code: .source, message: error.message, cause: error)
    }

    /// The content of one file on its way.
    private final class Stream: ContentSink {
        private let content: StreamedContent

        init(_ content: StreamedContent) {
            self.content = content
        }

        func sha256() throws(CaptureError) -> String {
            do throws(RepositoryError) {
                return try content.sha256()
            } catch {
                throw TreeSink.error(error)
            }
        }

        func keepInline(_ bytes: UnsafeRawBufferPointer) throws(CaptureError) {
            do throws(RepositoryError) {
                try unsafe content.keepInline(bytes)
            } catch {
                throw TreeSink.error(error)
            }
        }

        func keep(_ bytes: UnsafeRawBufferPointer) throws(CaptureError) {
            do throws(RepositoryError) {
                try unsafe content.keep(bytes)
            } catch {
                throw TreeSink.error(error)
            }
        }

        func copy(_ range: Range<UInt64>, of content: any KeptContent) throws(CaptureError) {
            guard let kept = content as? Kept else {
                preconditionFailure("a content of another sink")
            }
            do throws(RepositoryError) {
                try self.content.copy(range, of: kept.stored)
            } catch {
                throw TreeSink.kept(error)
            }
        }

        func endBlock() throws(CaptureError) {
            do throws(RepositoryError) {
                try content.endBlock()
            } catch {
                throw TreeSink.error(error)
            }
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
        do throws(RepositoryError) {
            try check()
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
