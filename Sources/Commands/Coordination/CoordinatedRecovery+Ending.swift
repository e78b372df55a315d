internal import Deployments
internal import Files
internal import Operations
internal import Recovery

/// What is shown and recorded of a recovery that came to an end.
extension CoordinatedRecovery {
    /// Makes of an ending what is shown and recorded.
    static func conclude(
        _ ending: RecoveryRun<CoordinatedWork>.Ending,
        _ work: CoordinatedWork
    ) throws(CommandFailure) -> Report {
        let context = work.context
        context.facts.dataRollback = rollback(ending, work)
        switch ending {
        case .committed: return report(work)
        case .uncommitted(let failure):
            throw CommandFailure(
                .unfinished,
                failure.code,
                failure.message,
                component: failure.component,
                state: "it is up, \(gateWords(work)); only what was left behind is not tidied up",
                next: "recover resume \(work.plan.operation)"
            )
        case .dropped(let failure, let state):
            context.facts.stage = state.rawValue
            let words = state.isStopping ? "the services that ran run again" : "nothing stopped"
            throw CommandFailure(
                failure.status == .notReverted ? .failed : failure.status,
                failure.code,
                failure.message,
                component: failure.component,
                state: "nothing live was touched; \(words)",
                next: failure.next
            )
        case .reverted(let failure, let state):
            context.facts.stage = state.rawValue
            let isStopped = failure.status == .interrupted
            let seconds = context.facts.downtimeSeconds.map { ", \(tenths($0)) s down" } ?? ""
            throw CommandFailure(
                isStopped ? .interrupted : .reverted,
                failure.code,
                failure.message,
                component: failure.component,
                state: "data, TAG and services are as they were before, and "
                    + healthWords(work) + seconds,
                next: "recover log \(work.plan.operation)"
            )
        case .stuck(let failure, let state, let second):
            context.facts.stage = state.rawValue
            context.facts.actionTaken = "the way back was begun and failed: \(second.message)"
            throw CommandFailure(
                .notReverted,
                "not-reverted",
                "\(failure.message); then, on the way back: \(second.message)",
                component: second.component,
                state: second.state,
                next: second.next
            )
        }
    }

    /// What the gate found, which no run passes that is not well.
    private static func gateWords(_ work: CoordinatedWork) -> String {
        let isAsked = work.gate.asksAnything(of: work.plan.starts + work.plan.running)
        // Of servers their collections are asked.
        return isAsked || !work.servers.isEmpty ? "healthy" : RecoveryGate.unaskedWords
    }

    /// A service that was not well before need not be so after the way back.
    private static func healthWords(_ work: CoordinatedWork) -> String {
        let services = work.plan.starts + work.plan.running
        if !work.gate.asksAnything(of: services, isTried: false) {
            return RecoveryGate.unaskedWords
        }
        let before = try? RunningBefore(work.journal)
        let ailing = ((before?.ailingServices ?? []) + (before?.unansweredChecks ?? [])).uniqued
        if ailing.isEmpty { return "healthy" }
        return "healthy but for \(ailing.joined(separator: ", ")), as before"
    }

    private static func rollback(
        _ ending: RecoveryRun<CoordinatedWork>.Ending,
        _ work: CoordinatedWork
    ) -> Outcome.DataRollback {
        guard case .committed = ending else {
            return .init(isPossible: false, why: "the data is as it was")
        }
        if work.plan.snapshot == nil { return .init(isPossible: false, why: "no data was changed") }
        guard let safety = work.context.facts.safetySnapshot else {
            return .init(isPossible: false, why: "there was no data before")
        }
        let names = (collections(work).map { [$0] } ?? []) + [safety]
        let snapshots =
            names.count > 1 ? "snapshots \(names[0]) and \(safety)" : "snapshot \(safety)"
        let verb = names.count > 1 ? "hold" : "holds"
        return .init(
            isPossible: true,
            why: work.isSafetyWhole
                ? "\(snapshots) \(verb) what was there before"
                : "\(snapshots) \(verb) what could be read of what was there before"
        )
    }

