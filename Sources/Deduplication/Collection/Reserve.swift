internal import Storage

extension Repository {
    private static let reserveName = "reserve"
    /// At most so much is put by; 1 % of the packs where that is less.
    private static let reserveBytesMaximum: UInt64 = 64 << 20
    private static let reserveBytesMinimum: UInt64 = 1 << 20

    /// Puts ballast by, so that a collection can begin on a full disk; quiet where there is no room.
    ///
    /// - Parameter packBytes: What the packs take.
    /// - Throws: ``RepositoryError``.
    public func layReserve(packBytes: UInt64) throws(RepositoryError) {
        let wanted = min(
            max(packBytes / 100, Self.reserveBytesMinimum),
            Self.reserveBytesMaximum
        )
        do throws(StorageError) {
            if (try? store.get(Self.reserveName, at: wanted / 2, count: 1)) != nil { return }
            try store.fill(Self.reserveName, byteCount: Int(wanted))
            try store.sync()
        } catch {
            if error.code != .full { throw RepositoryError(error) }
        }
    }

    /// Gives the ballast up.
    ///
    /// - Throws: ``RepositoryError``.
    public func dropReserve() throws(RepositoryError) {
        try storing { () throws(StorageError) in
            try store.delete(Self.reserveName)
            try store.sync()
        }
    }
}
