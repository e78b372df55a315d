public import Files

/// How much a verification may take; it stops once either is used up.
public struct CheckBudget: Sendable {
    /// Bytes that are read of packs.
    public var bytes: UInt64?
    /// Seconds, the reading of manifests among them.
    public var seconds: Double?
    /// A pack that was found whole since then needs no second look for a snapshot to be proven; nil
    /// where every pack does.
    public var provenSince: Moment?

    /// Sets limits.
    ///
    /// - Parameters:
    ///   - bytes: Bytes that are read of packs.
    ///   - seconds: Seconds.
    ///   - provenSince: Since when a pack that was found whole needs no second look.
    public init(bytes: UInt64?, seconds: Double?, provenSince: Moment? = nil) {
        self.bytes = bytes
        self.seconds = seconds
        self.provenSince = provenSince
    }
}
