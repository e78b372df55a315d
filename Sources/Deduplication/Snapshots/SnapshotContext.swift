internal import Cryptography

extension Repository {
    /// The snapshot of the same stack that was the newest when this one was taken.
    ///
    /// - Parameter snapshot: From this repository.
    /// - Returns: Nil for the first one, and where the one before is no longer here.
    /// - Throws: ``RepositoryError`` where the store cannot be listed.
    public func predecessor(of snapshot: Snapshot) throws(RepositoryError) -> Snapshot? {
        guard let previous = snapshot.previous else { return nil }
        for earlier in try snapshots(of: snapshot.stack).reversed() where earlier.seq < snapshot.seq
        {
            if SHA256.digest(of: try earlier.encoded()).hex == previous { return earlier }
        }
        return nil
    }

    /// The configuration as it was when a snapshot was taken.
    ///
    /// - Parameter snapshot: From this repository.
    /// - Returns: The file's bytes; nil where none was kept.
    /// - Throws: ``RepositoryError``; `damaged` where the chunk is not what it was.
    public func configuration(of snapshot: Snapshot) throws(RepositoryError) -> [UInt8]? {
        guard let text = snapshot.configuration else { return nil }
        guard let id = Digest(hex: text) else {
            throw RepositoryError(
                code: .damaged,
                message: "snapshot \(snapshot.id) names a configuration \(text)"
            )
        }
        return try ChunkReader(store: store, index: index).read(id)
    }
}
