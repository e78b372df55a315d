public import Deduplication
public import Files
internal import Manifests
public import Subjects
public import Threads

/// The forward flow: look at every source, pin the databases at one instant, capture every
/// component, publish the snapshot.
///
/// A component that fails leaves the others: the snapshot is then published as incomplete. When
/// none succeeds, or the repository fails, nothing is published.
public struct BackupRun {
    /// What a run reports while it works.
    public enum Event: Sendable {
        /// All sources were looked at: so much is to be read at most.
        case planned(totalBytes: UInt64)
        /// A component is being captured.
        case started(component: String)
        /// So many bytes were read.
        case read(bytes: Int)
        /// A component is done.
        case finished(component: String)
    }

    /// How a run ended.
    public struct Outcome: Sendable {
        /// The published snapshot.
        public let snapshot: Snapshot
        /// What every component reported, by name.
        public let reports: [String: CaptureReport]
        /// What was read and kept, by component.
        public let totals: [String: TreeTotals]
        /// The components as the snapshots before have them, by name.
        public let previous: [String: Snapshot.Component]
    }

    private let sources: [FileTreeSource]
    private let draft: SnapshotDraft
    private let scratch: Path
    private let rereading: Bool
    private let cancellation: Cancellation
    private let onEvent: (Event) -> Void

    /// Prepares a run.
    ///
    /// - Parameters:
    ///   - sources: The components.
    ///   - draft: An open draft of the snapshot.
    ///   - scratch: An empty private folder for copies of databases.
    ///   - rereading: Whether all files are read, whatever their status says.
    ///   - cancellation: Raised to stop at the next safe point.
    ///   - onEvent: Told about the progress, on the caller's thread.
    public init(
        _ sources: [FileTreeSource],
        into draft: SnapshotDraft,
        scratch: Path,
        rereading: Bool,
        cancellation: Cancellation,
        onEvent: @escaping (Event) -> Void
    ) {
        self.sources = sources
        self.draft = draft
        self.scratch = scratch
        self.rereading = rereading
        self.cancellation = cancellation
        self.onEvent = onEvent
    }

    private struct Found {
        let source: FileTreeSource
        let root: FileTreeSource.Root
        let candidates: [DatabaseSearch.Candidate]
    }

    private struct Captured {
        var component: Snapshot.Component
        var report: CaptureReport
        var totals: TreeTotals
    }

    /// Runs the backup.
    ///
    /// - Returns: What was published.
    /// - Throws: ``CaptureError``; then nothing was published.
    public func run() throws(CaptureError) -> Outcome {
        do throws(CaptureError) {
            return try capture()
        } catch {
            draft.abandon()
            throw error
        }
    }

    private func capture() throws(CaptureError) -> Outcome {
        var failures: [String: CaptureError] = [:]
        let found = try look(&failures)
        let databases = StackDatabases(
            found.map { ($0.source.name, $0.root.folder, $0.candidates) },
            scratch: scratch,
            rereading: rereading,
            cancellation: cancellation
        )
        defer { databases.finish() }
        var captured: [String: Captured] = [:]
        for component in found {
            let name = component.source.name
            do throws(CaptureError) {
                captured[name] = try capture(component, databases)
            } catch {
                guard error.code == .source else { throw error }
                failures[name] = error
            }
        }
        return try publish(captured, failures)
    }

    /// Looks at every source before anything is opened: a missing one is known at once.
    private func look(_ failures: inout [String: CaptureError]) throws(CaptureError) -> [Found] {
        var found: [Found] = []
        var totalBytes: UInt64 = 0
        for source in sources {
            var source = source
            source.wasMount = draft.parent(of: source.name)?.component.mount ?? false
            do throws(CaptureError) {
                let root = try source.resolve()
                try source.models?.look()
                let parent = draft.parentEntries(of: source.name)
                let rereading = self.rereading
                let result = try DatabaseSearch.run(source, root) { (path) throws(CaptureError) in
                    do throws(RepositoryError) {
                        let entry = try parent.entry(at: path)
                        return rereading && entry?.database == nil ? nil : entry
                    } catch {
                        throw TreeSink.error(error)
                    }
                }
                totalBytes += result.totalBytes
                found.append(Found(source: source, root: root, candidates: result.candidates))
            } catch {
                guard error.code == .source else { throw error }
                failures[source.name] = error
            }
        }
        onEvent(.planned(totalBytes: totalBytes))
        return found
    }

    private func capture(
        _ found: Found,
        _ databases: StackDatabases
    ) throws(CaptureError) -> Captured {
        let name = found.source.name
        onEvent(.started(component: name))
        let startedAt = Moment.now
        let isCancelled = { [cancellation] in cancellation.reason != nil }
        let onRead = { [onEvent] (bytes: Int) in onEvent(.read(bytes: bytes)) }
        let tree = draft.tree(
            for: name,
            rereading: rereading,
            isCancelled: isCancelled,
            onRead: onRead
        )
        var capture = FileTreeCapture(
            found.source,
            at: found.root,
            databases: databases.lookup(name, root: found.root.folder),
            startedAt: startedAt
        )
        let report = try capture.run(into: TreeSink(tree, cancellation))
        let totals: TreeTotals
        do throws(RepositoryError) {
            totals = try tree.finish()
        } catch {
            throw TreeSink.error(error)
        }
        onEvent(.finished(component: name))
        // What an archive holds is of whatever instant it was packed at.
        let isLive = found.source.archive == nil
        let consistency = totals.databases > 0 && isLive ? databases.consistency(of: name) : nil
        return Captured(
            component: component(found, totals, report, startedAt, consistency),
            report: report,
            totals: totals
        )
    }

    private func component(
        _ found: Found,
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

    private func publish(
        _ captured: [String: Captured],
        _ failures: [String: CaptureError]
    ) throws(CaptureError) -> Outcome {
        if cancellation.reason != nil {
            throw CaptureError(code: .cancelled, message: "stopped on request")
        }
        if captured.isEmpty {
            let reasons = failures.values.map(\.message).sorted().joined(separator: "; ")
            throw CaptureError(code: .source, message: reasons)
        }
        var components = captured.mapValues(\.component)
        var reports = captured.mapValues(\.report)
        for source in sources {
            guard let error = failures[source.name] else { continue }
            components[source.name] = failed(source, error)
            var report = CaptureReport()
            report.note(
                .init(code: "failed", path: "", message: error.message, weight: .incomplete)
            )
            reports[source.name] = report
        }
        var previous: [String: Snapshot.Component] = [:]
        for name in captured.keys { previous[name] = draft.parent(of: name)?.component }
        do throws(RepositoryError) {
            let snapshot = try draft.publish(components)
            return Outcome(
                snapshot: snapshot,
                reports: reports,
                totals: captured.mapValues(\.totals),
                previous: previous
            )
        } catch {
            throw TreeSink.error(error)
        }
    }

    private func failed(_ source: FileTreeSource, _ error: CaptureError) -> Snapshot.Component {
        var component = Snapshot.Component(
            outcome: "failed",
            source: source.origin,
            startedAt: Moment.now
        )
        component.problems = [.init(code: "failed", path: "", message: error.message)]
        component.problemCount = 1
        return component
    }
}
