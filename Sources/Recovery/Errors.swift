internal import Archiving
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
        throw RecoveryError(error)
    }
}

/// Runs a call that writes an archive, its failure becoming one of the restore.
func archiving<Result: ~Copyable>(
    _ body: () throws(ArchiveError) -> Result
) throws(RecoveryError) -> Result {
    do throws(ArchiveError) {
        return try body()
    } catch {
        throw RecoveryError(error)
    }
}

extension RecoveryError {
    /// A failure of the repository while something was fetched from it.
    init(_ error: RepositoryError) {
        let code: Code =
            switch error.code {
            // What writing the fetched bytes said.
            case .source: .file
            case .storage: .repository
            default: .damaged
            }
        self.init(code: code, message: error.message)
    }

    /// A failure of an archive that is being written.
    init(_ error: ArchiveError) {
        self.init(
            code: error.code == .notRepresentable ? .target : .file,
            message: error.description
        )
    }

    /// What a run says that was asked to stop.
    static var stopped: RecoveryError {
        RecoveryError(code: .cancelled, message: "stopped on request")
    }
}
