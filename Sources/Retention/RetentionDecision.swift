/// What becomes of one snapshot, and why.
public struct RetentionDecision: Sendable, Hashable {
    /// One reason.
    public struct Cause: Sendable, Hashable {
        /// What decided: a rule by its place in the policy, such as `keep.daily`, or a word for
        /// what no policy can undo.
        public let rule: String
        /// The same in words.
        public let text: String
    }

    /// The snapshot's name.
    public let id: String
    /// Whether it stays.
    public let isKept: Bool
    /// Why; of one that stays everything that keeps it.
    public let causes: [Cause]
}
