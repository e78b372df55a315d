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

    func parentEntry(at path: Path) throws(CaptureError) -> FileEntry? {
        try converting { () throws(RepositoryError) in try tree.parentEntry(at: path) }
    }

    func reuseParentEntry() throws(CaptureError) -> Bool {
        try converting { () throws(RepositoryError) in try tree.reuseParentEntry() }
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
            switch try tree.add(entry, content: file) {
            case .steady: return .steady
            case .changed: return .changed
            case .shrank: return .shrank
            }
        } catch {
            throw Self.error(error)
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
