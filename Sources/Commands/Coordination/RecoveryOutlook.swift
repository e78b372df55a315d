internal import Deduplication
internal import Deployments
internal import Files
internal import Monitoring
internal import Operations
internal import Recovery

/// What a person weighs before saying yes: how old and how much it is, whether there is room for
/// it, and how long the last one took.
struct RecoveryOutlook {
    let request: RecoveryRequest
    let loaded: LoadedConfiguration
    let context: Context
    let repository: Repository

    /// A line for each thing that is known.
    ///
    /// - Parameters:
    ///   - restore: Nil where no data comes back.
    ///   - jobs: Its files.
    ///   - snapshots: All of the stack, the oldest first.
    /// - Returns: None where nothing is known.
    /// - Throws: ``CommandFailure`` where there is no state folder.
    func lines(
        _ restore: RestoreInPlace?,
        _ jobs: [RestoreInPlace.Job],
        _ snapshots: [Snapshot]
    ) throws(CommandFailure) -> [String] {
        var lines = [age, room(restore, jobs)].compactMap(\.self)
        lines += schemas(snapshots)
        if let line = try downtime() { lines.append(line) }
        return lines.map { "note: \($0)" }
    }

    private var age: String? {
        guard let snapshot = request.snapshot ?? request.recordedIn,
            let taken = Moment(rfc3339: snapshot.startedAt)
        else { return nil }
        let seconds = Int(max(0, Moment.now.secondsSince1970 - taken.secondsSince1970))
        let when = "of \(TimeText.short(snapshot.startedAt)), \(AgeText.text(seconds)) ago"
        guard request.snapshot != nil else {
            return "what ran is known from snapshot \(snapshot.id) \(when)"
        }
        let sizes = request.components.map { snapshot.components[$0]?.sizeBytes ?? 0 }
        return "the data is \(when): \(ByteText.text(sizes.reduce(0, +)))"
    }

    /// On the tightest of the disks.
    private func room(_ restore: RestoreInPlace?, _ jobs: [RestoreInPlace.Job]) -> String? {
        guard let restore else { return nil }
        var needs: [UInt64: (base: Path, bytes: UInt64)] = [:]
        for job in jobs {
            let base = Staging.base(job.target)
            guard let device = try? FileStatus(of: base, following: true).device,
                let bytes = try? restore.neededBytes(job)
            else { continue }
            needs[device, default: (base, 0)].bytes += bytes
        }
        let rooms = needs.values.compactMap { need in
            (try? Directory(need.base).asFile().room().availableBytes).map { (need, $0) }
        }
        let tightest = rooms.min {
            Double($0.1) - Double($0.0.bytes) < Double($1.1) - Double($1.0.bytes)
        }
        return tightest.map { need, free in
            "beside what is there it needs \(ByteText.text(need.bytes)) at \(need.base), which has "
                + "\(ByteText.text(free)) free"
        }
    }

    /// As the newest snapshot knows those of now: to ask every live database takes too long for a plan.
    private func schemas(_ snapshots: [Snapshot]) -> [String] {
        guard let then = request.record?.schemas,
            let newest = snapshots.last(where: { !$0.isImport }),
            newest.id != request.recordedIn?.id,
            let now = try? repository.deployment(of: newest)?.schemas
        else { return [] }
        let old = RollbackChoice.revisions(then)
        return RollbackChoice.revisions(now).compactMap { place, revision in
            guard let before = old[place], before != revision else { return nil }
            return "schema of \(place): \(before) then, \(revision) in snapshot \(newest.id)"
        }.sorted()
    }

    private func downtime() throws(CommandFailure) -> String? {
        let state = try StateFolder(loaded.value, environment: context.environment)
        let last = (try? OutcomeLog(in: state.path).read().records)?.last { outcome in
            outcome.verb == request.verb && outcome.result == .done
                && outcome.facts.downtimeSeconds != nil
        }
        guard let last, let seconds = last.facts.downtimeSeconds else { return nil }
        return "the last \(request.verb), of \(TimeText.short(last.startedAt)), was down for "
            + "\(CoordinatedRecovery.tenths(seconds)) s"
    }
}
