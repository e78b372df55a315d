internal import Deployments
internal import Files
internal import FoundationEssentials
internal import Operations
internal import Recovery
internal import Subjects

/// The way back, by what the journal tells: the same for a gate that failed and for a later run.
extension CoordinatedWork {
    func drop(after state: RecoveryState) throws(CommandFailure) {
        if state.isStopping, driver == nil || RunningBefore.isNoted(journal) {
            context.console.phase("starting what ran before")
            // An engine that was asked to stop them goes on with that after whoever asked is dead:
            // what is started before it is done would stop again. This waits for it.
            if let driver { _ = try? driver.stop(plan.stops) }
            do throws(CommandFailure) {
                try startServers()
                try startWhatRan()
                if let driver { try RunningBefore(journal).pauseAgain(driver) }
            } catch {
                throw stuck(error)
            }
            endDowntime()
        }
        removeStaged()
        context.facts.actionTaken =
            state.isStopping
            ? "the staged data was removed and the services that ran were started"
            : "the staged data was removed"
    }

    func revert() throws(CommandFailure) {
        context.console.phase("taking everything back")
        do throws(CommandFailure) {
            if let driver {
                let names = (plan.starts + plan.stops).uniqued
                try driving { () throws(DeploymentError) in _ = try driver.stop(names) }
            } else {
                try command(configuration.stop, "stop")
            }
            try startServers()
            try revertServers()
            try revertRenames()
            try revertAssignments()
            try renameBack()
            try startWhatRan()
            try lookAtOldHealth()
            if let driver { try RunningBefore(journal).pauseAgain(driver) }
        } catch {
            throw stuck(error)
        }
        endDowntime()
        removeStaged()
        let dead = forgottenDeaths
        let more =
            dead.isEmpty
            ? ""
            : "; the containers of \(dead.joined(separator: ", ")), which had ended with an error, "
                + "were made anew and do not tell so any more"
        context.facts.actionTaken = "data, TAG and services were taken back" + more
        if !dead.isEmpty { context.warn("made-anew", String(more.dropFirst(2))) }
    }

    /// Makes a later run stand where the killed one stood at the beginning of a state.
    func prepareForward(from state: RecoveryState) throws(CommandFailure) {
        guard state == .swap else { return }
        do throws(CommandFailure) {
            // They may run again by now, as after a start of the machine.
            if let driver {
                try driving { () throws(DeploymentError) in _ = try driver.stop(plan.stops) }
            }
            try startServers()
            try revertServers()
            try revertRenames()
        } catch {
            throw stuck(error)
        }
        for index in jobs.indices {
            do throws(CommandFailure) {
                try restore?.prove(&jobs[index])
            } catch {
                jobs[index].staging?.remove()
                try restore?.stage(&jobs[index])
            }
        }
    }

    /// What is asked to take something back must answer.
    private func startServers() throws(CommandFailure) {
        guard !servers.isEmpty, let driver else { return }
        guard try RunningBefore(journal).startQdrant(driver) else { return }
        for server in servers { server.waitAgain() }
    }

    private func revertServers() throws(CommandFailure) {
        for server in servers.reversed() {
            guard server.undo() else {
                throw CommandFailure(
                    .notReverted,
                    "not-reverted",
                    "not everything on the server could be put back",
                    component: server.name,
                    state: ""
                )
            }
            if Self.openSteps(server, journal).isEmpty { continue }
            // A later run must not look for a way back that was used and removed.
            try? write("server-back", .done, ["component": server.name])
        }
    }

    /// What was changed on a server and not taken back.
    static func openSteps(_ server: ServerReturn, _ journal: OperationJournal) -> [ServerStep] {
        var open: [ServerStep] = []
        for entry in journal.entries where entry.detail["component"] == server.name {
            if entry.step == "server-back" { open = [] }
            if entry.step == "server", let step = ServerStep(entry.detail) { open.append(step) }
        }
        return open
    }

    /// The renames that were begun and not taken back, in their order.
    var openRenames: [SwapStep] {
        var open: [SwapStep] = []
        for entry in journal.entries {
            guard let step = SwapStep(entry.detail) else { continue }
            if entry.step == "rename" {
                open.append(step)
            } else if entry.step == "rename-back", let index = open.lastIndex(of: step) {
                open.remove(at: index)
            }
        }
        return open
    }

    /// Also what happens before a swap is tried again.
    func revertRenames() throws(CommandFailure) {
        for step in openRenames.reversed() {
            do throws(FileError) {
                try step.undo()
            } catch {
                throw CommandFailure(error, doing: "put \(step.from) back")
            }
            // To take a step back twice does no harm; not to do it where a disk is full would.
            try? write("rename-back", .done, step.detail ?? [:])
        }
    }

    /// What stood in the env file before any of it was changed; nil where nothing of it was.
    private var assignmentsBefore: (path: String, raw: [String: [UInt8]])? {
        guard var note = journal.detail(of: "assignments", .note),
            let path = note.removeValue(forKey: "path")
        else { return nil }
        return (path, EnvironmentEdit.raw(fromNote: note))
    }

