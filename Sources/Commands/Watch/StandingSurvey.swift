internal import Calendars
internal import Deduplication
internal import Deployments
internal import Files
internal import Monitoring
internal import Operations
internal import Scheduling
internal import Storage

/// Looks at everything that says how a stack stands; never fails: what cannot be seen is a concern.
struct StandingSurvey {
    private let loaded: LoadedConfiguration
    private let context: Context
    private let now: Moment
    /// A run that the journal may not have.
    private let latest: Outcome?
    /// Whether the engine is asked what runs, which takes it a moment.
    private let asksEngine: Bool

    init(
        _ loaded: LoadedConfiguration,
        _ context: Context,
        after latest: Outcome? = nil,
        askingEngine asksEngine: Bool = false,
        now: Moment = .now
    ) {
        self.loaded = loaded
        self.context = context
        self.now = now
        self.latest = latest
        self.asksEngine = asksEngine
    }

    private var configuration: Configuration { loaded.value }

    func run() -> StackStanding {
        var standing = StackStanding(
            stack: configuration.stack,
            now: now,
            freshnessSeconds: Int(configuration.schedule.freshness.components.seconds)
        )
        standing.tag = try? EnvironmentFile.tag(configuration.compose)
        standing.expectations = expectations
        if asksEngine, let settings = configuration.compose.flatMap(DeploymentSettings.init) {
            let survey = DeploymentSurvey(
                settings,
                context.environment,
                key: nil,
                asksDatabases: false
            )
            standing.drift = survey.record.services.compactMap { service in
                service.drift.map { "\(service.name): \($0)" }
            }
        }
        let state = try? StateFolder(configuration, environment: context.environment)
        if let state {
            look(at: state, &standing)
        } else if let latest {
            standing.operations = OperationStanding.all([latest])
            standing.proofs = configuration.proofs([latest])
        }
        do throws(CommandFailure) {
            try lookAtRepository(state, &standing)
        } catch {
            standing.isRepositoryMissing = error.status == .repositoryMissing
            standing.repositoryFault = error.message
        }
        return standing
    }

    private func look(at state: StateFolder, _ standing: inout StackStanding) {
        var runs = (try? OutcomeLog(in: state.path).read().records) ?? []
        runs.removeAll { $0.stack != configuration.stack }
        if let latest, !runs.contains(where: { $0.operation == latest.operation }) {
            runs.append(latest)
        }
        standing.operations = OperationStanding.all(runs)
        standing.proofs = configuration.proofs(runs)
        standing.health = HealthNote.read(state.path, now: now)
        standing.lockHeldSince = state.lockHeldSince
        // Of what is at work now nobody knows yet whether it comes to its end.
        if standing.lockHeldSince == nil { standing.unfinished = state.unfinishedNames }
    }

    private func lookAtRepository(
        _ state: StateFolder?,
        _ standing: inout StackStanding
    ) throws(CommandFailure) {
        let repository = try context.repository()
        let listed = try querying { () throws(RepositoryError) in
            try repository.listSnapshots(of: configuration.stack)
        }
        var all: [Snapshot] = []
        var found = StackStanding.Snapshots()
        for item in listed {
            switch item {
            case .snapshot(let snapshot): all.append(snapshot)
            case .unreadable(let name, _): found.damaged.append(name)
            }
        }
        let damage = try querying { () throws(RepositoryError) in try repository.facts(.damage) }
        found.damaged += damage.map(\.subject).filter { !found.damaged.contains($0) }
        let receipts = try querying { () throws(RepositoryError) in
            try repository.facts(.receipt)
        }
        let pins = try querying { () throws(RepositoryError) in try repository.facts(.pin) }
        count(all, damaged: Set(damage.map(\.subject)), receipts, pins, &found)
        let since = configuration.provenSince(now)
        let coverage = try querying { () throws(RepositoryError) in
            try repository.coverage(since: since)
        }
        found.coveredRatio =
            coverage.packBytes == 0
            ? 0 : Double(coverage.coveredBytes) / Double(coverage.packBytes)
        standing.snapshots = found
        let items = state.map { ItemCounts(repository, state: $0) }
        standing.components = configuration.components.filter {
            BackupPlan.captures($0, configuration)
        }.map { component($0.name, all, items) }
        items?.save()
        if let models = all.last(where: { !$0.isImport }) {
            for (_, part) in models.sortedComponents {
                guard let kept = part.models else { continue }
                if let current = kept.current {
                    standing.models.append(.init(version: current, alias: kept.link))
                }
                if let good = kept.lastGood {
                    standing.models.append(.init(version: good, alias: "last_good"))
                }
            }
        }
        let place = Path(configuration.repository)
        if let store = try? LocalStore(place), let packs = try? store.list("packs") {
            standing.repositoryBytes = packs.reduce(0) { $0 + $1.sizeBytes }
        }
        if let folder = try? Directory(place), let file = try? folder.asFile() {
            standing.freeBytes = try? file.room().availableBytes
        }
    }

