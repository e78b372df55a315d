internal import Operations

extension ExitStatus {
    /// The same in the word of the journal.
    var result: Outcome.Result {
        switch self {
        case .done: .done
        case .incomplete: .incomplete
        case .failed, .repositoryFull, .stale: .failed
        case .damaged: .damaged
        case .reverted: .reverted
        case .notReverted: .notReverted
        case .repositoryMissing, .locked, .wrongKey, .preflightFailed, .unfinished, .notFound,
            .unconfirmed, .incompatible, .usage, .configuration:
            .refused
        case .skipped: .skipped
        case .interrupted, .terminated: .stopped
        }
    }
}
