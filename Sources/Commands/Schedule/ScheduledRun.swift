internal import Arguments
internal import Calendars
internal import Deduplication
internal import Files
internal import Monitoring
internal import Operations
internal import Scheduling
internal import Threads

/// What the clock starts: each job once for each time that it is due, never two of one at a time.
struct ScheduledRun {
    /// So long after its time a job counts as missed, besides its shift.
    private static let graceSeconds = 1800
    /// A night is long: what overlaps waits.
    private static let lockWait = "6h"

    private let loaded: LoadedConfiguration
    private let context: Context
    private let state: StateFolder
    private var schedule: Configuration.Schedule { loaded.value.schedule }

    init(_ loaded: LoadedConfiguration, _ context: Context) throws(CommandFailure) {
        self.loaded = loaded
        self.context = context
        state = try StateFolder(loaded.value, environment: context.environment)
    }

    func run(_ job: String) throws(CommandFailure) -> Report {
        guard let lock = try claim(job) else { return skipped(job, "it is at work already") }
        defer { _ = lock.path }
        if job == NightJobs.watch { return try watch() }
        guard let time = schedule.times[job] else {
            return skipped(job, "the configuration says that it never runs")
        }
        if context.invocation.flag("jitter") { wait(job) }
        let due = time.last(before: .now, in: .ofHost)
        if let last = lastAttempt(of: job), last >= due {
            return quiet("OK \(job) ran at \(last.rfc3339) already; it was due at \(due.rfc3339)")
        }
        guard isWanted(job) else {
            return quiet("OK the last \(job) is not old enough for another one")
        }
        return try start(job)
    }

    /// Whether the configuration asks for it at this time; a drill may be rarer than its times.
    private func isWanted(_ job: String) -> Bool {
        guard job == "drill", let drill = proofs.first(where: { $0.kind == .drill }) else {
            return true
        }
        return drill.isDue(at: .now)
    }

    private var history: [Outcome] {
        let runs = (try? OutcomeLog(in: state.path).read().records) ?? []
        return runs.filter { $0.stack == loaded.value.stack }
    }

    private var proofs: [Proof] { loaded.value.proofs(history) }

    /// Nil where the job is at work.
    private func claim(_ job: String) throws(CommandFailure) -> OpenFile? {
        do throws(FileError) {
            let file = try Directory(state.path).open(Path("schedule-\(job).lock"), .lock)
            if try file.tryLock() { return file }
            return nil
        } catch {
            throw CommandFailure(error, doing: "look whether \(job) is at work")
        }
    }

    private func wait(_ job: String) {
        let span = Int(schedule.jitter.components.seconds)
        let name = "\(Context.hostName) \(loaded.value.stack)"
        context.cancellation.wait(seconds: Double(Jitter.share(name, of: span)))
    }

    /// When the last run of everything began that was not put off.
    ///
    /// Nil also for one of the future: a clock that was wrong once must not put off every night
    /// until that time has come.
    private func lastAttempt(of job: String) -> Moment? {
        var runs = history
        if job == "verify" { runs.removeAll { $0.facts.figures[Proof.wholeFigure] != 1 } }
        let last = OperationStanding.all(runs).first { $0.operation == job }?.last
            .flatMap { Moment(rfc3339: $0.startedAt) }
        return last.flatMap { $0.isOfTheFuture() ? nil : $0 }
    }

    /// The command that a job is tonight.
    private func arguments(_ job: String) throws(CommandFailure) -> [String]? {
        guard job == "verify" else { return NightJobs.arguments(job) }
        let proofs = proofs
        guard let full = proofs.first(where: { $0.kind == .full }),
            let deep = proofs.first(where: { $0.kind == .deep })
        else { preconditionFailure("every kind has its proof") }
        let night = NightVerification(full: full, deep: deep)
        let now = Moment.now
        let coverage: VerificationCoverage
        do throws(CommandFailure) {
            let repository = try context.repository()
            coverage = try querying { () throws(RepositoryError) in
                try repository.coverage(since: night.lateSince(now))
            }
        } catch {
            // The command says what is wrong with the repository, and is the run that failed.
            return ["verify", "--all"]
        }
        return night.arguments(
            at: now,
            packBytes: coverage.packBytes,
            lateBytes: coverage.packBytes - coverage.coveredBytes
        )
    }

    /// Runs the command, which prints and records everything itself.
    private func start(_ job: String) throws(CommandFailure) -> Report {
        guard let arguments = try arguments(job), NightJobs.isKnown(job) else {
            throw CommandFailure(.usage, "usage", "nothing is called \(job) that runs by the clock")
        }
        var words = ["-c", loaded.path.description, "--lock-wait", Self.lockWait]
        for flag in ["quiet", "json", "no-color", "no-progress"]
        where context.invocation.flag(flag) {
            words.append("--\(flag)")
        }
        if let format = context.invocation.string("log-format") {
            words += ["--log-format", format]
        }
        let code = RecoverCommand.run(words + arguments, environment: context.environment)
        var report = quiet("")
        report.isSaid = true
        // Somebody else was at work all the time: the next night will do it.
        report.exitCode = code == ExitStatus.locked.rawValue ? ExitStatus.skipped.rawValue : code
        return report
    }

