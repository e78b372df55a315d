internal import Calendars
internal import Deduplication
internal import Deployments
internal import Files
internal import Retention

/// The snapshots of a stack and what the policy decides about them.
struct Keeping {
    let policy: RetentionPolicy
    let zone: Zone
    /// In the order of the decisions: the newest first.
    let snapshots: [Snapshot]
    let decisions: [RetentionDecision]
    private let candidates: [RetentionCandidate]
    private let deployedTags: Set<String>
    private let now: Moment

    /// Decides; changes nothing.
    ///
    /// - Throws: ``CommandFailure``; `damaged` where a document cannot be read: what it is about
    ///   is not known, and nothing may go then.
    init(
        _ loaded: LoadedConfiguration,
        _ repository: Repository,
        _ context: Context
    ) throws(CommandFailure) {
        let stack = loaded.value.stack
        policy = try Self.policy(loaded.value.retention)
        zone = policy.zoneName.flatMap { Zone($0) } ?? .ofHost
        now = Moment.now
        let snapshots = try Self.snapshots(of: stack, repository)
        let standings = try SnapshotStandings(repository)
        let uses = UsedSnapshots.find(loaded.value, environment: context.environment)
        var deployed = Set([try EnvironmentFile.tag(loaded.value.compose)].compactMap { $0 })
        var candidates: [RetentionCandidate] = []
        for snapshot in snapshots {
            guard let takenAt = Moment(rfc3339: snapshot.startedAt) else {
                throw CommandFailure(
                    .damaged,
                    "damage",
                    "snapshot \(snapshot.id) began at \(snapshot.startedAt), which is no time",
                    next: "recover verify --all"
                )
            }
            let standing = standings[snapshot.id]
            var candidate = RetentionCandidate(
                id: snapshot.id.text,
                seq: snapshot.seq,
                takenAt: takenAt,
                reason: snapshot.reason,
                tag: snapshot.tag
            )
            candidate.isComplete = snapshot.complete
            candidate.isFull = snapshot.scope == "full"
            candidate.isDamaged = !standing.damaged.isEmpty
            candidate.isVerified = standing.verified.contains { Self.proofs.contains($0.detail) }
            candidate.pins = standing.pinned.map(\.detail)
            candidate.uses = uses[snapshot.id.text] ?? []
            if !standing.pinned.isEmpty, let tag = snapshot.tag { deployed.insert(tag) }
            candidates.append(candidate)
        }
        self.candidates = candidates
        deployedTags = deployed
        decisions = policy.decide(
            about: candidates,
            now: now,
            zone: zone,
            deployedTags: deployedTags
        )
        let byID = Dictionary(snapshots.map { ($0.id.text, $0) }) { first, _ in first }
        self.snapshots = decisions.compactMap { byID[$0.id] }
    }

    /// The levels of a verification that prove stored bytes.
    private static let proofs: Set<String> = [CheckLevel.full.rawValue, CheckLevel.deep.rawValue]

    private static func snapshots(
        of stack: String,
        _ repository: Repository
    ) throws(CommandFailure) -> [Snapshot] {
        var found: [Snapshot] = []
        for item in try querying({ () throws(RepositoryError) in try repository.listSnapshots() }) {
            switch item {
            case .snapshot(let snapshot): if snapshot.stack == stack { found.append(snapshot) }
            case .unreadable(let name, let error):
                throw CommandFailure(
                    .damaged,
                    "damage",
                    "\(name) cannot be read, so nothing may go: \(error.message)",
                    next: "recover repair"
                )
            }
        }
        return found
    }

    /// The policy of a configuration, read where it is a file of its own.
    static func policy(_ retention: Configuration.Retention) throws(CommandFailure)
        -> RetentionPolicy
    {
        switch retention {
        case .policy(let policy): return policy
        case .file(let file):
            let path = Path(file)
            let bytes: [UInt8]
            do throws(FileError) {
                bytes = try OpenFile(path, .read).readAll(limitBytes: 1 << 20)
            } catch {
                throw CommandFailure(.configuration, "configuration", "retention: \(error.message)")
            }
            do throws(ConfigurationError) {
                return try RetentionPolicyFile.parse(
                    bytes: bytes,
                    fileName: path.lastComponent.description
                )
            } catch {
                throw CommandFailure(.configuration, "configuration", error.description)
            }
        }
    }

    /// What goes, each with the reason.
    var going: [(snapshot: Snapshot, why: String)] {
        zip(snapshots, decisions).filter { !$1.isKept }.map { ($0, $1.causes.first?.text ?? "") }
    }

    /// What goes now and would stay under another policy.
    func lost(since former: RetentionPolicy) -> [String] {
        let kept = former.decide(
            about: candidates,
            now: now,
            zone: former.zoneName.flatMap { Zone($0) } ?? .ofHost,
            deployedTags: deployedTags
        )
        let staying = Set(kept.filter(\.isKept).map(\.id))
        return decisions.filter { !$0.isKept && staying.contains($0.id) }.map(\.id)
    }
}
