internal import Deduplication
internal import Files
internal import Manifests
internal import Subjects

/// A component whose source was looked at.
struct FoundComponent: Sendable {
    let source: FileTreeSource
    let root: FileTreeSource.Root
    let candidates: [DatabaseSearch.Candidate]
    let totalBytes: UInt64
}

/// A component whose tree is written.
struct CapturedComponent: Sendable {
    let component: Snapshot.Component
    let report: CaptureReport
    let totals: TreeTotals
    /// Why the manifest of the snapshot before could not be used.
    let parentFault: String?
}

/// Captures components, each on the thread that asks.
struct ComponentCapture: Sendable {
    /// So much is read between two reports of progress.
    private static let reportBytes = 4 << 20

    let draft: SnapshotDraft
    let databases: StackDatabases
    let rereading: Bool
    let isCancelled: @Sendable () -> Bool
    let onEvent: @Sendable (BackupRun.Event) -> Void

    func run(_ found: FoundComponent) -> Result<CapturedComponent, CaptureError> {
        do throws(CaptureError) {
            return .success(try capture(found))
        } catch {
            return .failure(error)
        }
    }

    private func capture(_ found: FoundComponent) throws(CaptureError) -> CapturedComponent {
        let name = found.source.name
        onEvent(.started(component: name))
        let startedAt = Moment.now
        var unreported = 0
        let tree = draft.tree(
            for: name,
            rereading: rereading,
            isCancelled: isCancelled,
            onRead: { bytes in
                unreported += bytes
                if unreported < Self.reportBytes { return }
                onEvent(.read(bytes: unreported))
                unreported = 0
            }
        )
        var capture = FileTreeCapture(
            found.source,
            at: found.root,
            databases: databases.lookup(name, root: found.root.folder),
            startedAt: startedAt
        )
        let report = try capture.run(into: TreeSink(tree, isCancelled: isCancelled))
        let totals: TreeTotals
        do throws(RepositoryError) {
            totals = try tree.finish()
        } catch {
            throw TreeSink.error(error)
        }
        if unreported > 0 { onEvent(.read(bytes: unreported)) }
        onEvent(.finished(component: name))
        // What an archive holds is of whatever instant it was packed at.
        let isLive = found.source.archive == nil
        let consistency = totals.databases > 0 && isLive ? databases.consistency(of: name) : nil
        return CapturedComponent(
            component: component(found, totals, report, startedAt, consistency),
            report: report,
            totals: totals,
            parentFault: tree.parentFault
        )
    }

    private func component(
        _ found: FoundComponent,
        _ totals: TreeTotals,
        _ report: CaptureReport,
        _ startedAt: Moment,
        _ consistency: StackDatabases.Consistency?
    ) -> Snapshot.Component {
        var component = Snapshot.Component(
            outcome: "captured",
            source: found.source.origin,
            startedAt: startedAt
        )
        component.complete = report.isComplete
        component.mount = found.root.isMount
        component.parent = draft.parent(of: found.source.name)?.id.text
        if let consistency {
            component.consistency = consistency.level
            component.consistencyReason = consistency.reason
            component.instant = String(consistency.instantNanoseconds)
        }
        component.files = totals.files
        component.folders = totals.folders
        component.links = totals.links
        component.databases = totals.databases
        component.sizeBytes = totals.sizeBytes
        if totals.elsewhereFiles > 0 {
            component.elsewhere = .init(
                files: totals.elsewhereFiles,
                sizeBytes: totals.elsewhereBytes
            )
        }
        component.specials = report.specials
        component.problems = report.problems.map {
            .init(code: $0.code, path: $0.path, message: $0.message)
        }
        component.problemCount = report.problemCount
        component.digest = totals.digest
        component.parts = totals.parts
        component.weak = totals.weak
        component.models = found.source.models.map {
            .init(
                link: $0.link,
                current: $0.current,
                lastGood: $0.lastGood,
                versions: $0.ready
            )
        }
        return component
    }
}
