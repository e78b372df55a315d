internal import Files
public import Threads
internal import Transfers

/// Brings collections of a snapshot back into a running server.
///
/// Nothing live changes before its replacement is on the server under another name and proven
/// there. Blocks; one thread at a time.
public final class QdrantRestore {
    /// How long the optimizers may take before a collection counts as proven without them.
    static let greenSeconds = 600.0
    /// How often a collection is looked at before it counts as unreadable.
    private static let readAttemptLimit = 4

    /// Told what is being done.
    public var onPhase: (String) -> Void = { _ in }
    /// Told how many bytes of archives went out.
    public var onSent: (Int) -> Void = { _ in }

    let source: QdrantSource
    let snapshot: QdrantSnapshot
    let operation: String
    /// For what may be stopped at any time.
    let nodes: RestoreNodes
    /// For what must come to its end.
    let steady: RestoreNodes
    private let live: QdrantVersion
    /// How many points each shard has that was staged, by collection.
    private(set) var shardCounts: [String: [Int: UInt64]] = [:]

    /// Looks at the server and changes nothing.
    ///
    /// - Parameters:
    ///   - source: Server and rights.
    ///   - snapshot: What to bring back.
    ///   - operation: A name for what is made on the server.
    ///   - allowsAnyVersion: Whether versions may differ by more than Qdrant promises to bear.
    ///   - isPatient: Whether a server that does not answer yet is waited for.
    ///   - cancellation: Ends waiting and transfers, where the live collections are not touched.
    /// - Throws: ``QdrantRestoreError``.
    public init(
        _ source: QdrantSource,
        _ snapshot: QdrantSnapshot,
        operation: String,
        allowsAnyVersion: Bool,
        isPatient: Bool = false,
        cancellation: Cancellation
    ) throws(QdrantRestoreError) {
        if let fault = source.fault { throw QdrantRestoreError(.forbidden, fault) }
        self.source = source
        self.snapshot = snapshot
        self.operation = operation
        nodes = try RestoreNodes(source, cancellation)
        steady = try RestoreNodes(source, Cancellation())
        let node = nodes.first
        if isPatient { _ = steady.waitForServer() }
        live = try restoring { () throws(QdrantError) in try node.version() }
        if !allowsAnyVersion, let obstacle = VersionGate.obstacle(snapshot.server, live) {
            throw QdrantRestoreError(
                .incompatible,
                obstacle,
                next:
                    "restore it into such a server, or add --any-version: points are proven all the same"
            )
        }
    }

    /// Decides how collections come back.
    ///
    /// - Parameters:
    ///   - names: Their names, or aliases that they had; none for all of the snapshot.
    ///   - other: Another name for the only one.
    /// - Returns: In order of name.
    /// - Throws: ``QdrantRestoreError``; `damaged` where the snapshot holds only part of one.
    public func plan(
        _ names: [String],
        as other: String? = nil
    ) throws(QdrantRestoreError) -> [CollectionPlan] {
        let node = nodes.first
        let planner = RestorePlanner(
            source: source,
            snapshot: snapshot,
            operation: operation,
            live: live,
            collections: Set(
                try restoring { () throws(QdrantError) in try node.collections() }
            ),
            aliases: try restoring { () throws(QdrantError) in try node.aliases() },
            config: { (name) throws(QdrantRestoreError) in
                try self.configuration(of: name)
            }
        )
        var wanted = names
        if wanted.isEmpty {
            wanted = snapshot.collections.map(\.name) + snapshot.faults.keys.sorted()
        }
        if other != nil, wanted.count != 1 {
            throw QdrantRestoreError(
                .notFound,
                "the snapshot holds \(wanted.count) collections, and only one can get a new name",
                next: "name it with --collection"
            )
        }
        var plans: [CollectionPlan] = []
        for name in wanted {
            let plan = try planner.plan(name, as: other)
            if !plans.contains(where: { $0.collection == plan.collection }) { plans.append(plan) }
        }
        return plans.sorted { $0.collection < $1.collection }
    }

    /// Whether every shard of a live collection can be read now.
    ///
    /// - Parameter name: The collection, no alias.
    /// - Returns: False where it was tried several times.
    /// - Throws: ``QdrantRestoreError`` where the server says nothing of it.
    public func isReadable(_ name: String) throws(QdrantRestoreError) -> Bool {
        try configuration(of: name) != nil
    }

    /// The configuration of a live collection; nil where a shard of it is not loaded, as after a
    /// server that was killed in a restore.
    private func configuration(of name: String) throws(QdrantRestoreError) -> JSONValue? {
        let node = nodes.first
        var attempt = 1
        while true {
            do throws(QdrantError) {
                let info = try node.collection(name)
                // Only this reads every shard.
                _ = try node.count(name)
                return info["config"] ?? .null
            } catch {
                guard error.code == .server, error.status == 500 else {
                    throw QdrantRestoreError(error)
                }
            }
            // While somebody restores it, it cannot be read for a moment.
            if attempt == Self.readAttemptLimit { return nil }
            attempt += 1
            guard nodes.pause(seconds: 0.5) else {
                throw QdrantRestoreError(.cancelled, "stopped on request")
            }
        }
    }

