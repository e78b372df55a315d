/// How one operation ended: the one record from which exit code, JSON, journal, release.log,
/// metrics and notifications are made, so that they cannot disagree.
public struct Outcome: Codable, Sendable, Equatable {
    /// The end in a word.
    public enum Result: String, Codable, Sendable {
        /// What was asked for is done.
        case done
        /// Done in part, or with warnings under `--strict`.
        case incomplete
        /// Not done; live state unchanged or cleanly put back.
        case failed
        /// Damage was found.
        case damaged
        /// Done, found unhealthy, and taken back.
        case reverted
        /// Neither done nor taken back: a person is needed.
        case notReverted = "not-reverted"
        /// Not begun: something was missing, wrong, locked or unconfirmed.
        case refused
        /// Put off.
        case skipped
        /// Ended by a signal at a safe point.
        case stopped
    }

    /// A warning or an error.
    public struct Problem: Codable, Sendable, Equatable {
        /// A word that never changes.
        public var code: String
        /// The component that it is about.
        public var component: String?
        /// What a person reads.
        public var message: String

        /// Says what is wrong.
        ///
        /// - Parameters:
        ///   - code: A word that never changes.
        ///   - component: The component that it is about.
        ///   - message: What a person reads; no secret.
        public init(code: String, component: String? = nil, message: String) {
            self.code = code
            self.component = component
            self.message = message
        }
    }

    /// Whether the data of before can be had again.
    public struct DataRollback: Codable, Sendable, Equatable {
        /// Whether it can.
        public var isPossible: Bool
        /// Why, or why not.
        public var why: String

        enum CodingKeys: String, CodingKey {
            case isPossible = "possible"
            case why
        }

        /// States it.
        ///
        /// - Parameters:
        ///   - isPossible: Whether it can.
        ///   - why: Why, or why not.
        public init(isPossible: Bool, why: String) {
            self.isPossible = isPossible
            self.why = why
        }
    }

    /// Names the run; journals and folders carry it too.
    public var operation: String
    /// The command, such as `models-switch`.
    public var verb: String
    /// The stack.
    public var stack: String
    /// The machine.
    public var host: String
    /// The account that ran it.
    public var account: String
    /// RFC 3339.
    public var startedAt: String
    /// RFC 3339.
    public var finishedAt: String
    /// How long it took.
    public var durationSeconds: Double
    /// How the program ended.
    public var exitCode: Int32
    /// The same in a word.
    public var result: Result
    /// What only this kind of operation knows.
    public var facts: OperationFacts
    /// What failed first, in one line.
    public var firstError: String?
    /// What state the stack is in now.
    public var stateNow: String?
    /// What to run next.
    public var next: String?
    /// What must be known although the work was done.
    public var warnings: [Problem]
    /// What was not done.
    public var errors: [Problem]

    enum CodingKeys: String, CodingKey {
        case operation, verb, stack, host, account, result, facts, next, warnings, errors
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case durationSeconds = "duration_seconds"
        case exitCode = "exit_code"
        case firstError = "first_error"
        case stateNow = "state_now"
    }

    /// Records an end without problems; the rest is set afterwards.
    ///
    /// - Parameters:
    ///   - operation: Names the run.
    ///   - verb: The command.
    ///   - stack: The stack.
    ///   - host: The machine.
    ///   - startedAt: RFC 3339.
    ///   - finishedAt: RFC 3339.
    ///   - durationSeconds: How long it took.
    ///   - exitCode: How the program ends.
    ///   - result: The same in a word.
    ///   - facts: What only this kind of operation knows.
    public init(
        operation: String,
        verb: String,
        stack: String,
        host: String,
        startedAt: String,
        finishedAt: String,
        durationSeconds: Double,
        exitCode: Int32,
        result: Result,
        facts: OperationFacts
    ) {
        self.operation = operation
        self.verb = verb
        self.stack = stack
        self.host = host
        account = Account.text
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.durationSeconds = durationSeconds
        self.exitCode = exitCode
        self.result = result
        self.facts = facts
        warnings = []
        errors = []
    }
}
