public import Operations

/// What a later run does about a recovery that was killed, decided by its journal alone.
public enum Resumption: Equatable, Sendable {
    /// Nothing: it came to its end.
    case nothing
    /// Nothing live has changed: what was staged goes, and what ran is started.
    case drop(after: RecoveryState)
    /// Data, TAG or containers may have changed: all of it is taken back.
    case revert(from: RecoveryState)
    /// The gate had passed: what is left is tidied up.
    case finish
    /// It goes on where it was, as somebody asked for.
    case forward(from: RecoveryState)

    /// Decides.
    ///
    /// - Parameters:
    ///   - entries: The journal's lines, the oldest first.
    ///   - isForward: Whether somebody wants it to go on rather than back. That is heard only
    ///     where the replacement was proven and no way back was begun.
    public init(_ entries: [OperationJournal.Entry], isForward: Bool) {
        if entries.last?.phase == .end {
            self = .nothing
            return
        }
        let begun = RecoveryState.allCases.last { state in
            entries.contains { $0.step == state.rawValue && $0.phase == .intent }
        }
        guard let state = begun else {
            self = .drop(after: .preflight)
            return
        }
        let isReverting = entries.contains { $0.step == RecoveryState.revert }
        // Where the gate had passed it is kept, also if the disk was too full for a line of commit.
        let hasPassed = entries.contains {
            $0.step == RecoveryState.smoke.rawValue && $0.phase == .done
        }
        if state == .commit || state == .smoke && hasPassed && !isReverting {
            self = .finish
        } else if state.isChanging {
            self = isForward && !isReverting ? .forward(from: state) : .revert(from: state)
        } else if isForward, !isReverting, state.isStopping {
            self = .forward(from: state)
        } else {
            self = .drop(after: state)
        }
    }
}