    /// The safety snapshot of the whole stack, where that of the time when nobody wrote lacks
    /// collections that came back.
    private static func collections(_ work: CoordinatedWork) -> String? {
        guard !work.servers.isEmpty,
            let all = work.journal.detail(of: "safety-all", .note)?["snapshot"],
            all != work.context.facts.safetySnapshot
        else { return nil }
        return all
    }

    /// What takes it back, in this order.
    private static func undo(_ safety: String, _ work: CoordinatedWork) -> String? {
        if work.plan.snapshot == nil { return undoOfImages(safety, work) }
        guard let all = collections(work) else {
            return "undo: recover restore --snapshot \(safety)"
        }
        let names = work.jobs.map(\.target.name).joined(separator: " ")
        return "undo: recover restore --snapshot \(all), then for what was written until all stood "
            + "still: recover restore --snapshot \(safety) --data-only \(names)"
    }

    /// The way back that leaves data alone, as this one did.
    private static func undoOfImages(_ safety: String, _ work: CoordinatedWork) -> String? {
        let plan = work.plan
        guard let before = try? RunningBefore(work.journal) else { return nil }
        let changed = plan.images.filter { $0.runningID != $0.id }
        let mine = before.containers.filter { old in changed.contains { $0.service == old.service }
        }
        let tags = TagForm.tags(of: mine.map(\.imageName))
        // Where no key says the TAG, images do, as far as they agree.
        guard let tag = plan.tagBefore ?? (tags.count == 1 ? tags[0] : nil) else {
            return "what ran before has no one TAG; its images: recover show \(safety)"
        }
        var words = ["recover rollback", tag, "--snapshot", safety]
        if !plan.flags.isEmpty {
            words.append("--flags-only")
        } else if plan.tagChange == nil {
            words += changed.flatMap { ["--service", $0.service] }
        }
        let isStateful = changed.contains { ServiceKind(image: $0.name) != .ordinary }
        if isStateful { words.append("--stateful") }
        return "undo: " + words.joined(separator: " ")
    }

    private static func report(_ work: CoordinatedWork) -> Report {
        let (plan, facts) = (work.plan, work.context.facts)
        var lines = plan.parts.map { "\($0.name) is back at \($0.place)" }
        for job in work.jobs {
            if let previous = job.swap?.previous, (try? FileStatus(of: previous)) != nil {
                lines.append("what was there of \(job.target.name): \(previous)")
            }
        }
        if let tag = plan.tag { lines.append("TAG \(tag), before: \(plan.tagBefore ?? "unknown")") }
        if !plan.overridden.isEmpty {
            lines.append(
                "the compose file names other tags: the next up -d --build by hand would start "
                    + "those of \(plan.overridden.joined(separator: ", ")) again"
            )
        }
        if let line = facts.safetySnapshot.flatMap({ undo($0, work) }) { lines.append(line) }
        let down = facts.downtimeSeconds.map { ", down for \(tenths($0)) s" } ?? ""
        let what = plan.snapshot.map { "data of \($0)" } ?? "images"
        let leftOut = work.leftOut
        lines += leftOut
        let word = leftOut.isEmpty ? "OK" : "INCOMPLETE"
        lines.append("\(word) \(plan.verb) \(plan.tag ?? ""): \(what), \(gateWords(work))\(down)")
        var report = Report(
            plan.verb,
            data: Result(
                plan: plan,
                safetySnapshot: facts.safetySnapshot,
                downtimeSeconds: facts.downtimeSeconds,
                isDryRun: false
            ),
            lines: lines
        )
        if !leftOut.isEmpty { work.restore?.tell(leftOut, &report) }
        report.operation = plan.operation
        report.stack = plan.stack
        report.warnings =
            work.warnings + work.servers.flatMap(\.warnings) + RestoreInPlace.warnings(work.jobs)
        return report
    }

    static func tenths(_ seconds: Double) -> String {
        let tenths = Int((seconds * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
