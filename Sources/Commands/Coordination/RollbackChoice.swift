internal import Arguments
internal import Deduplication
internal import Deployments
internal import Files
internal import Operations
internal import Recovery

/// Which TAG a rollback goes to, and what is known of it.
struct RollbackChoice {
    /// A TAG that could run again.
    struct Candidate: Encodable, Sendable {
        var tag: String
        /// The newest snapshot of it.
        var snapshot: String?
        var takenAt: String?
        /// Whether the last recovery or deployment of this TAG was found healthy; nil where none was
        /// recorded.
        var passed: Bool?
        /// Whether it runs now.
        var isRunning: Bool
        /// The services whose images are gone.
        var missing: [String]

        enum CodingKeys: String, CodingKey {
            case tag, snapshot, passed, missing
            case takenAt = "taken_at"
            case isRunning = "running"
        }
    }

    let repository: Repository
    let loaded: LoadedConfiguration
    let context: Context
    let driver: ComposeDriver?

    /// All TAGs that a snapshot or a record knows, the newest first.
    func candidates() throws(CommandFailure) -> [Candidate] {
        let now = try running()
        let form = TagForm(loaded.value.release)
        let snapshots = try self.snapshots()
        let state = try StateFolder(loaded.value, environment: context.environment)
        let outcomes: [Outcome]
        do throws(FileError) {
            outcomes = try OutcomeLog(in: state.path).read().records
        } catch {
            // Without it nobody can say which TAG was the last good one.
            throw CommandFailure(error, doing: "read what was done before")
        }
        var found: [Candidate] = []
        for snapshot in snapshots.reversed() {
            guard let tag = snapshot.tag, !found.contains(where: { $0.tag == tag }) else {
                continue
            }
            let record = try? repository.deployment(of: snapshot)
            guard record?.tagThatRan(form) ?? tag == tag else { continue }
            found.append(
                Candidate(
                    tag: tag,
                    snapshot: snapshot.id.text,
                    takenAt: snapshot.startedAt,
                    passed: Self.passed(tag, outcomes),
                    isRunning: now.isRunning(tag, record),
                    missing: try missing(record)
                )
            )
        }
        for outcome in outcomes.reversed() where Self.isDeployment(outcome) {
            guard let tag = outcome.facts.tag, !found.contains(where: { $0.tag == tag }) else {
                continue
            }
            found.append(
                Candidate(
                    tag: tag,
                    passed: Self.passed(tag, outcomes),
                    isRunning: now.isRunning(tag, nil),
                    missing: []
                )
            )
        }
        return found
    }

    /// The one to propose: the last that passed its gate; else the newest other one.
    static func proposal(_ candidates: [Candidate]) -> Candidate? {
        let others = candidates.filter { !$0.isRunning && $0.missing.isEmpty && $0.passed != false }
        return others.first { $0.passed == true } ?? others.first
    }

    /// The newest snapshot of a TAG, whole or not: it is asked for what ran, and none that is only
    /// called so is.
    func snapshot(of tag: String) throws(CommandFailure) -> Snapshot? {
        let form = TagForm(loaded.value.release)
        for snapshot in try snapshots().reversed() where snapshot.tag == tag {
            let ran = try repository.deployment(of: snapshot)?.tagThatRan(form) ?? tag
            if ran == tag { return snapshot }
            context.warn(
                "tag-drift",
                "snapshot \(snapshot.id) is called TAG \(tag), but \(ran) ran when it was taken; it "
                    + "is passed over"
            )
        }
        return nil
    }

    func snapshots() throws(CommandFailure) -> [Snapshot] {
        let listed = try querying { () throws(RepositoryError) in
            try repository.listSnapshots(of: loaded.value.stack)
        }
        return listed.compactMap { item in
            // What is captured on the way of a recovery is of no TAG's own.
            guard case .snapshot(let snapshot) = item, !snapshot.isImport,
                snapshot.reason != BackupReason.preRollback.rawValue
            else { return nil }
            return snapshot
        }
    }

