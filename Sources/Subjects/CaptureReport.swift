/// What a capture left out, or could not hold still, with the reason for each.
public struct CaptureReport: Sendable {
    /// One thing that a person should know.
    public struct Problem: Sendable, Equatable {
        /// What it means for the snapshot.
        public enum Weight: Sendable {
            /// Worth saying; what was to be kept is kept.
            case warning
            /// Something of the source is not in the snapshot.
            case incomplete
        }

        /// A word that never changes, such as `unreadable`.
        public let code: String
        /// The path from the component's root, for people; empty for the component.
        public let path: String
        /// What happened.
        public let message: String
        /// What it means for the snapshot.
        public let weight: Weight

        /// States a problem.
        ///
        /// - Parameters:
        ///   - code: A word that never changes.
        ///   - path: The path, for people.
        ///   - message: What happened.
        ///   - weight: What it means for the snapshot.
        public init(code: String, path: String, message: String, weight: Weight) {
            self.code = code
            self.path = path
            self.message = message
            self.weight = weight
        }
    }

    /// All problems, in the order they were met; at most ``problemLimit`` are kept.
    public private(set) var problems: [Problem] = []
    /// How many there were.
    public private(set) var problemCount = 0
    /// Sockets, pipes and devices that were passed over.
    public var specials = 0
    /// Whether all of the source is in the snapshot.
    public private(set) var isComplete = true

    /// More than this many problems are counted and not listed.
    public static let problemLimit = 1000

    /// Nothing to say yet.
    public init() {}

    /// Notes a problem.
    ///
    /// - Parameter problem: What happened.
    public mutating func note(_ problem: Problem) {
        problemCount += 1
        if problem.weight == .incomplete { isComplete = false }
        if problems.count < Self.problemLimit { problems.append(problem) }
    }
}
