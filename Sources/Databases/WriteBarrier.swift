/// Pins many live databases at one instant, so that no later write of their applications is seen
/// where an earlier one is missing.
///
/// The write locks of all are taken in sorted order, a second connection pins each, and all locks
/// are released; applications wait for a millisecond or two. While a lock is not free the others
/// are held for a short patience only and then tried again from the start, so that one long
/// transaction never stops every application for the whole budget.
///
/// A database that cannot be locked in time, or never, is pinned at an instant of its own and
/// says so; one that cannot be read is a failure of its own.
public struct WriteBarrier: Sendable {
    /// How long to try for all locks at once.
    public var budgetMilliseconds: Int32 = 2000
    /// How long the first locks are held while waiting for a further one.
    public var patienceMilliseconds: Int32 = 10
    /// Whether databases in WAL mode are opened on network and shared file systems, too: safe only
    /// where their applications run under this same kernel.
    public var trustsNetworkFileSystems = false
    /// Tells network file systems; tests put their own in.
    var isNetwork: @Sendable ([UInt8]) -> Bool = isNetworkFileSystem

    /// The usual settings.
    public init() {}

    /// Pins databases.
    ///
    /// - Parameters:
    ///   - paths: Absolute paths; the first 16 bytes of each file were seen to be SQLite's before.
    ///   - whileLocked: Runs while all locks are held, and has to be quick. It looks once more at
    ///     what was left out, and returns the databases that have to be part of the instant after
    ///     all; if there are any new ones, everything is released and done again with them.
    /// - Returns: What was pinned and what could not be.
    public func pin(
        _ paths: [[UInt8]],
        whileLocked: () -> [[UInt8]] = { [] }
    ) -> PinnedDatabases {
        var run = BarrierRun(settings: self)
        return run.pin(paths, whileLocked)
    }
}

/// One use of a write barrier.
private struct BarrierRun {
    let settings: WriteBarrier
    private var candidates: [Candidate] = []
    private var failures: [PinnedDatabases.Failure] = []
    private var asked: Set<[UInt8]> = []
    private var attempts = 0
    private var longestHeldNanoseconds: Int64 = 0

    init(settings: WriteBarrier) {
        self.settings = settings
    }

    mutating func pin(_ paths: [[UInt8]], _ whileLocked: () -> [[UInt8]]) -> PinnedDatabases {
        open(paths)
        var instant: Int64
        repeat {
            let start = lockAll()
            instant = Clock.wallNanoseconds
            for candidate in candidates { candidate.pin() }
            let further = whileLocked().filter { !asked.contains($0) }
            unlockAll(since: start)
            if further.isEmpty { break }
            for candidate in candidates { candidate.unpin() }
            open(further)
        } while true
        return result(instant)
    }

    private mutating func open(_ paths: [[UInt8]]) {
        let refusesLog = settings.trustsNetworkFileSystems ? { _ in false } : settings.isNetwork
        for path in paths where asked.insert(path).inserted {
            do throws(DatabaseError) {
                candidates.append(
                    try Candidate(
                        path,
                        waitMilliseconds: settings.budgetMilliseconds,
                        refusesLog: refusesLog
                    )
                )
            } catch {
                failures.append(.init(path: path, error: error))
            }
        }
        candidates.sort { $0.path.lexicographicallyPrecedes($1.path) }
    }

    /// Takes every lock that can be had; ends because each time the budget is used up the one
    /// that was in the way is given up.
    ///
    /// - Returns: When the first lock was taken.
    private mutating func lockAll() -> Int64 {
        var deadline = Clock.steadyNanoseconds + milliseconds(settings.budgetMilliseconds)
        while true {
            attempts += 1
            let start = Clock.steadyNanoseconds
            guard let blocked = lockEach(until: start + milliseconds(settings.patienceMilliseconds))
            else { return start }
            unlockAll(since: start)
            if Clock.steadyNanoseconds >= deadline {
                blocked.refusal = DatabaseError(
                    .locked,
                    "another process kept \(blocked.path.shown) locked for "
                        + "\(settings.budgetMilliseconds) ms"
                )
                // The others get a short further chance: their locks are free or nearly so.
                deadline = Clock.steadyNanoseconds + milliseconds(settings.budgetMilliseconds / 8)
            } else {
                // Longer than the patience, so that applications run for most of the time.
                Clock.sleep(microseconds: UInt32(settings.patienceMilliseconds) * 2000)
            }
        }
    }

    /// - Returns: The first that is not free at the deadline, or nil if all are locked.
    private func lockEach(until deadline: Int64) -> Candidate? {
        for candidate in candidates where candidate.refusal == nil {
            while !candidate.tryLock() {
                if Clock.steadyNanoseconds >= deadline { return candidate }
                Clock.sleep(microseconds: 100)
            }
        }
        return nil
    }

    private mutating func unlockAll(since start: Int64) {
        for candidate in candidates { candidate.unlock() }
        longestHeldNanoseconds = max(longestHeldNanoseconds, Clock.steadyNanoseconds - start)
    }

    private func milliseconds(_ count: Int32) -> Int64 {
        Int64(count) * 1_000_000
    }

    private func result(_ instant: Int64) -> PinnedDatabases {
        var failures = failures
        var pinned: [PinnedDatabase] = []
        for candidate in candidates {
            if candidate.failure?.code == .locked {
                candidate.pinLate(waitMilliseconds: settings.budgetMilliseconds)
            }
            if let error = candidate.failure ?? candidate.replacement {
                failures.append(.init(path: candidate.path, error: error))
            } else {
                pinned.append(PinnedDatabase(candidate))
            }
        }
        return PinnedDatabases(
            databases: pinned.filter { $0.format == .rollback }
                + pinned.filter { $0.format == .wal },
            failures: failures.sorted { $0.path.lexicographicallyPrecedes($1.path) },
            instantNanoseconds: instant,
            heldNanoseconds: longestHeldNanoseconds,
            attempts: attempts
        )
    }
}

extension Candidate {
    /// The failure of a path that was given to another file since it was opened: the stamp would
    /// be the new file's, the content the old one's.
    fileprivate var replacement: DatabaseError? {
        guard reader.hasMoved else { return nil }
        return DatabaseError(
            .replaced,
            "\(path.shown) was replaced by another file while it was being pinned"
        )
    }
}