    private static func isDeployment(_ outcome: Outcome) -> Bool {
        ["restore", "rollback", "resume", "abort", "deploy-record"].contains(outcome.verb)
    }

    /// Whether a TAG was found healthy when it was asked last; nil where it never was.
    static func passed(_ tag: String, _ outcomes: [Outcome]) -> Bool? {
        let last = outcomes.last {
            $0.facts.tag == tag && isDeployment($0) && $0.result != .refused && !isTakenBack($0)
        }
        return last.map {
            [.done, .incomplete].contains($0.result) && $0.facts.failingCheck == nil
        }
    }

    /// A way back that came to its end is a success, and says nothing of any TAG.
    private static func isTakenBack(_ outcome: Outcome) -> Bool {
        ["resume", "abort"].contains(outcome.verb) && outcome.result == .done
            && outcome.facts.stage != RecoveryState.commit.rawValue
    }

    private func missing(_ record: DeploymentRecord?) throws(CommandFailure) -> [String] {
        guard let driver, let record else { return [] }
        var gone: [String] = []
        for service in record.services {
            guard let id = service.runningImageID ?? service.imageID else { continue }
            let found = try driving { () throws(DeploymentError) in
                try driver.engine.imageID(of: id)
            }
            if found == nil { gone.append(service.name) }
        }
        return gone
    }

    // MARK: Schemas

    /// The revisions by database.
    static func revisions(_ schemas: [SchemaRevision]) -> [String: String] {
        Dictionary(schemas.map { ($0.place, $0.text) }) { $1 }
    }

    /// A database whose revision is another now, or may be.
    struct SchemaChange: Equatable {
        var text: String
        /// Whether snapshots hold its data.
        var isCaptured: Bool
        /// The service that did not answer; nil where the revision of now is known.
        var silent: String?
    }

    /// Those that forbid a rollback, and those of which a warning is enough: a service that does not
    /// answer and keeps its image is as well off as before.
    ///
    /// - Parameters:
    ///   - changed: All.
    ///   - images: What is to run.
    /// - Returns: In the same order.
    static func divide(
        _ changed: [SchemaChange],
        _ images: [RecoveryPlan.Image]
    ) -> (refused: [SchemaChange], warned: [SchemaChange]) {
        let changing = Set(images.filter { $0.runningID != $0.id }.map(\.service))
        func isHarmless(_ change: SchemaChange) -> Bool {
            change.silent.map { !changing.contains($0) } ?? false
        }
        return (changed.filter { !isHarmless($0) }, changed.filter(isHarmless))
    }

    /// Those of all databases; one that only one side has is none.
    static func changedSchemas(
        _ now: [SchemaRevision],
        _ then: [String: String]
    ) -> [SchemaChange] {
        now.compactMap { schema -> SchemaChange? in
            guard let old = then[schema.place] else { return nil }
            let isUnknown =
                schema.service != nil
                && (schema.fault != nil || old == SchemaRevision.unknown)
            guard isUnknown || old != schema.text else { return nil }
            let why = schema.fault.map { " (\($0))" } ?? ""
            return SchemaChange(
                text: "\(schema.place) is at \(schema.text)\(why), and was at \(old)",
                isCaptured: schema.service == nil,
                silent: schema.fault == nil ? nil : schema.service
            )
        }.sorted { $0.text < $1.text }
    }

    static func schemaFailure(_ changed: [SchemaChange], _ tag: String) -> CommandFailure {
        let keep = "--keep-data, once you know that TAG \(tag) can read the data of now"
        let isCaptured = changed.contains(where: \.isCaptured)
        let isWhole = changed.allSatisfy(\.isCaptured)
        let rest = isWhole ? "" : "; the data of a service stays, since no snapshot holds it"
        return CommandFailure(
            .incompatible,
            "schema",
            "the schema is another than under TAG \(tag), or not known: "
                + changed.map(\.text).joined(separator: "; "),
            state: "nothing live was touched",
            next: isCaptured
                ? "recover rollback \(tag) --with-data, which brings the data of then back, or "
                    + keep + rest
                : "recover rollback \(tag) \(keep)" + rest
        )
    }
}
