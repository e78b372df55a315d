internal import Arguments
internal import Deduplication
internal import Files
internal import Glibc
internal import Retention
internal import Threads

/// The lock that keeps two prunes of one stack apart; backups do not wait for it.
enum PruneLock {
    static let name = "prune-lock"
}

/// Forgets the snapshots that no rule keeps, then collects what nothing needs any more.
struct PruneOperation {
    private static let daySeconds: Int64 = 86_400

    private let loaded: LoadedConfiguration
    private let context: Context
    private let operation = "prune-\(Moment.now.compactUTC)"
    private let isNow: Bool
    /// Nil for what a night may copy.
    private let copyBytesLimit: UInt64?

    init(_ loaded: LoadedConfiguration, _ context: Context) throws(CommandFailure) {
        self.loaded = loaded
        self.context = context
        isNow = context.invocation.flag("now")
        guard let text = context.invocation.string("budget") ?? (isNow ? "10GB" : nil) else {
            copyBytesLimit = nil
            return
        }
        guard let bytes = Quantity.sizeBytes(text) else {
            throw CommandFailure(.usage, "usage", "--budget takes a size such as 10GB, not \(text)")
        }
        copyBytesLimit = UInt64(bytes)
    }

    private var stack: String { loaded.value.stack }

    // MARK: Looking

    /// What would be done; changes nothing.
    func look() throws(CommandFailure) -> Report {
        let repository = try context.repository()
        let keeping = try Keeping(loaded, repository, context)
        let going = Set(keeping.going.map(\.snapshot.id))
        let collection = collection(repository, keeping.policy)
        let plan = try querying { () throws(RepositoryError) in
            try collection.plan(forgetting: going)
        }
        return PruneRendering(keeping, stack: stack).plan(plan, isNow: isNow)
    }

    // MARK: Doing

    func run() throws(CommandFailure) -> Report {
        let state = try StateFolder(loaded.value, environment: context.environment)
        let wait = try context.lockWaitSeconds()
        let lock = try state.lock(named: PruneLock.name, waitSeconds: wait, isResuming: true) {
            context.console.phase("another prune of this stack is at work; waiting for it")
        }
        defer { _ = lock.path }
        let (keeping, repository) = try forget(state, wait)
        context.console.phase("looking for what no snapshot needs")
        var report = CollectionReport()
        let done =
            "\(keeping.going.count) snapshots were forgotten, and nothing that is needed is gone"
        // Without waiting, what one round condemns the next one deletes. On a full disk copying
        // comes after deleting.
        report.add(try collect(keeping.policy, isCopying: !isNow, done, repository))
        if isNow {
            report.add(try collect(keeping.policy, isCopying: true, done))
            if report.waitingPacks > 0 {
                report.add(try collect(keeping.policy, isCopying: false, done))
            }
        }
        try querying(state: done) { () throws(RepositoryError) in
            let last = isNow ? try context.openRepository() : repository
            try last.layReserve(packBytes: report.packBytes)
        }
        return PruneRendering(keeping, stack: stack).outcome(report, operation, isNow: isNow)
    }

    /// Forgets under the stack's lock: then no restore is at work with a snapshot that goes.
    private func forget(
        _ state: StateFolder,
        _ wait: Int
    ) throws(CommandFailure) -> (Keeping, Repository) {
        let lock = try state.lock(waitSeconds: wait) {
            context.console.phase("another run of this stack is at work; waiting for it")
        }
        defer { _ = lock.path }
        if let failed = LastBackup.failedAt(state), !isNow {
            throw CommandFailure(
                .stale,
                "backup-failed",
                "the last backup, begun at \(failed), did not come to its end; "
                    + "the snapshots before it may be the last good ones",
                next: "recover backup, then: recover prune; on a full disk: recover prune --now"
            )
        }
        let repository = try context.repository()
        let keeping = try Keeping(loaded, repository, context)
        let memory = PolicyMemory(state)
        try confirm(keeping, memory)
        // The disk has time for it while the notes become durable.
        let survey = repository.survey()
        defer { survey.join() }
        let user = context.environment["SUDO_USER"] ?? context.environment["USER"] ?? "unknown"
        let by = "\(user)@\(Context.hostName)"
        let partly = "some snapshots may be forgotten; all of them can be brought back"
        let used = try makingRoom(partly, repository) { (repository) throws(RepositoryError) in
            try repository.forget(keeping.going, by: by, operation: operation)
            return repository
        }
        if memory.policy != keeping.policy { try memory.keep(keeping.policy) }
        return (keeping, used)
    }

    private func confirm(_ keeping: Keeping, _ memory: PolicyMemory) throws(CommandFailure) {
        let plan = keeping.going.map { "forget  \($0.snapshot.id): \($0.why)" }
        if isNow {
            let warning = "what is not needed is deleted at once: no undelete after that"
            return try Confirmation.require("\(stack)/prune", plan: plan + [warning], context)
        }
        if let former = memory.policy, former != keeping.policy {
            let lost = keeping.lost(since: former)
            if !lost.isEmpty {
                let text =
                    "the policy has changed: \(lost.count) snapshots go that the former one keeps"
                context.console.phase(text)
                return try Confirmation.require("\(stack)/retention", plan: plan + [text], context)
            }
        }
        if plan.isEmpty { return }
        let count = "\(plan.count) of \(keeping.decisions.count) snapshots of \(stack)"
        try Confirmation.ask("forget \(count)", context)
    }

    private func collection(
        _ repository: Repository,
        _ policy: RetentionPolicy
    ) -> RepositoryCollection {
        var settings = RepositoryCollection.Settings(
            host: Context.hostName,
            operation: operation,
            waitSeconds: isNow ? 0 : Int64(policy.trashDays) * Self.daySeconds,
            copyBytesLimit: copyBytesLimit,
            now: Moment.now
        )
        settings.processID = Int(getpid())
        if isNow { settings.allowedPercent = 0 }
        return RepositoryCollection(repository, settings, cancellation: context.cancellation)
    }

    private func collect(
        _ policy: RetentionPolicy,
        isCopying: Bool,
        _ state: String,
        _ repository: Repository? = nil
    ) throws(CommandFailure) -> CollectionReport {
        var attempts = 0
        return try makingRoom(state, repository) { (repository) throws(RepositoryError) in
            attempts += 1
            return try collection(repository, policy).run(isCopying: isCopying && attempts == 1)
        }
    }

    /// Does something, and where the disk is full gives up the ballast and does it once more.
    ///
    /// Where a repository is given, it was opened just now and is the first to be used.
    private func makingRoom<Result>(
        _ state: String,
        _ repository: Repository?,
        _ body: (Repository) throws(RepositoryError) -> Result
    ) throws(CommandFailure) -> Result {
        do throws(RepositoryError) {
            if let repository { return try body(repository) }
            return try body(try context.openRepository())
        } catch {
            guard error.code == .full else { throw CommandFailure(error, state: state) }
        }
        context.console.phase("the disk is full; giving up the reserve")
        return try querying(state: state) { () throws(RepositoryError) in
            try context.openRepository().dropReserve()
            return try body(try context.openRepository())
        }
    }
}

extension Context {
    /// The repository, opened anew, its failure as it is.
    func openRepository() throws(RepositoryError) -> Repository {
        do throws(CommandFailure) {
            return try repository()
        } catch {
            throw RepositoryError(code: .storage, message: error.message)
        }
    }
}
