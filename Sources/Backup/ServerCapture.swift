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
        var capture = QdrantCapture(server, cancellation: cancellation, owner: owner)
        let report = try capture.run(into: TreeSink(tree, isCancelled: isCancelled))
        let totals: TreeTotals
        do throws(RepositoryError) {
            totals = try tree.finish()
        } catch {
            throw TreeSink.error(error)
        }
        onEvent(.finished(component: server.name))
        return CapturedComponent(
            component: component(server, totals, report, startedAt),
            report: report,
            totals: totals,
            parentFault: tree.parentFault
        )
    }

    private func component(
        _ server: QdrantSource,
        _ totals: TreeTotals,
        _ report: CaptureReport,
        _ startedAt: Moment
    ) -> Snapshot.Component {
        var component = Snapshot.Component(
            outcome: "captured",
            source: server.address.url,
            startedAt: startedAt
        )
        component.complete = report.isComplete
        component.parent = draft.parent(of: server.name)?.id.text
        component.files = totals.files
        component.sizeBytes = totals.sizeBytes
        component.problems = report.problems.map {
            .init(code: $0.code, path: $0.path, message: $0.message)
        }
        component.problemCount = report.problemCount
        component.digest = totals.digest
        component.parts = totals.parts
        component.weak = totals.weak
        return component
    }
}
