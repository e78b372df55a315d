internal import Files
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
            let buffer = AlignedBuffer(byteCount: Int(wanted))
            // Zeros would take no room on a file system that compresses.
            var word = UInt64.random(in: 1 ... .max)
            for offset in stride(from: 0, to: Int(wanted) - 7, by: 8) {
                word ^= word << 13
                word ^= word >> 7
                word ^= word << 17
                unsafe buffer.bytes.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
            }
            try unsafe store.replace(Self.reserveName, buffer.slice(0..<Int(wanted)))
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
