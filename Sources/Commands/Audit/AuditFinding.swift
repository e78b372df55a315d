/// One thing that an audit found.
struct AuditFinding: Encodable, Sendable, Equatable {
    enum Weight: String, Encodable, Sendable, Comparable {
        /// Worth knowing; all can be brought back.
        case note
        /// Something that may keep the stack, or part of it, from coming back.
        case risk
        /// The stack cannot be brought back.
        case fatal

        private var rank: Int {
            switch self {
            case .note: 0
            case .risk: 1
            case .fatal: 2
            }
        }

        static func < (left: Weight, right: Weight) -> Bool { left.rank < right.rank }
    }

    /// A word that never changes.
    var code: String
    var weight: Weight
    var component: String?
    var message: String
    var next: String?

    init(
        _ weight: Weight,
        _ code: String,
        _ message: String,
        component: String? = nil,
        next: String? = nil
    ) {
        self.weight = weight
        self.code = code
        self.component = component
        self.message = message
        self.next = next
    }
}
