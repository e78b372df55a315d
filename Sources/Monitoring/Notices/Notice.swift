internal import Files
public import Operations

/// What people are told: which event it was, and what is to be said of it.
public struct Notice: Sendable, Equatable {
    /// Why somebody is told.
    public enum Event: String, Sendable, CaseIterable {
        /// A run did not do its work.
        case failed
        /// A run failed and put back what was there.
        case reverted
        /// A run succeeded, and something is new about it that a person should know.
        case warning
        /// A run did its work after one that did not.
        case recovered
        /// A restore or rollback changed what is live.
        case restored
        /// The newest whole snapshot is older than allowed.
        case overdue
        /// A run was killed and waits for a decision; until then nothing is changed, nor backed up.
        case unfinished
        /// A run was put off; told to nobody but the check that heard of its start.
        case skipped
        /// All is well; told only to those who asked for it.
        case succeeded
    }

    /// Why somebody is told.
    public var event: Event
    /// The stack.
    public var stack: String
    /// The verb.
    public var operation: String
    /// The run's name.
    public var id: String?
    /// The exit code; that of `status --check` where nothing ran.
    public var exitCode: Int32
    /// The machine.
    public var host: String
    /// The TAG.
    public var tag: String?
    /// The snapshot.
    public var snapshot: String?
    /// When it ended, RFC 3339.
    public var at: String
    /// How long it took.
    public var seconds: Double?
    /// What failed or is to be known first.
    public var firstError: String?
    /// What state things are in now.
    public var stateNow: String?
    /// What to run next.
    public var next: String?
    /// Words that never change, with the components that they are about.
    public var codes: [String]

    /// What is to be said of a run.
    ///
    /// - Parameters:
    ///   - event: Why.
    ///   - outcome: The run.
    public init(_ event: Event, of outcome: Outcome) {
        self.event = event
        stack = outcome.stack
        operation = outcome.verb
        id = outcome.operation
        exitCode = outcome.exitCode
        host = outcome.host
        tag = outcome.facts.tag
        snapshot = outcome.facts.snapshot
        at = outcome.finishedAt
        seconds = outcome.durationSeconds
        firstError = outcome.firstError ?? outcome.warnings.first?.message
        stateNow = outcome.stateNow
        next = outcome.next
        codes = (outcome.errors + outcome.warnings).map(\.key)
        if codes.isEmpty, outcome.exitCode != 0 { codes = ["exit-\(outcome.exitCode)"] }
    }

    /// What is to be said of a stack that nobody backs up any more, or again.
    ///
    /// - Parameters:
    ///   - event: `overdue`, `recovered` or `unfinished`.
    ///   - standing: How it stands.
    ///   - host: The machine.
    public init(_ event: Event, of standing: StackStanding, host: String) {
        self.event = event
        stack = standing.stack
        let isUnfinished = event == .unfinished
        let concerns = standing.concerns
        let reason = concerns.first { !isUnfinished || $0.code == "unfinished" }
        operation = isUnfinished ? "run" : "backup"
        exitCode = reason?.exitCode ?? standing.exitCode
        self.host = host
        tag = standing.tag
        at = standing.now.rfc3339
        firstError = reason?.message
        next = reason?.next
        codes = concerns.map { concern in
            concern.component.map { "\(concern.code) \($0)" } ?? concern.code
        }
    }

    /// The line above everything else.
    public var title: String {
        let what = operation.split(separator: "-").joined(separator: " ")
        return switch event {
        case .failed: "FAILED \(what) of \(stack) (exit \(exitCode))"
        case .reverted: "REVERTED \(what) of \(stack) (exit \(exitCode))"
        case .warning: "WARNING \(what) of \(stack)"
        case .recovered: "RECOVERED \(what) of \(stack)"
        case .restored: "DONE \(what) of \(stack)"
        case .overdue: "OVERDUE \(what) of \(stack)"
        case .unfinished: "UNFINISHED \(what) of \(stack) (exit \(exitCode))"
        case .skipped: "PUT OFF \(what) of \(stack) (exit \(exitCode))"
        case .succeeded: "OK \(what) of \(stack)"
        }
    }

    /// Whether somebody has to act.
    public var isAlarm: Bool {
        switch event {
        case .failed, .reverted, .warning, .overdue, .unfinished: true
        case .recovered, .restored, .skipped, .succeeded: false
        }
    }

    /// What people read below the title, in its order.
    var facts: [(name: String, value: String)] {
        var facts: [(String, String?)] = [
            ("Stack", "\(stack) on \(host)"), ("Time", at), ("TAG", tag), ("Snapshot", snapshot),
            ("Result", event.rawValue + (exitCode == 0 ? "" : ", exit \(exitCode)")),
            ("What", codes.isEmpty ? nil : codes.prefix(8).joined(separator: ", ")),
            ("First error", firstError.map { String($0.prefix(600)) }),
            ("State now", stateNow), ("Operation", id), ("Next", next),
        ]
        if let seconds {
            facts.insert(("Took", "\(Int(seconds.rounded())) s"), at: 4)
        }
        return facts.compactMap { name, value in value.map { (name, $0) } }
    }

    /// Whether a run was over all that one before it was: a component that was captured by itself says
    /// nothing of the night that failed, nor a snapshot of all of them.
    private static func covers(_ outcome: Outcome, _ before: Outcome) -> Bool {
        func isWhole(_ run: Outcome) -> Bool { run.facts.figures[Proof.wholeFigure] == 1 }
        return !outcome.isPartial && (isWhole(outcome) || !isWhole(before))
    }

    /// The events of a run, after the one of its kind before it.
    ///
    /// - Parameters:
    ///   - outcome: The run.
    ///   - before: The last run of the same verb that says something; nil for none.
    ///   - changesLive: Whether it puts data or a TAG in the place of live ones.
    /// - Returns: The one event to tell, or nil where it says nothing of the stack.
    public static func event(
        of outcome: Outcome,
        after before: Outcome?,
        changesLive: Bool
    ) -> Event? {
        switch outcome.ending {
        case .skipped: return nil
        case .failed: return .failed
        case .reverted: return .reverted
        case .ok, .warning: break
        }
        if changesLive { return .restored }
        if let before, before.ending.isFailure, covers(outcome, before) { return .recovered }
        let known = Set(before?.warnings.map(\.key) ?? [])
        if outcome.warnings.contains(where: { !known.contains($0.key) }) { return .warning }
        return .succeeded
    }
}
