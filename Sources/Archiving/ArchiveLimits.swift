/// How much an archive may hold: a small file can unpack to anything.
public struct ArchiveLimits: Sendable {
    /// Bytes of all file data together.
    public var byteCountMax: Int64
    /// Members, and folders that members imply.
    public var entryCountMax: Int

    /// Sets both limits.
    ///
    /// - Parameters:
    ///   - byteCountMax: Bytes of all file data together.
    ///   - entryCountMax: Members, and folders that members imply.
    public init(byteCountMax: Int64, entryCountMax: Int) {
        self.byteCountMax = byteCountMax
        self.entryCountMax = entryCountMax
    }
}