    /// Ends what a killed run left standing, starts what was missed, then looks whether the stack is
    /// overdue.
    private func watch() throws(CommandFailure) -> Report {
        let isLeft = isAnythingLeft()
        let since = ScheduleStart(state).moment ?? .now
        let span = Int(schedule.jitter.components.seconds) + Self.graceSeconds
        var code: Int32 = 0
        var started: [String] = []
        for job in NightJobs.all(loaded.value) {
            guard let time = job.time, context.cancellation.reason == nil else { continue }
            let due = time.last(before: .now, in: .ofHost)
            let isLate = Moment.now.secondsSince1970 - due.secondsSince1970 > Int64(span)
            guard due >= since, isLate, lastAttempt(of: job.name) ?? since < due,
                isWanted(job.name)
            else { continue }
            let report = try run(job.name)
            started.append(job.name)
            if code == 0 { code = report.exitCode ?? report.status.rawValue }
        }
        let warnings = lookAtHealth()
        let standing = StandingSurvey(loaded, context).run()
        var report = quiet(
            started.isEmpty
                ? "OK nothing was missed"
                : "OK ran what was missed: \(started.joined(separator: ", "))"
        )
        report.warnings = warnings + MetricsRefresh(loaded, context).run(standing)
        if standing.isStale {
            if ToldMark.overdue.set(loaded.value, context) { tell(.overdue, standing, &report) }
        } else if standing.isFresh, ToldMark.overdue.remove(loaded.value, context) {
            tell(.recovered, standing, &report)
        }
        if isLeft == true, !standing.unfinished.isEmpty {
            sayUnfinished(standing, &report)
        } else if isLeft == false {
            _ = ToldMark.unfinished.remove(loaded.value, context)
        }
        if code != 0 { report.exitCode = code }
        return report
    }

    /// Lets services go on that a killed backup held still, and looks whether a run did not come to
    /// its end.
    ///
    /// - Returns: Nil where somebody is at work: of what he does nobody knows yet whether it comes to
    ///   its end.
    private func isAnythingLeft() -> Bool? {
        do throws(CommandFailure) {
            let lock = try state.lock(waitSeconds: 0, isResuming: true) {}
            defer { _ = lock.path }
            PausedServices.letGoOn(state, context)
            // Of a restore in place that was killed nothing waits for a decision: backups go on, and
            // warn each time of what it left.
            _ = RestoreJournal.leftOvers(state)
            return try !state.unfinished().isEmpty
        } catch {
            if error.status != .locked { context.warn("lock", error.message) }
            return nil
        }
    }

    /// Fails each hour, and says once, that a run waits for a decision: until then no backup is taken.
    private func sayUnfinished(_ standing: StackStanding, _ report: inout Report) {
        let subject = standing.unfinished.joined(separator: ", ")
        let status = StatusReport(standing)
        report.lines = status.lines
        report.status = .unfinished
        for concern in standing.concerns where concern.code == "unfinished" {
            report.failures.append(
                .init(
                    code: concern.code,
                    message: concern.message,
                    state: "it is as that run left it",
                    next: concern.next
                )
            )
        }
        if ToldMark.unfinished.set(about: subject, loaded.value, context) {
            tell(.unfinished, standing, &report)
        }
    }

    /// What the metrics say of the stack's health must not be of yesterday.
    private func lookAtHealth() -> [Report.Warning] {
        guard loaded.value.metrics != nil, context.cancellation.reason == nil else { return [] }
        let checks = StackHealth(loaded: loaded, context: context).checks()
        return MetricsRefresh(loaded, context).run(health: checks)
    }

    /// Says once that a stack is overdue, and once that it no longer is.
    private func tell(_ event: Notice.Event, _ standing: StackStanding, _ report: inout Report) {
        let channels = Channels(loaded.value, context)
        let notice = Notice(event, of: standing, host: Context.hostName)
        let problems = channels.faults + channels.tell(notice)
        report.warnings += problems.map { .init(code: $0.code, message: $0.message) }
        guard event == .overdue else { return }
        let status = StatusReport(standing)
        report.lines = status.lines
        report.status = ExitStatus(rawValue: standing.exitCode) ?? .stale
    }

    private func skipped(_ job: String, _ why: String) -> Report {
        var report = quiet("SKIPPED \(job): \(why)")
        report.status = .skipped
        report.failures = [
            .init(code: "skipped", message: "\(job): \(why)", state: "nothing was changed")
        ]
        report.lines.append("State now: nothing was changed.")
        return report
    }

    private func quiet(_ line: String) -> Report {
        var report = Report("schedule-run", data: ["said": line], lines: [line])
        report.stack = loaded.value.stack
        return report
    }
}
