internal import Deduplication
internal import Files

/// Runs a call about files of the target, its failure becoming one of the restore.
func filing<Result: ~Copyable>(
    _ body: () throws(FileError) -> Result
) throws(RecoveryError) -> Result {
    do throws(FileError) {
        return try body()
    } catch {
        throw RecoveryError(code: error.code == .full ? .full : .file, message: error.message)
    }
}

/// Runs a call to the repository, its failure becoming one of the restore.
func fetching<Result>(
    _ body: () throws(RepositoryError) -> Result
) throws(RecoveryError) -> Result {
    do throws(RepositoryError) {
        return try body()
    } catch {
        // `source` is what writing the fetched bytes said.
        let code: RecoveryError.Code = error.code == .source ? .file : .damaged
        throw RecoveryError(code: code, message: error.message)
    }
}
