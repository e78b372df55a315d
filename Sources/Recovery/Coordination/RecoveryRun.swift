public import Files
public import Operations

/// A coordinated recovery from its first state to the last, or back: nothing is begun before the
/// journal says so.
///
/// Read from top to bottom it is what happens. Before ``RecoveryState/swap`` nothing live changes,
/// so a failure only drops what was staged and starts what ran. From there to the smoke test every
/// failure takes everything back. A commit that fails stays to be finished by a later run.
public struct RecoveryRun<Work: RecoveryWork> {
    /// How it ended.
    public enum Ending {
        /// All is as it was wanted, and healthy.
        case committed
        /// It is healthy, but something is left to be tidied up by a later run.
        case uncommitted(Work.Failure)
        /// A state failed before anything live had changed; what ran runs again.
        case dropped(Work.Failure, at: RecoveryState)
        /// A state failed, and everything is as it was, and healthy.
        case reverted(Work.Failure, at: RecoveryState)
        /// A state failed, and so did the way back: a person is needed.
        case stuck(Work.Failure, at: RecoveryState, then: Work.Failure)
    }

    private let work: Work
    private let journal: OperationJournal
    private let describe: (Work.Failure) -> String
    private let wrap: (FileError) -> Work.Failure

    /// Prepares a run.
    ///
    /// - Parameters:
    ///   - work: What is done in each state.
    ///   - journal: Of the operation; it was begun.
    ///   - describe: A failure in one line, for the journal.
    ///   - wrap: Makes a failure of a journal that cannot be written.
    public init(
        _ work: Work,
        journal: OperationJournal,
        describe: @escaping (Work.Failure) -> String,
        wrap: @escaping (FileError) -> Work.Failure
    ) {
        self.work = work
        self.journal = journal
        self.describe = describe
        self.wrap = wrap
    }

    /// Runs the states from one on.
    ///
    /// - Parameter first: Those before it are done.
    /// - Returns: How it ended; the journal is at its end unless a later run has something to do.
    public func run(from first: RecoveryState = .preflight) -> Ending {
        for state in RecoveryState.allCases.drop(while: { $0 != first }) {
            do throws(Work.Failure) {
                try note(state.rawValue, .intent)
                try work.run(state)
                try note(state.rawValue, .done)
            } catch {
                fail(state.rawValue, error)
                if state == .commit { return .uncommitted(error) }
                return state.isChanging ? revert(error, at: state) : drop(error, at: state)
            }
        }
        do throws(Work.Failure) {
            try note(journal.kind, .end)
            return .committed
        } catch {
            // Every other command would say that it is unfinished.
            return .uncommitted(error)
        }
    }

    /// Takes everything back.
    ///
    /// - Parameters:
    ///   - failure: Why.
    ///   - state: What had failed, or had been reached.
    /// - Returns: How that ended.
    public func revert(_ failure: Work.Failure, at state: RecoveryState) -> Ending {
        back(failure, at: state) { () throws(Work.Failure) in try work.revert() }
            ?? .reverted(failure, at: state)
    }

    /// Removes what was staged and starts what ran.
    ///
    /// - Parameters:
    ///   - failure: Why.
    ///   - state: What had failed, or had been reached.
    /// - Returns: How that ended.
    public func drop(_ failure: Work.Failure, at state: RecoveryState) -> Ending {
        back(failure, at: state) { () throws(Work.Failure) in try work.drop(after: state) }
            ?? .dropped(failure, at: state)
    }

    /// Nil where the way back was gone.
    private func back(
        _ failure: Work.Failure,
        at state: RecoveryState,
        _ body: () throws(Work.Failure) -> Void
    ) -> Ending? {
        do throws(Work.Failure) {
            // A journal on a full disk must not keep anybody from the way back. Where its end cannot be
            // written a later run takes back what is back already.
            try? note(RecoveryState.revert, .intent)
            try body()
            try? note(RecoveryState.revert, .done)
            try? note(journal.kind, .end)
            return nil
        } catch {
            fail(RecoveryState.revert, error)
            return .stuck(failure, at: state, then: error)
        }
    }

    private func note(
        _ step: String,
        _ phase: OperationJournal.Phase
    ) throws(Work.Failure) {
        do throws(FileError) {
            try journal.write(step, phase)
        } catch {
            throw wrap(error)
        }
    }

    private func fail(_ step: String, _ failure: Work.Failure) {
        try? journal.write(step, .failed, ["error": describe(failure)])
    }
}
