public import Files
public import Operations

/// What is known of one kind of run: the last of them, and how many there were.
public struct OperationStanding: Sendable, Equatable {
    /// The verb, such as `backup` or `models-switch`.
    public let operation: String
    /// When the last run ended that did its work.
    public private(set) var lastSuccess: Moment?
    /// The last run that says something about the stack.
    public private(set) var last: Outcome?
    /// The one before it.
    public private(set) var lastButOne: Outcome?
    /// How many runs there were, by ending.
    public private(set) var counts: [Ending: Int] = [:]

    /// Nothing was run yet.
    ///
    /// - Parameter operation: The verb.
    public init(operation: String) {
        self.operation = operation
    }

    /// Takes a run that is later than all before it.
    ///
    /// - Parameter run: One of this operation.
    public mutating func add(_ run: Outcome) {
        counts[run.ending, default: 0] += 1
        guard run.ending != .skipped, !run.isPartial else { return }
        if !run.ending.isFailure { lastSuccess = Moment(rfc3339: run.finishedAt) ?? lastSuccess }
        lastButOne = last
        last = run
    }

    /// The standing of all operations in a history.
    ///
    /// - Parameter runs: The oldest first; of two records of one run the later counts.
    /// - Returns: In order of name.
    public static func all(_ runs: [Outcome]) -> [OperationStanding] {
        var newest: [String: Int] = [:]
        for (index, run) in runs.enumerated() { newest[run.operation] = index }
        var found: [String: OperationStanding] = [:]
        for (index, run) in runs.enumerated() where newest[run.operation] == index {
            found[run.verb, default: OperationStanding(operation: run.verb)].add(run)
        }
        return found.values.sorted { $0.operation < $1.operation }
    }
}
