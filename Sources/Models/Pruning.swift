internal import Files
public import Threads

/// Removes old versions, and never one that anything leans on.
public struct Pruning {
    /// What will become of a version, and why.
    public struct Decision: Sendable, Equatable {
        /// The version.
        public let version: ModelVersion
        /// Whether it stays.
        public let isKept: Bool
        /// Why.
        public let reason: String
    }

    /// What came of it.
    public struct Outcome: Sendable {
        /// The plan that was carried out, made anew under the lock.
        public let decisions: [Decision]
        /// Why the journal does not say all of it, where it could not be written any more.
        public let unnoted: String?
        /// What runs that are gone have left and could not be cleared away, with the reason.
        public let leftovers: [String]
    }

    private let folder: ModelFolder
    private let lockWaitSeconds: Int
    private let cancellation: Cancellation

    /// Prepares a pruning.
    ///
    /// - Parameters:
    ///   - folder: Where versions lie.
    ///   - lockWaitSeconds: How long to wait for another run.
    ///   - cancellation: Raised to stop before the next version.
    public init(_ folder: ModelFolder, lockWaitSeconds: Int, cancellation: Cancellation) {
        self.folder = folder
        self.lockWaitSeconds = lockWaitSeconds
        self.cancellation = cancellation
    }

    /// Decides about every version; nothing is changed.
    ///
    /// - Parameters:
    ///   - keep: How many of the newest ready versions stay at least.
    ///   - pinned: Versions that snapshots hold fast, with the reason.
    /// - Returns: A decision for each version, the oldest first.
    /// - Throws: ``ModelError`` with `invalid` where it cannot be known what a link stands for.
    public func plan(keep: Int, pinned: [String: String]) throws(ModelError) -> [Decision] {
        let versions = try folder.versions()
        let current = try folder.current()
        let links = try FolderLinks(try folder.open(), folder.settings, current)
        var reasons: [String: String] = [:]
        func hold(_ name: String?, _ reason: String) {
            if let name, reasons[name] == nil { reasons[name] = reason }
        }
        hold(current.version, "in use")
        hold(
            try folder.lastGood(among: versions, besides: current.version),
            "the last good one, where a rollback goes"
        )
        links.keep(in: &reasons)
        for (name, pin) in pinned { hold(name, pin) }
        for version in versions.filter({ $0.state.isReady }).suffix(keep) {
            hold(version.name, "among the newest \(keep)")
        }
        for version in versions where !version.state.isReady {
            hold(version.name, "not ready: look at it first")
        }
        // What stays may hold links of its own.
        links.keep(in: &reasons)
        try links.check(reasons)
        return versions.map { version in
            Decision(
                version: version,
                isKept: reasons[version.name] != nil,
                reason: reasons[version.name] ?? "older than the newest \(keep)"
            )
        }
    }

    /// Removes what a plan gives up, each version in one step for its readers.
    ///
    /// - Parameters:
    ///   - keep: As for ``plan(keep:pinned:)``.
    ///   - pinned: The same.
    ///   - onRemoved: Told about each version once it is gone.
    /// - Returns: What was done.
    /// - Throws: ``ModelError``, whose state names the versions that are gone already.
    public func run(
        keep: Int,
        pinned: [String: String],
        onRemoved: (ModelVersion) -> Void
    ) throws(ModelError) -> Outcome {
        let root = try folder.open()
        let lock = try FolderLock(root, waitSeconds: lockWaitSeconds, cancellation)
        defer { _ = lock }
        var journal = try ModelJournal(in: root)
        let decisions = try plan(keep: keep, pinned: pinned)
        var gone: [String] = []
        var unnoted: String?
        for decision in decisions where !decision.isKept {
            do throws(ModelError) {
                if cancellation.reason != nil { throw ModelError(.cancelled, "stopped on request") }
                unnoted = try remove(decision, root, &journal, &gone) ?? unnoted
            } catch {
                if gone.isEmpty { throw error }
                throw ModelError(
                    error.code,
                    error.message,
                    cause: error.cause,
                    state: "gone already: \(gone.joined(separator: ", ")); the others are there"
                )
            }
            onRemoved(decision.version)
        }
        return Outcome(decisions: decisions, unnoted: unnoted, leftovers: lock.leftovers)
    }

    /// Removes one version; from its renaming on it is gone.
    private func remove(
        _ decision: Decision,
        _ root: borrowing Directory,
        _ journal: inout ModelJournal,
        _ gone: inout [String]
    ) throws(ModelError) -> String? {
        let name = decision.version.name
        try journal.write(.prune, .intent, to: name, why: decision.reason)
        do throws(FileError) {
            let hidden = Path(UnfinishedWork.prunePrefix + UnfinishedWork.suffix())
            try root.rename(Path(name), to: root, hidden)
            gone.append(name)
            try root.sync()
            try root.removeTree(hidden)
        } catch {
            throw ModelError("remove version \(name)", error)
        }
        return journal.note(.prune, .done, to: name)
    }
}
