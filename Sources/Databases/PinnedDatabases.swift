/// What a write barrier pinned.
public struct PinnedDatabases: Sendable {
    /// A database that could not be pinned.
    public struct Failure: Sendable {
        /// Its path.
        public let path: [UInt8]
        /// Why.
        public let error: DatabaseError
    }

    /// The pinned ones, in the order in which to copy them: first those in rollback format, whose
    /// applications wait with every commit; then by path.
    public let databases: [PinnedDatabase]
    /// Those that could not be pinned, by path.
    public let failures: [Failure]
    /// The instant, in nanoseconds since 1970.
    public let instantNanoseconds: Int64
    /// How long any write lock was held at most, vain attempts included.
    public let heldNanoseconds: Int64
    /// How often locking was tried, the successful time included.
    public let attempts: Int

    /// Whether every pinned database shows the same instant.
    public var isOneInstant: Bool {
        databases.allSatisfy {
            if case .barrier = $0.consistency { true } else { false }
        }
    }
}
