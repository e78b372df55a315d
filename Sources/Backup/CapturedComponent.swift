internal import Deduplication
internal import Deployments
internal import Files
internal import Subjects

/// A component whose tree is written.
struct CapturedComponent: Sendable {
    let component: Snapshot.Component
    let report: CaptureReport
    let totals: TreeTotals
    /// Why the manifest of the snapshot before could not be used.
    let parentFault: String?
    /// The databases in it, with the revisions of their schemas.
    var schemas: [SchemaRevision] = []
}

extension Snapshot.Component {
    /// What a snapshot says of any component that was captured, whatever its kind.
    init(
        captured source: String,
        startedAt: Moment,
        _ totals: TreeTotals,
        _ report: CaptureReport,
        onto parent: SnapshotID?
    ) {
        self.init(outcome: "captured", source: source, startedAt: startedAt)
        complete = report.isComplete
        self.parent = parent?.text
        files = totals.files
        folders = totals.folders
        links = totals.links
        databases = totals.databases
        sizeBytes = totals.sizeBytes
        if totals.elsewhereFiles > 0 {
            elsewhere = .init(files: totals.elsewhereFiles, sizeBytes: totals.elsewhereBytes)
        }
        problems = report.problems.map { .init(code: $0.code, path: $0.path, message: $0.message) }
        problemCount = report.problemCount
        digest = totals.digest
        parts = totals.parts
        weak = totals.weak
    }
}
