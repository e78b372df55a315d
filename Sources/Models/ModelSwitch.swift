internal import Files
public import Threads

/// Makes another version the one in use: proven first, one rename, and back if it is not healthy.
///
/// Invariants: the link names a whole version at every instant; what was in use before is in the
/// journal before the link moves.
public struct ModelSwitch {
    /// What a health check says after the switch.
    public enum Verdict: Sendable {
        /// It is healthy, or nobody asked.
        case passed
        /// It is not, with the reason.
        case failed(String)
    }

    /// What came of it.
    public struct Outcome: Sendable {
        /// The version in use before; nil where there was none.
        public let from: String?
        /// The version in use now.
        public let to: String
        /// What the link is made of.
        public let kind: CurrentLink.Kind
        /// False where that version was in use already.
        public let isChanged: Bool
    }

    private let folder: ModelFolder
    private let lockWaitSeconds: Int
    private let cancellation: Cancellation
    private let proof: VersionProof

    /// Prepares a switch.
    ///
    /// - Parameters:
    ///   - folder: Where versions lie.
    ///   - lockWaitSeconds: How long to wait for another run.
    ///   - cancellation: Raised to stop before the link moves; after that the health check decides.
    ///   - onBytes: Told how many bytes the proof has read, on any thread.
    public init(
        _ folder: ModelFolder,
        lockWaitSeconds: Int,
        cancellation: Cancellation,
        onBytes: @escaping @Sendable (Int) -> Void
    ) {
        self.folder = folder
        self.lockWaitSeconds = lockWaitSeconds
        self.cancellation = cancellation
        proof = VersionProof(folder, cancellation: cancellation, onBytes: onBytes)
    }

    /// The version that a rollback goes to, by the journal.
    ///
    /// - Returns: The last version, not in use now, that served well and is still there.
    /// - Throws: ``ModelError`` with `notFound`.
    public func rollbackTarget() throws(ModelError) -> String {
        let current = try folder.current().version
        let found = try folder.lastGood(among: try folder.versions(), besides: current)
        if let found { return found }
        throw ModelError(
            .notFound,
            "the journal of \(folder.settings.path) knows no earlier good version that is there"
        )
    }

    /// Switches.
    ///
    /// - Parameters:
    ///   - version: The version to use; nil for ``rollbackTarget()``.
    ///   - why: For the journal.
    ///   - gate: Asked once the link has moved; a failure moves it back and asks again.
    /// - Returns: What was done.
    /// - Throws: ``ModelError``; but for `notReverted` the link names what it named before.
    public func run(
        to version: String?,
        why: String?,
        gate: (_ version: String) -> Verdict
    ) throws(ModelError) -> Outcome {
        let root = try folder.open()
        let lock = try FolderLock(root, waitSeconds: lockWaitSeconds, cancellation)
        defer { _ = lock }
        let before = try folder.current()
        var journal = try ModelJournal(in: root)
        try settle(&journal, before)
        let action: ModelJournal.Action = version == nil ? .rollback : .switch
        let target: String
        if let version { target = version } else { target = try rollbackTarget() }
        try prove(target)
        if before.version == target {
            return Outcome(from: target, to: target, kind: before.kind, isChanged: false)
        }
        if cancellation.reason != nil { throw ModelError(.cancelled, "stopped on request") }
        try journal.write(action, .intent, from: before.version, to: target, why: why)
        do throws(ModelError) {
            try CurrentLink.point(settings.link, at: Path(target), in: root)
        } catch {
            // The rename may be done and only its sync have failed: what is there decides.
            let isBack = (try? restore(before, root)) != nil
            let why = error.message
            try? journal.write(action, .failed, from: before.version, to: target, why: why)
            let code = isBack ? error.code : .notReverted
            throw ModelError(code, error.message, cause: error.cause)
        }
        switch gate(target) {
        case .passed:
            try journal.write(action, .done, from: before.version, to: target, why: why)
            let now = try folder.current()
            return Outcome(from: before.version, to: target, kind: now.kind, isChanged: true)
        case .failed(let reason):
            throw try revert(action, before, target, reason, root, &journal)
        }
    }

    private var settings: ModelFolder.Settings { folder.settings }

    private func prove(_ target: String) throws(ModelError) {
        let version = try folder.version(target)
        switch version.state {
        case .ready: break
        case .incomplete(let why):
            throw ModelError(.notReady, "version \(target) is not whole: \(why)")
        case .damaged(let why): throw ModelError(.damaged, "version \(target): \(why)")
        }
        // Files beside the models may state something of a few; the manifest states the version.
        let manifest = try VersionManifest.read(in: try folder.open(), Path(target))
        let report = try proof.run(target)
        if manifest.lines.isEmpty {
            throw ModelError(
                .notReady,
                "the manifest of version \(target) names no file, so nothing can be proven"
            )
        }
        guard !report.isIntact else { return }
        let place = settings.path.appending(target)
        let names =
            report.damaged.map { "\(place.appending($0)) has other bytes" }
            + report.missing.map { "\(place.appending($0)) is missing" }
        throw ModelError(
            .damaged,
            "version \(target) is not what its manifest says: "
                + names.prefix(5).joined(separator: ", ")
                + (names.count > 5 ? " and \(names.count - 5) more" : "")
        )
    }

    /// A run that was killed has said what it would do and not what it did: the link says it.
    private func settle(
        _ journal: inout ModelJournal,
        _ current: CurrentLink
    ) throws(ModelError) {
        guard let last = try folder.journal().last, last.outcome == .intent,
            last.action == .switch || last.action == .rollback
        else { return }
        let isThere = current.version == last.to
        try journal.write(
            last.action,
            isThere ? .found : .failed,
            from: last.from,
            to: last.to,
            why: "the run ended before it said; "
                + (isThere ? "the link names it" : "the link does not name it")
        )
    }

    private func revert(
        _ action: ModelJournal.Action,
        _ before: CurrentLink,
        _ target: String,
        _ reason: String,
        _ root: borrowing Directory,
        _ journal: inout ModelJournal
    ) throws(ModelError) -> ModelError {
        do throws(ModelError) {
            try restore(before, root)
        } catch {
            try? journal.write(action, .failed, from: before.version, to: target, why: reason)
            return ModelError(
                .notReverted,
                "version \(target) is not healthy (\(reason)), and \(settings.link) could not be "
                    + "put back: \(error.message)",
                cause: error.cause
            )
        }
        try journal.write(action, .reverted, from: before.version, to: target, why: reason)
        return ModelError(.reverted, "version \(target) is not healthy: \(reason)")
    }

    private func restore(
        _ before: CurrentLink,
        _ root: borrowing Directory
    ) throws(ModelError) {
        let now = try CurrentLink(in: root, settings)
        guard now.target != before.target else { return }
        try CurrentLink.point(settings.link, at: before.target, in: root)
    }
}
