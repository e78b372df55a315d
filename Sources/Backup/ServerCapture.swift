internal import Deduplication
internal import Files
internal import Subjects
internal import Threads

/// Captures a component that is a server, on the thread that asks.
struct ServerCapture {
    let draft: SnapshotDraft
    let rereading: Bool
    let cancellation: Cancellation
    /// A folder of ours: restored files are owned likewise.
    let scratch: Path
    /// Private, and kept between runs.
    let notes: Path
    let onEvent: (BackupRun.Event) -> Void

    /// Captures all that the server has.
    ///
    /// - Throws: ``CaptureError``; `source` where this component failed and no other.
    func run(_ server: QdrantSource) throws(CaptureError) -> CapturedComponent {
        onEvent(.started(component: server.name))
        let startedAt = Moment.now
        let isCancelled = { [cancellation] in cancellation.reason != nil }
        let tree = draft.tree(
            for: server.name,
            rereading: rereading,
            isCancelled: isCancelled,
            onRead: { onEvent(.read(bytes: $0)) }
        )
        let owner: FileStatus
        do throws(FileError) {
            owner = try FileStatus(of: scratch, following: true)
        } catch {
            throw CaptureError(code: .repository, message: error.message, cause: error)
        }
        var capture = QdrantCapture(
            server,
            cancellation: cancellation,
            owner: owner,
            notes: notes
        )
        let report = try capture.run(into: TreeSink(tree, isCancelled: isCancelled))
        let totals = try TreeSink.finish(tree)
        onEvent(.finished(component: server.name))
        return CapturedComponent(
            component: Snapshot.Component(
                captured: server.address.url,
                startedAt: startedAt,
                totals,
                report,
                onto: draft.parent(of: server.name)?.id
            ),
            report: report,
            totals: totals,
            parentFault: tree.parentFault
        )
    }
}