    private func revertAssignments() throws(CommandFailure) {
        guard let (path, before) = assignmentsBefore else { return }
        let edit = try EnvironmentEdit(Path(path))
        edit.removeDraft()
        if try edit.raw(Array(before.keys)) != before { try edit.putBack(before) }
    }

    private func lookAtOldHealth() throws(CommandFailure) {
        let before = try RunningBefore(journal)
        let (ailing, paused) = (before.ailingServices, before.pausedServices)
        // What was not well before need not be so now; what is held still was not touched.
        let services = before.up.map(\.service).uniqued.filter { name in
            !ailing.contains(name) && (!paused.contains(name) || plan.stops.contains(name))
        }
        let failing = context.facts.failingCheck
        var gate = gate
        gate.isStoppable = false
        try judge(isStoppable: false) { () throws(RecoveryGate.Finding) in
            try gate.awaitHealth(
                of: services,
                images: before.images,
                without: before.unansweredChecks
            )
        }
        context.facts.failingCheck = failing
    }

    func removeStaged() {
        for server in servers { server.discard() }
        for job in jobs {
            job.staging?.remove()
            guard let previous = job.swap?.previous else { continue }
            // Empty by now: everything in it went back.
            try? Directory(previous.parent).remove(previous.lastComponent)
        }
    }

    private func stuck(_ error: CommandFailure) -> CommandFailure {
        let commands = manualCommands
        return CommandFailure(
            .notReverted,
            "not-reverted",
            error.message,
            component: error.component,
            state: "neither what was wanted nor what was there is up and healthy; everything that "
                + "is needed is kept",
            next: (["recover resume \(plan.operation)"] + commands).joined(
                separator: "; or by hand: "
            )
        )
    }

    /// What a person would type, in this order, to do the rest of the way back.
    var manualCommands: [String] {
        var words: [String] = []
        // What was only meant would be done by these words, and not undone.
        for step in openRenames.reversed() where step.isDone {
            switch step.kind {
            case .moved, .replaced: words.append("mv -T '\(step.to)' '\(step.from)'")
            case .exchanged:
                words.append(
                    "mv -T '\(step.to)' '\(step.to).now' && mv -T '\(step.from)' '\(step.to)' "
                        + "&& mv -T '\(step.to).now' '\(step.from)'"
                )
            }
        }
        if let (path, before) = assignmentsBefore {
            // What a shell takes as it stands: `set KEY=… in FILE` would do nothing, and say nothing.
            words += before.sorted { $0.key < $1.key }.map { key, raw in
                EnvironmentEdit.words(key, EnvironmentEdit.value(of: raw), in: path)
            }
        }
        let ids = ((try? RunningBefore(journal))?.up ?? []).map { String($0.id.prefix(12)) }
        if !ids.isEmpty, let driver {
            words.append("\(driver.engine.program) start \(ids.joined(separator: " "))")
        }
        return words.isEmpty ? [] : [words.joined(separator: " && ")]
    }

    // MARK: What a later run needs

    private struct KeptServer: Codable {
        var component: String
        var plans: [CollectionPlan]
    }

    private static let serverFile = Path("servers.json")
    private static let planFile = Path("plan.json")

    /// Writes down how collections come back: a later look at the server could decide otherwise.
    func keep(_ servers: [ServerReturn]) throws(CommandFailure) {
        if servers.isEmpty { return }
        let kept = servers.map { KeptServer(component: $0.name, plans: $0.plans) }
        try Self.write(kept, Self.serverFile, journal)
    }

    /// Those; none where it had not come to that.
    static func keptPlans(
        _ journal: OperationJournal
    ) throws(CommandFailure) -> [String: [CollectionPlan]] {
        let found: [UInt8]?
        do throws(FileError) {
            found = try Directory(journal.folder).readNote(serverFile)
        } catch {
            throw CommandFailure(error, doing: "read how collections come back")
        }
        guard let bytes = found else { return [:] }
        guard let kept = try? JSONDecoder().decode([KeptServer].self, from: Data(bytes)) else {
            throw CommandFailure(
                .failed,
                "plan-unreadable",
                "\(journal.folder)/\(serverFile) cannot be read"
            )
        }
        return Dictionary(kept.map { ($0.component, $0.plans) }) { $1 }
    }

    static func keep(_ plan: RecoveryPlan, _ journal: OperationJournal) throws(CommandFailure) {
        try write(plan, planFile, journal)
    }

    static func keptPlan(_ journal: OperationJournal) -> RecoveryPlan? {
        guard let bytes = try? Directory(journal.folder).readNote(planFile) else { return nil }
        return try? JSONDecoder().decode(RecoveryPlan.self, from: Data(bytes))
    }

    private static func write(
        _ value: some Encodable,
        _ name: Path,
        _ journal: OperationJournal
    ) throws(CommandFailure) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else {
            preconditionFailure("plain values always encode")
        }
        do throws(FileError) {
            try Directory(journal.folder).writeNote(name, Array(data))
        } catch {
            throw CommandFailure(error, doing: "write down the plan")
        }
    }
}
