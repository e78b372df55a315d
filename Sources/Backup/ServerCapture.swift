internal import Deduplication
internal import Deployments
internal import Files
internal import Subjects
internal import Threads

/// Captures a component that is no tree of files on this machine, on the thread that asks.
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
        try run(server.name, server.address.url) { (owner, sink) throws(CaptureError) in
            var capture = QdrantCapture(
                server,
                cancellation: cancellation,
                owner: owner,
                notes: notes
            )
            return try capture.run(into: sink)
        }
    }

    /// Keeps what runs now.
    ///
    /// - Throws: ``CaptureError``.
    func run(
        _ deployment: DeploymentSource,
        schemas: [SchemaRevision]
    ) throws(CaptureError) -> CapturedComponent {
        try run(deployment.name, deployment.origin) { (owner, sink) throws(CaptureError) in
            try deployment.capture(schemas: schemas, owner: owner, into: sink)
        }
    }

    private func run(
        _ name: String,
        _ origin: String,
        _ capture: (FileStatus, TreeSink) throws(CaptureError) -> CaptureReport
    ) throws(CaptureError) -> CapturedComponent {
        onEvent(.started(component: name))
        let startedAt = Moment.now
        let isCancelled = { [cancellation] in cancellation.reason != nil }
        let tree = draft.tree(
            for: name,
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
        let report = try capture(owner, TreeSink(tree, isCancelled: isCancelled))
        let totals = try TreeSink.finish(tree)
        onEvent(.finished(component: name))
        return CapturedComponent(
            component: Snapshot.Component(
                captured: origin,
                startedAt: startedAt,
                totals,
                report,
                onto: draft.parent(of: name)?.id
            ),
            report: report,
            totals: totals,
            parentFault: tree.parentFault
        )
    }
}
