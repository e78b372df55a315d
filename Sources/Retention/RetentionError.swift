/// Why a retention policy is impossible.
public struct RetentionError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kinds of impossibility.
    public enum Code: Sendable {
        /// A number is below zero or beyond any calendar.
        case outOfRange
        /// No rule keeps any ordinary snapshot.
        case keepsNothing
        /// A value is below what protects the data.
        case belowFloor
    }

    /// The kind of impossibility.
    public let code: Code
    /// The rule, by its key in a policy file.
    public let rule: String
    /// What is wrong with it.
    public let message: String

    init(_ code: Code, _ rule: String, _ problem: String) {
        self.code = code
        self.rule = rule
        self.message = "\(rule) \(problem)"
    }

    /// The message.
    public var description: String { message }
}
