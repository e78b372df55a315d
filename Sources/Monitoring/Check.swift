/// One thing that was looked at, and what came of it.
public struct Check: Codable, Sendable, Equatable {
    /// How it stands.
    public enum Verdict: String, Codable, Sendable, Comparable {
        /// As it should be.
        case pass = "PASS"
        /// Worth a look; nothing is stopped for it.
        case warn = "WARN"
        /// Not as it must be.
        case fail = "FAIL"

        /// The worse is the greater.
        public static func < (left: Verdict, right: Verdict) -> Bool {
            left.rank < right.rank
        }

        private var rank: Int {
            switch self {
            case .pass: 0
            case .warn: 1
            case .fail: 2
            }
        }
    }

    /// A word that never changes, such as `env.keys`.
    public let name: String
    /// What it is about, such as a service; nil for the whole stack.
    public let subject: String?
    /// How it stands.
    public let verdict: Verdict
    /// What was found; holds no value of an env file.
    public let message: String

    /// States what was found.
    ///
    /// - Parameters:
    ///   - name: A word that never changes.
    ///   - subject: What it is about.
    ///   - verdict: How it stands.
    ///   - message: What was found.
    public init(_ name: String, _ subject: String? = nil, _ verdict: Verdict, _ message: String) {
        self.name = name
        self.subject = subject
        self.verdict = verdict
        self.message = message
    }

    /// Its name, and what it is about.
    public var label: String { subject.map { "\(name) \($0)" } ?? name }

    /// For people: the verdict first.
    public var line: String { "\(verdict.rawValue)  \(label): \(message)" }
}
