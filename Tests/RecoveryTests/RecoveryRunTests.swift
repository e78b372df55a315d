import Files
import Operations
import Support
import Testing

@testable import Recovery

/// Does nothing but remember what it was told, and fail where it should.
private final class PlannedWork: RecoveryWork {
    struct Failure: Error, Equatable { var text: String }

    var failing: [String] = []
    private(set) var done: [String] = []
    /// What the journal said when each thing was begun.
    private(set) var lastLines: [String] = []
    var journal: OperationJournal?

    private func take(_ name: String) throws(Failure) {
        let last = journal?.entries.last
        lastLines.append("\(last?.step ?? "-") \(last?.phase.rawValue ?? "-")")
        if failing.contains(name) { throw Failure(text: name) }
        done.append(name)
    }

    func run(_ state: RecoveryState) throws(Failure) { try take(state.rawValue) }
    func drop(after state: RecoveryState) throws(Failure) { try take("drop") }
    func revert() throws(Failure) { try take("revert") }
}

@Suite struct RecoveryRunTests {
    private let scratch: Scratch
    private let work = PlannedWork()
    private let journal: OperationJournal

    init() throws {
        scratch = try Scratch(isInMemory: true)
        journal = try OperationJournal.begin(in: scratch.path, operation: "one", kind: "restore")
        work.journal = journal
    }

    private var run: RecoveryRun<PlannedWork> {
        RecoveryRun(work, journal: journal) {
            $0.text
        } wrap: {
            PlannedWork.Failure(text: $0.message)
        }
    }

    private static let states = RecoveryState.allCases.map(\.rawValue)

    @Test func eachStateIsInTheJournalBeforeItBegins() {
        guard case .committed = run.run() else {
            Issue.record("not committed")
            return
        }
        #expect(work.done == Self.states)
        #expect(work.lastLines == Self.states.map { "\($0) intent" })
        #expect(journal.isEnded)
    }

    @Test(arguments: RecoveryState.allCases)
    func aFailureGoesBackAsFarAsItHadCome(_ state: RecoveryState) {
        work.failing = [state.rawValue]
        let before = Self.states.prefix { $0 != state.rawValue }
        let failure = PlannedWork.Failure(text: state.rawValue)
        switch run.run() {
        case .committed, .stuck: Issue.record("it must fail and go back")
        case .uncommitted(let error):
            #expect(state == .commit && error == failure)
            #expect(work.done == Array(before))
            #expect(!journal.isEnded)
        case .dropped(let error, let at):
            #expect(!state.isChanging && at == state && error == failure)
            #expect(work.done == before + ["drop"])
            #expect(journal.isEnded)
        case .reverted(let error, let at):
            #expect(state.isChanging && at == state && error == failure)
            #expect(work.done == before + ["revert"])
            #expect(journal.isEnded)
        }
    }

    @Test(arguments: RecoveryState.allCases.filter { $0 != .commit })
    func aWayBackThatFailsStaysUnfinished(_ state: RecoveryState) throws {
        work.failing = [state.rawValue, "drop", "revert"]
        guard case .stuck(let first, let at, let second) = run.run() else {
            Issue.record("it must be stuck")
            return
        }
        #expect(first.text == state.rawValue && at == state)
        #expect(second.text == (state.isChanging ? "revert" : "drop"))
        #expect(try OperationJournal.unfinished(in: scratch.path).count == 1)
    }

    @Test func itGoesOnFromAnyState() {
        _ = run.run(from: .tag)
        #expect(work.done == ["tag", "start", "health", "smoke", "commit"])
    }

    /// A journal that ends after any line of a whole run.
    @Test(arguments: [false, true])
    func whatIsDoneAboutAKilledRun(isForward: Bool) {
        _ = run.run()
        for count in journal.entries.indices {
            let entries = Array(journal.entries[...count])
            let state = entries.last { $0.phase == .intent }
                .flatMap { RecoveryState(rawValue: $0.step) }
            let wanted: Resumption
            switch state {
            case nil: wanted = .drop(after: .preflight)
            case .commit?: wanted = entries.last?.phase == .end ? .nothing : .finish
            case .smoke? where entries.last?.phase == .done: wanted = .finish
            case .some(let state) where isForward && state.isStopping:
                wanted = .forward(from: state)
            case .some(let state):
                wanted = state.isChanging ? .revert(from: state) : .drop(after: state)
            }
            #expect(Resumption(entries, isForward: isForward) == wanted)
        }
    }

    @Test func aWayBackThatWasBegunIsGoneToItsEnd() {
        work.failing = ["smoke", "revert"]
        _ = run.run()
        #expect(Resumption(journal.entries, isForward: true) == .revert(from: .smoke))
    }
}