    /// Makes a collection beside what is live, and proves it.
    ///
    /// - Parameter plan: Which one.
    /// - Returns: Its points.
    /// - Throws: ``QdrantRestoreError``; then nothing of it is left on the server, unless the
    ///   message says so: what somebody wrote to is not deleted.
    public func stage(_ plan: CollectionPlan) throws(QdrantRestoreError) -> UInt64 {
        let kept = try snapshot.collection(named: plan.collection)
        let node = nodes.first
        var isMade = false
        var delivery = ShardDelivery(nodes, to: plan.staged, onPhase: onPhase, onSent: onSent)
        do throws(QdrantRestoreError) {
            onPhase("making \(plan.staged)")
            let cluster = try restoring { () throws(QdrantError) in try node.cluster() }
            let maker = CollectionMaker(
                node: node,
                isDistributed: cluster?["status"] == .text("enabled")
            )
            try maker.make(plan.staged, like: kept.record) { isMade = true }
            try delivery.run(kept)
            onPhase("proving \(plan.staged)")
            let proof = CollectionProof(
                nodes: nodes,
                name: plan.staged,
                kept: kept,
                greenSeconds: Self.greenSeconds,
                isLive: false
            )
            let points = try proof.run().points
            shardCounts[plan.collection] = try nodes.pointCounts(of: plan.staged)
            return points
        } catch {
            guard isMade else { throw error }
            if plan.way == .create, isWrittenTo(plan, isLoaded: !delivery.reach.isNowhere) {
                throw Self.busy(plan, error)
            }
            if remove(plan.staged) { throw error }
            var failure = QdrantRestoreError(
                error.code,
                "\(error.message); \(plan.staged) could not be deleted and is still there",
                next: error.next
            )
            failure.isLeftBehind = true
            throw failure
        }
    }

    /// The live collections that a capture of the component would hold.
    ///
    /// - Returns: Their names, without what this restore made.
    /// - Throws: ``QdrantRestoreError``.
    public func liveCollections() throws(QdrantRestoreError) -> [String] {
        let node = nodes.first
        let present = try restoring { () throws(QdrantError) in try node.collections() }
            .filter { !CollectionPlan.isStaged($0, by: operation) }
        guard let named = source.collections else { return present }
        let aliases = try restoring { () throws(QdrantError) in try node.aliases() }
        let resolved = named.map { name in
            aliases.first { $0.aliasName == name }?.collectionName ?? name
        }
        return present.filter { resolved.contains($0) }
    }

    /// Deletes what ``stage(_:)`` made, where it is not in use.
    ///
    /// - Parameter plan: Which one.
    /// - Returns: Whether it is gone.
    @discardableResult
    public func discard(_ plan: CollectionPlan) -> Bool {
        // One that was made under its own name may be in use already.
        if plan.way == .create, isWrittenTo(plan, isLoaded: true) { return false }
        return remove(plan.staged)
    }

    /// Names somebody who knows whether the server is down and stays so: then it is not waited for.
    ///
    /// - Parameter isStopped: Asked about twice a second while it does not answer.
    public func giveUp(when isStopped: @escaping () -> Bool) {
        steady.absence.isStopped = isStopped
    }

    /// Waits for the server, unless it was waited for long enough.
    ///
    /// - Parameter isNew: Whether it was started just now: then it is waited for anew.
    /// - Returns: Whether it answers.
    public func isReachable(isNew: Bool = false) -> Bool {
        if isNew { steady.absence.refill() }
        return steady.waitForServer()
    }

    /// Looks whether collections that were put in place are there, as others see them.
    ///
    /// - Parameter plans: Whose.
    /// - Returns: What is wrong with which of them.
    public func faults(of plans: [CollectionPlan]) -> [String] {
        var found: [String] = []
        for plan in plans {
            do throws(QdrantRestoreError) {
                try look(at: plan)
            } catch {
                found.append(error.message)
                // A server that is gone says nothing of the others.
                if !isReachable() { break }
            }
        }
        return found
    }

    private func look(at plan: CollectionPlan) throws(QdrantRestoreError) {
        if let (alias, collection) = try aliasesToMove(plan).min(by: { $0.key < $1.key }) {
            throw QdrantRestoreError(
                .unproven,
                "the alias \(alias) leads to \(collection ?? "nothing") and not to \(plan.place)"
            )
        }
        _ = try restoring { () throws(QdrantError) in try steady.first.count(plan.place) }
    }

    /// Whether somebody wrote to a collection that was made under its own name.
    ///
    /// - Parameters:
    ///   - plan: Which one.
    ///   - isLoaded: Whether archives were loaded; until then there is not one point of ours.
    /// - Returns: False also where nobody can say.
    private func isWrittenTo(_ plan: CollectionPlan, isLoaded: Bool) -> Bool {
        guard isLoaded else { return (try? steady.first.count(plan.place)) ?? 0 > 0 }
        guard let kept = try? snapshot.collection(named: plan.collection) else { return false }
        let proof = CollectionProof(
            nodes: steady,
            name: plan.place,
            kept: kept,
            greenSeconds: 0,
            isLive: true
        )
        guard let operations = (try? proof.operationsSince()) ?? nil else { return false }
        return operations > 0
    }

    private static func busy(
        _ plan: CollectionPlan,
        _ error: QdrantRestoreError
    ) -> QdrantRestoreError {
        var failure = QdrantRestoreError(
            .occupied,
            "\(error.message); somebody has written to \(plan.place) since it was made, so it was "
                + "left there",
            next: "stop whoever writes to \(plan.place), delete it on the server, and run it again"
        )
        failure.isLeftBehind = true
        return failure
    }

    private func remove(_ name: String) -> Bool {
        guard steady.waitForServer() else { return false }
        do throws(QdrantError) {
            // What an alias leads to is in use.
            guard try !steady.first.aliases().contains(where: { $0.collectionName == name }) else {
                return false
            }
            try steady.first.deleteCollection(name)
            return true
        } catch {
            return false
        }
    }
}
