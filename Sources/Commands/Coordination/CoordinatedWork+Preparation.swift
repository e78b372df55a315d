internal import Deduplication
internal import Deployments
internal import Files
internal import Operations
internal import Recovery
internal import Subjects

/// What is done while everything still runs: nothing live is touched.
extension CoordinatedWork {
    func lookAround() throws(CommandFailure) {
        context.console.phase("looking at compose, images and room")
        if let driver {
            do throws(DeploymentError) {
                try driver.validate()
            } catch {
                throw CommandFailure(
                    .preflightFailed,
                    "preflight",
                    error.message,
                    next: "recover preflight"
                )
            }
        }
        try restore?.refuseMounts(jobs)
        try lookForRoom()
        // What is not answered now need not be on the way back.
        try RunningBefore.note(unanswered: gate.unansweredChecks(), journal)
        // An engine that dies before anything is stopped takes the services with it, too.
        if let driver { try RunningBefore.note(driver, journal) }
    }

    /// Components on one file system need its room together.
    func lookForRoom() throws(CommandFailure) {
        var needs: [UInt64: (base: Path, names: [String], bytes: UInt64)] = [:]
        for job in jobs {
            let base = Staging.base(job.target)
            let bytes = try restore?.neededBytes(job) ?? 0
            do throws(FileError) {
                let device = try FileStatus(of: base, following: true).device
                var need = needs[device] ?? (base, [], 0)
                need.names.append(job.target.name)
                need.bytes += bytes
                needs[device] = need
            } catch {
                throw CommandFailure(error, doing: "look at \(base)")
            }
        }
        for need in needs.values.sorted(by: { $0.names[0] < $1.names[0] }) {
            let room: UInt64
            do throws(FileError) {
                room = try Directory(need.base).asFile().room().availableBytes
            } catch {
                throw CommandFailure(error, doing: "ask for the room at \(need.base)")
            }
            if room >= need.bytes { continue }
            let (names, isOne) = (need.names.joined(separator: ", "), need.names.count == 1)
            throw CommandFailure(
                .preflightFailed,
                "no-room",
                "\(need.base) has room for \(ByteText.text(room)), and \(names) "
                    + "\(isOne ? "needs" : "together need") \(ByteText.text(need.bytes))",
                component: isOne ? names : nil,
                next: "make room, then run it again"
            )
        }
    }

    func takeSafety() throws(CommandFailure) {
        let all = try BackupPlan(safetyOfAll: loaded, note: note, context)
        let safety = try BackupOperation(all, loaded, context).captureSafety(state)
        try pin([safety])
        context.facts.safetySnapshot = safety.id.text
        try write("safety-all", .note, ["snapshot": safety.id.text])
        try warn(incomplete: safety)
        try compareSchemas(safety)
    }

    /// The safety snapshot tells what the schemas are at this moment; old programs on a newer schema
    /// are somebody's choice.
    func compareSchemas(_ safety: Snapshot) throws(CommandFailure) {
        guard !plan.schemas.isEmpty,
            let now = try context.repository().deployment(of: safety)
        else { return }
        let changed = RollbackChoice.changedSchemas(now.schemas, plan.schemas)
        let (refused, warned) = RollbackChoice.divide(changed, plan.images)
        if !refused.isEmpty { throw RollbackChoice.schemaFailure(refused, plan.tag ?? "") }
        for change in warned {
            let programs = "the programs of TAG \(plan.tag ?? "")"
            warn("schema", "\(change.text): find out whether \(programs) can read it")
        }
    }

    var note: String { "before \(plan.verb) \(plan.tag ?? "") (\(plan.operation))" }

    func pin(_ safeties: [Snapshot]) throws(CommandFailure) {
        let repository = try context.repository()
        var kept = safeties.map { ($0.id, "safety") }
        if let restore { kept.append((restore.snapshot.id, "restored")) }
        for (id, why) in kept {
            try querying { () throws(RepositoryError) in
                try repository.state(
                    .pin,
                    Fact(subject: id.text, detail: why, operation: plan.operation)
                )
            }
        }
    }

    func stage() throws(CommandFailure) {
        guard let restore else { return }
        for index in jobs.indices {
            try restore.fill(&jobs[index])
            // A later run that goes on does not look at the versions again.
            for line in RestoreInPlace.leftOut(jobs[index]) {
                try write("left-out", .note, ["line": line])
            }
        }
        try keep(servers)
        for server in servers { try server.stage(state) }
    }

    func verify() throws(CommandFailure) {
        for index in jobs.indices { try restore?.prove(&jobs[index]) }
    }
}
