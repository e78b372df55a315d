/// How much a verification may take; it stops once either is used up.
public struct CheckBudget: Sendable {
    /// Bytes that are read of packs.
    public var bytes: UInt64?
    /// Seconds, the reading of manifests among them.
    public var seconds: Double?

    /// Sets limits.
    ///
    /// - Parameters:
    ///   - bytes: Bytes that are read of packs.
    ///   - seconds: Seconds.
    public init(bytes: UInt64?, seconds: Double?) {
        self.bytes = bytes
        self.seconds = seconds
    }
}
