internal import Deduplication
internal import Files
internal import Recovery
internal import Storage
internal import Subjects

extension CommandFailure {
    /// A plan that no longer holds once the lock is held, since something went on in between.
    static func changed(_ what: String) -> CommandFailure {
        CommandFailure(
            .locked,
            "changed",
            "\(what) is other than when this was planned",
            state: "nothing was touched",
            next: "run it again, and look at its plan"
        )
    }

    /// A failure of the repository.
    init(_ error: RepositoryError, state: String = "nothing was changed") {
        switch error.code {
        case .missing:
            self.init(
                .repositoryMissing,
                "repository-missing",
                error.message,
                state: state,
                next: "recover init, or mount the disk that holds the repository"
            )
        case .occupied:
            self.init(.failed, "repository-exists", error.message, state: state)
        case .unsupported:
            self.init(.incompatible, "repository-unsupported", error.message, state: state)
        case .damaged:
            self.init(
                .damaged,
                "damage",
                error.message,
                state: state,
                next: "recover verify --all --level deep"
            )
        case .full:
            self.init(
                .repositoryFull,
                "repository-full",
                error.message,
                state: "nothing was published, nothing is lost",
                next: "make room, then run it again"
            )
        case .notFound, .ambiguous:
            self.init(.notFound, "not-found", error.message, state: state, next: "recover list")
        case .cancelled:
            self.init(.interrupted, "stopped", error.message, state: state)
        case .uncertain:
            self.init(
                .failed,
                "uncertain",
                error.message,
                state: "earlier snapshots are untouched; the new one may be there",
                next: "recover list, once the repository answers again"
            )
        case .revoked, .source, .storage:
            self.init(.failed, "repository", error.message, state: state)
        }
    }

    /// A failure of a capture.
    init(_ error: CaptureError) {
        switch (error.code, error.cause) {
        case (.repository, let cause as RepositoryError):
            self.init(
                cause,
                state: "no snapshot was published; what was written is reused next time"
            )
        case (.cancelled, _):
            self.init(
                .interrupted,
                "stopped",
                error.message,
                state: "no snapshot was published; what was written is reused next time",
                next: "recover backup"
            )
        default:
            self.init(
                .failed,
                "source",
                error.message,
                state: "no snapshot was published",
                next: "put the source back, then: recover backup"
            )
        }
    }

    /// A failure of a file of ours.
    init(_ error: FileError, doing action: String) {
        self.init(.failed, "file", "\(action): \(error.message)")
    }

    /// A store that could not be opened.
    init(_ error: StorageError, repository: String) {
        if error.code == .notFound {
            self.init(
                .repositoryMissing,
                "repository-missing",
                "there is no repository at \(repository)",
                next: "recover init, or mount the disk that holds the repository"
            )
        } else {
            self.init(.failed, "repository", error.message)
        }
    }
}

/// Runs a call to the repository, its failure becoming the command's.
func querying<Result>(
    state: String = "nothing was changed",
    _ body: () throws(RepositoryError) -> Result
) throws(CommandFailure) -> Result {
    do throws(RepositoryError) {
        return try body()
    } catch {
        throw CommandFailure(error, state: state)
    }
}

extension CommandFailure {
    /// A failure of a restore.
    init(_ error: RecoveryError, component: String?, state: String, next: String?) {
        let status: ExitStatus
        let code: String
        switch error.code {
        case .damaged: (status, code) = (.damaged, "damage")
        case .unproven: (status, code) = (.damaged, "unproven")
        case .repository: (status, code) = (.failed, "repository")
        case .held: (status, code) = (.failed, "held")
        case .full: (status, code) = (.failed, "target-full")
        case .cancelled: (status, code) = (.interrupted, "stopped")
        case .target, .file: (status, code) = (.failed, "target")
        }
        self.init(status, code, error.message, component: component, state: state, next: next)
    }
}

extension CommandFailure {
    /// A failure of an import.
    init(_ error: ImportError) {
        let status: ExitStatus
        let code: String
        let next: String?
        switch error.code {
        case .file: (status, code, next) = (.failed, "file", "name a file that can be read")
        case .notAnArchive:
            (status, code, next) = (.failed, "not-an-archive", "recover help import")
        case .wrongDigest:
            (status, code, next) = (.damaged, "digest", "fetch the file again from where it came")
        case .damaged:
            (status, code, next) = (.damaged, "archive-damaged", "take an older archive")
        case .unsafe:
            (status, code, next) = (
                .failed, "archive-unsafe", "pack the files anew, by relative paths"
            )
        case .noRoom:
            (status, code, next) = (
                .failed, "no-room", "make room at the state folder, or set state:"
            )
        case .layout:
            (status, code, next) = (
                .failed, "layout", "run it with --strip N, or name another component"
            )
        }
        self.init(
            status,
            code,
            error.message,
            state: "nothing was imported, nothing was changed",
            next: next
        )
    }
}

/// Runs a step of an import, its failure becoming the command's.
func importing<Result: ~Copyable>(
    _ body: () throws(ImportError) -> Result
) throws(CommandFailure) -> Result {
    do throws(ImportError) {
        return try body()
    } catch {
        throw CommandFailure(error)
    }
}
