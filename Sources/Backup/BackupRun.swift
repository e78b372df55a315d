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
        /// All that is live was read: what holds still for it may go on.
        case captured
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
        /// Why the manifest of the snapshot before could not be used, by component.
        public let parentFaults: [String: String]
        /// Documents of snapshots that could not be read.
        public let unreadable: [String]
    }

    private let sources: [FileTreeSource]
    private let servers: [QdrantSource]
    private let deployment: DeploymentSource?
    private let draft: SnapshotDraft
    private let scratch: Path
    private let notes: Path
    private let rereading: Bool
    private let cancellation: Cancellation
    private let onEvent: (Event) -> Void

    /// Prepares a run.
    ///
    /// - Parameters:
    ///   - sources: The components that are files.
    ///   - servers: The components that are servers.
    ///   - deployment: What runs, kept beside them; it alone makes no snapshot.
    ///   - draft: An open draft of the snapshot.
    ///   - scratch: An empty private folder for copies of databases.
    ///   - notes: A private folder that is kept between runs; servers need it.
    ///   - rereading: Whether all files are read, whatever their status says.
    ///   - cancellation: Raised to stop at the next safe point.
    ///   - onEvent: Told about the progress, on the caller's thread.
    public init(
        _ sources: [FileTreeSource],
        servers: [QdrantSource] = [],
        deployment: DeploymentSource? = nil,
        into draft: SnapshotDraft,
        scratch: Path,
        notes: Path? = nil,
        rereading: Bool,
        cancellation: Cancellation,
        onEvent: @escaping (Event) -> Void
    ) {
        self.sources = sources
        self.servers = servers
        self.deployment = deployment
        self.draft = draft
        self.scratch = scratch
        self.notes = notes ?? scratch
        self.rereading = rereading
        self.cancellation = cancellation
        self.onEvent = onEvent
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
        var captured: [String: CapturedComponent] = [:]
        for (name, result) in try captureAll(found, databases) {
            switch result {
            case .success(let component): captured[name] = component
            case .failure(let error): failures[name] = error
            }
        }
        let server = ServerCapture(
            draft: draft,
            rereading: rereading,
            cancellation: cancellation,
            scratch: scratch,
            notes: notes,
            onEvent: onEvent
        )
        for source in servers {
            do throws(CaptureError) {
                captured[source.name] = try server.run(source)
            } catch {
                guard error.code == .source else { throw error }
                failures[source.name] = error
            }
        }
        onEvent(.captured)
        if let deployment, !captured.isEmpty {
            captured[deployment.name] = try server.run(
                deployment,
                schemas: captured.sorted { $0.key < $1.key }.flatMap(\.value.schemas)
            )
        }
        // To give back a large copy takes the kernel as long as it takes the disk to publish.
        let removal = OwnedThread { databases.removeCopies() }
        defer { removal.join() }
        return try publish(captured, failures)
    }

    /// Looks at every source before anything is opened: a missing one is known at once.
    private func look(_ failures: inout [String: CaptureError]) throws(CaptureError)
        -> [FoundComponent]
    {
        var found: [FoundComponent] = []
        var totalBytes: UInt64 = 0
        for source in sources {
            var source = source
            let last = draft.parent(of: source.name)?.component
            // Of another folder the last snapshot says nothing.
            source.wasMount = last?.source == source.path && last?.mount ?? false
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
                found.append(
                    FoundComponent(
                        source: source,
                        root: root,
                        candidates: result.candidates,
                        effort: result.totalBytes + result.fileCount * FoundComponent.fileEffort
                    )
                )
            } catch {
                guard error.code == .source else { throw error }
                failures[source.name] = error
            }
        }
        onEvent(.planned(totalBytes: totalBytes))
        return found
    }

    /// Captures two components at a time, the longest first.
    ///
    /// One is read and digested while the other waits for the disk or for its databases. Many
    /// small files at the end would leave a core idle.
    private func captureAll(
        _ found: [FoundComponent],
        _ databases: StackDatabases
    ) throws(CaptureError) -> [String: Result<CapturedComponent, CaptureError>] {
        guard !found.isEmpty else { return [:] }
        let jobs = BoundedQueue<FoundComponent>(limit: found.count)
        for component in found.sorted(by: { $0.effort > $1.effort }) {
            jobs.push(component)
        }
        jobs.close()
        let events = BoundedQueue<Event>(limit: 64)
        let status = Monitor(Status(workers: min(2, found.count)))
        let failed = Cancellation()
        let capture = ComponentCapture(
            draft: draft,
            databases: databases,
            rereading: rereading,
            isCancelled: { [cancellation] in
                cancellation.reason != nil || failed.reason != nil
            },
            onEvent: { events.push($0) }
        )
        let threads = (0..<min(2, found.count)).map { _ in
            OwnedThread {
                while failed.reason == nil, let job = jobs.pop() {
                    let result = capture.run(job)
                    status.change { $0.take(result, of: job.source.name) }
                    if status.change({ $0.failure }) != nil { failed.raise(1) }
                }
                if status.change({ $0.leave() }) { events.close() }
            }
        }
        while let event = events.pop() { onEvent(event) }
        for thread in threads { thread.join() }
        if let failure = status.change({ $0.failure }) { throw failure }
        return status.change { $0.results }
    }

    private struct Status {
        var workers: Int
        var results: [String: Result<CapturedComponent, CaptureError>] = [:]
        /// The first failure that ends the run.
        var failure: CaptureError?

        mutating func take(_ result: Result<CapturedComponent, CaptureError>, of name: String) {
            results[name] = result
            if case .failure(let error) = result, error.code != .source, failure == nil {
                failure = error
            }
        }

        /// Whether the worker that leaves is the last.
        mutating func leave() -> Bool {
            workers -= 1
            return workers == 0
        }
    }

    private func publish(
        _ captured: [String: CapturedComponent],
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
        let origins =
            sources.map { ($0.name, $0.origin) } + servers.map { ($0.name, $0.address.url) }
        for (name, origin) in origins {
            guard let error = failures[name] else { continue }
            components[name] = failed(origin, error)
            var report = CaptureReport()
            report.note(
                .init(code: "failed", path: "", message: error.message, weight: .incomplete)
            )
            reports[name] = report
        }
        var previous: [String: Snapshot.Component] = [:]
        for name in captured.keys { previous[name] = draft.parent(of: name)?.component }
        do throws(RepositoryError) {
            let snapshot = try draft.publish(components)
            return Outcome(
                snapshot: snapshot,
                reports: reports,
                totals: captured.mapValues(\.totals),
                previous: previous,
                parentFaults: captured.compactMapValues(\.parentFault),
                unreadable: draft.unreadable
            )
        } catch {
            throw TreeSink.error(error)
        }
    }

    private func failed(_ origin: String, _ error: CaptureError) -> Snapshot.Component {
        var component = Snapshot.Component(
            outcome: "failed",
            source: origin,
            startedAt: Moment.now
        )
        component.problems = [.init(code: "failed", path: "", message: error.message)]
        component.problemCount = 1
        return component
    }
}