    private func count(
        _ all: [Snapshot],
        damaged: Set<String>,
        _ receipts: [Fact],
        _ pins: [Fact],
        _ found: inout StackStanding.Snapshots
    ) {
        let proofs = [CheckLevel.full.rawValue, CheckLevel.deep.rawValue]
        let proven = Set(receipts.filter { proofs.contains($0.detail) }.map(\.subject))
            .subtracting(damaged)
        let pinned = Set(pins.map(\.subject))
        func end(_ snapshot: Snapshot) -> Moment? { Moment(rfc3339: snapshot.finishedAt) }
        let whole = all.filter {
            $0.complete && $0.scope == "full" && !$0.isImport && !damaged.contains($0.id.text)
        }
        found.count = all.count
        found.verifiedCount = all.count { proven.contains($0.id.text) }
        found.incompleteCount = all.count { !$0.complete }
        found.pinnedCount = all.count { pinned.contains($0.id.text) }
        found.newestWhole = whole.last.flatMap(end)
        found.newestVerified = whole.last { proven.contains($0.id.text) }.flatMap(end)
        found.oldest = all.compactMap(end).min()
        found.addedBytes = all.last { !$0.isImport }?.addedBytes ?? 0
        let levels = CheckLevel.allCases.map(\.rawValue)
        found.verifiedLevel = receipts.max { $0.at < $1.at }.map(\.detail)
            .flatMap { levels.contains($0) ? $0 : nil }
    }

    private func component(
        _ name: String,
        _ all: [Snapshot],
        _ items: ItemCounts?
    ) -> StackStanding.Component {
        let tried = all.filter { $0.components[name] != nil && !$0.isImport }
        let whole = tried.last { snapshot in
            snapshot.components[name].map { $0.outcome == "captured" && $0.complete } ?? false
        }
        let part = whole?.components[name]
        let count = part.map { items?.count($0, named: name) ?? ItemCounts.files($0) }
        return .init(
            name: name,
            lastSuccess: whole.flatMap { Moment(rfc3339: $0.finishedAt) },
            isComplete: whole != nil && whole?.id == tried.last?.id,
            sizeBytes: part?.sizeBytes ?? 0,
            items: count?.items ?? 0,
            unit: count?.unit ?? "files"
        )
    }

    /// What runs by the clock.
    private var expectations: [StackStanding.Expectation] {
        let zone = Zone.ofHost
        // Old snapshots that stay do no harm.
        return ["backup", "verify", "drill"].compactMap { name in
            configuration.schedule.times[name].map { time in
                .init(
                    operation: name,
                    intervalSeconds: time.intervalSeconds,
                    next: time.next(after: now, in: zone)
                )
            }
        }
    }
}

extension StateFolder {
    /// Since when another run holds the lock of the stack; nil where nobody does.
    var lockHeldSince: Moment? {
        guard let folder = try? Directory(path),
            let status = try? folder.status(Path("lock")),
            let file = try? folder.open(Path("lock"), .lock),
            (try? file.tryLock()) == false
        else { return nil }
        return Moment(nanoseconds: status.modifiedNanoseconds)
    }
}
