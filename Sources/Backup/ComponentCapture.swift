internal import Databases
internal import Deduplication
internal import Deployments
internal import Files
internal import Manifests
internal import Subjects

/// A component whose source was looked at.
struct FoundComponent: Sendable {
    let source: FileTreeSource
    let root: FileTreeSource.Root
    let candidates: [DatabaseSearch.Candidate]
    /// How long it takes, beside others: a file costs as much as that many bytes of content.
    let effort: UInt64

    static let fileEffort: UInt64 = 32 << 10
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
        let sink = TreeSink(tree, isCancelled: isCancelled)
        let report = try capture.run(into: sink)
        let totals = try TreeSink.finish(tree)
        if unreported > 0 { onEvent(.read(bytes: unreported)) }
        onEvent(.finished(component: name))
        // What an archive holds is of whatever instant it was packed at.
        let isLive = found.source.archive == nil
        let consistency = totals.databases > 0 && isLive ? databases.consistency(of: name) : nil
        return CapturedComponent(
            component: component(found, totals, report, startedAt, consistency),
            report: report,
            totals: totals,
            parentFault: tree.parentFault,
            schemas: sink.databases.map { path, record in
                SchemaRevision(
                    component: name,
                    path: path.description,
                    userVersion: record.facts.header.map { Int($0.userVersion) },
                    alembic: record.facts.alembic
                )
            }
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
            captured: found.source.origin,
            startedAt: startedAt,
            totals,
            report,
            onto: draft.parent(of: found.source.name)?.id
        )
        component.mount = found.root.isMount
        if let consistency {
            component.consistency = consistency.level
            component.consistencyReason = consistency.reason
            component.instant = String(consistency.instantNanoseconds)
        }
        component.specials = report.specials
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
