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
        /// Why the journal does not say so, where it could not be written any more.
        public let unnoted: String?
        /// What runs that are gone have left and could not be cleared away, with the reason.
        public internal(set) var leftovers: [String] = []
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
        // One that was killed goes on to where it went.
        if let line = try unasked(current), line.action == .rollback, line.outcome != .reverted,
            let current
        {
            return current
        }
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
    ///   - gate: Asked once the link names the version, also where it did so already; a failure
    ///     moves it back.
    /// - Returns: What was done.
    /// - Throws: ``ModelError``; but for `notReverted` the link names what it named before, or what
    ///   it named before a run that was killed.
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
        if cancellation.reason != nil { throw ModelError(.cancelled, "stopped on request") }
        if before.version == target {
            var outcome = try confirm(action, before, target, why, root, &journal, gate)
            outcome.leftovers = lock.leftovers
            return outcome
        }
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
            let unnoted = journal.note(
                action,
                .done,
                from: before.version,
                to: target,
                why: why
            )
            return Outcome(
                from: before.version,
                to: target,
                kind: (try? folder.current().kind) ?? before.kind,
                isChanged: true,
                unnoted: unnoted,
                leftovers: lock.leftovers
            )
        case .failed(let reason):
            throw revert(action, before, target, reason, root, &journal)
        }
    }

    private var settings: ModelFolder.Settings { folder.settings }

    /// The link names the version already: perhaps a run was killed before it could ask.
    private func confirm(
        _ action: ModelJournal.Action,
        _ present: CurrentLink,
        _ target: String,
        _ why: String?,
        _ root: borrowing Directory,
        _ journal: inout ModelJournal,
        _ gate: (_ version: String) -> Verdict
    ) throws(ModelError) -> Outcome {
        let killed = try unasked(target)
        // If this run is killed too, the way back is still known.
        if let killed {
            try journal.write(action, .intent, from: killed.from, to: target, why: why)
        }
        switch gate(target) {
        case .passed:
            let unnoted = killed.flatMap {
                journal.note(action, .done, from: $0.from, to: target, why: why)
            }
            return Outcome(
                from: target,
                to: target,
                kind: present.kind,
                isChanged: false,
                unnoted: unnoted
            )
        case .failed(let reason):
            guard let killed, try canReturn(to: killed.from) else {
                if killed != nil {
                    _ = journal.note(action, .failed, to: target, why: reason)
                }
                throw ModelError(
                    .notReverted,
                    "version \(target), which was in use already, is not healthy: \(reason)",
                    state: "the link names \(target), as before"
                )
            }
            let way = CurrentLink(
                kind: present.kind,
                target: killed.from.map { Path($0) },
                version: killed.from
            )
            throw revert(action, way, target, reason, root, &journal)
        }
    }

    /// Whether the link may go back there: to no version at all, or to one that is still there.
    private func canReturn(to version: String?) throws(ModelError) -> Bool {
        guard let version else { return true }
        return try folder.versions().contains { $0.name == version && $0.state.isReady }
    }

    /// The journal's last word on the link, where it is about the version in use and does not say
    /// that this one was found healthy.
    private func unasked(_ current: String?) throws(ModelError) -> ModelJournal.Line? {
        guard let last = try lastMove(), let current, last.to == current, last.outcome != .done
        else { return nil }
        return last
    }

    private func lastMove() throws(ModelError) -> ModelJournal.Line? {
        try folder.journal().last { [.switch, .rollback, .restore].contains($0.action) }
    }

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
        guard let last = try lastMove(), last.outcome == .intent else { return }
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
    ) -> ModelError {
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
        let unnoted = journal.note(
            action,
            .reverted,
            from: before.version,
            to: target,
            why: reason
        )
        return ModelError(
            .reverted,
            "version \(target) is not healthy: \(reason)"
                + (unnoted.map { "; the journal does not say so: \($0)" } ?? "")
        )
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
