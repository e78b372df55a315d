internal import Storage

/// What tells damage of an object from a store that fails: damage stays, and is no reason for
/// anything else not to be read.
extension Store {
    /// Reads, and once more where the store failed: an error that passes is no damage.
    ///
    /// - Parameter read: What to read; done at most twice.
    /// - Returns: What was read.
    /// - Throws: What the second attempt ended with.
    func steadily<Result>(
        _ read: () throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        do throws(StorageError) {
            return try read()
        } catch {
            guard error.code == .failed else { throw error }
        }
        return try read()
    }

    /// Ends with the failure of an object where the store as a whole does not answer either.
    ///
    /// - Parameter failure: Why the object could not be read.
    /// - Throws: ``RepositoryError`` with `storage`: nothing is known about the object.
    func expectAnswer(after failure: StorageError?) throws(RepositoryError) {
        guard let failure, failure.code == .failed else { return }
        do throws(StorageError) {
            _ = try steadily { () throws(StorageError) in try getSmall("FORMAT", limit: 64) }
        } catch {
            if error.code == .failed { throw RepositoryError(failure) }
        }
    }
}
