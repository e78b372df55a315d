/// One reason why a stack is not as it should be.
public struct Concern: Sendable, Equatable {
    /// How much it matters.
    public enum Weight: Int, Sendable, Comparable {
        /// Somebody should look in the next days.
        case warning = 1
        /// What should be recoverable may not be, or will soon not be.
        case critical = 2

        /// The lighter one first.
        public static func < (left: Weight, right: Weight) -> Bool {
            left.rawValue < right.rawValue
        }
    }

    /// A word that never changes, such as `stale`.
    public let code: String
    /// How much it matters.
    public let weight: Weight
    /// How `status --check` ends by it.
    public let exitCode: Int32
    /// The component, where it is about one.
    public var component: String?
    /// For people.
    public let message: String
    /// What to run next.
    public let next: String

    init(
        _ weight: Weight,
        _ code: String,
        exit: Int32,
        component: String? = nil,
        _ message: String,
        next: String
    ) {
        self.code = code
        self.weight = weight
        exitCode = exit
        self.component = component
        self.message = message
        self.next = next
    }
}
