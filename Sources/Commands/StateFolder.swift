internal import Files
internal import Glibc

/// What this machine remembers about a stack: locks, journals, room for copies.
///
/// Mode 0700.
struct StateFolder {
    let path: Path

    /// Finds the folder and makes it where it is missing.
    ///
    /// - Parameters:
    ///   - configuration: Which may name it.
    ///   - environment: For the XDG state home of an ordinary user.
    /// - Throws: ``CommandFailure``.
    init(
        _ configuration: Configuration,
        environment: [String: String]
    ) throws(CommandFailure) {
        path = Self.place(configuration, environment: environment)
        do throws(FileError) {
            try Self.make(path)
        } catch {
            throw CommandFailure(error, doing: "make the state folder")
        }
    }

    /// The folder of those who only look, whether it is there or not.
    init(of configuration: Configuration, environment: [String: String]) {
        path = Self.place(configuration, environment: environment)
    }

    /// Where the folder is, or would be.
    static func place(_ configuration: Configuration, environment: [String: String]) -> Path {
        if let state = configuration.state { return Path(state) }
        if geteuid() == 0 { return Path("/var/lib/recover").appending(configuration.stack) }
        let home =
            environment["XDG_STATE_HOME"] ?? (environment["HOME"] ?? "/tmp") + "/.local/state"
        return Path(home).appending("recover").appending(configuration.stack)
    }

    private static func make(_ path: Path) throws(FileError) {
        do throws(FileError) {
            _ = try Directory(path)
        } catch {
            guard error.code == .notFound else { throw error }
            try make(path.parent)
            let name = path.lastComponent
            do throws(FileError) {
                try Directory(path.parent).makeFolder(name)
            } catch {
                if error.code != .exists { throw error }
            }
        }
    }

    /// Takes the lock of the stack.
    ///
    /// - Parameters:
    ///   - name: The lock's name, where it is another.
    ///   - waitSeconds: How long to wait for another run.
    ///   - isResuming: Whether an operation that was killed is no obstacle.
    ///   - onWait: Called once where somebody else holds it.
    /// - Returns: The lock; it is free again when the file is closed.
    /// - Throws: ``CommandFailure``; 24 where an operation did not come to its end.
    func lock(
        named name: String = "lock",
        waitSeconds: Int,
        isResuming: Bool = false,
        onWait: () -> Void
    ) throws(CommandFailure) -> OpenFile {
        let file = try take(name, waitSeconds: waitSeconds, onWait: onWait)
        if !isResuming { try refuseUnfinished() }
        return file
    }

    private func take(
        _ name: String,
        waitSeconds: Int,
        onWait: () -> Void
    ) throws(CommandFailure) -> OpenFile {
        do throws(FileError) {
            let file = try Directory(path).open(Path(name), .lock)
            var left = waitSeconds * 10
            var hasSaid = false
            while try !file.tryLock() {
                if left <= 0 {
                    throw FileError(code: .busy, message: "another run of this stack is at work")
                }
                if !hasSaid {
                    onWait()
                    hasSaid = true
                }
                usleep(100_000)
                left -= 1
            }
            // Since when it is held; others only look.
            try? file.setModified(nanoseconds: Moment.now.nanoseconds)
            return file
        } catch {
            if error.code == .busy {
                throw CommandFailure(
                    .locked,
                    "locked",
                    error.message,
                    next: "wait for it, or raise --lock-wait"
                )
            }
            throw CommandFailure(error, doing: "lock the stack")
        }
    }

    /// A fresh private folder for copies, emptied of what dead runs left.
    ///
    /// - Returns: Its path.
    func scratch() throws(CommandFailure) -> Path {
        do throws(FileError) {
            let folder = try Directory(path)
            let name = Path("scratch")
            try Self.removeTree(folder, name)
            try folder.makeFolder(name)
            return path.appending(name)
        } catch {
            throw CommandFailure(error, doing: "make a scratch folder")
        }
    }

    /// Removes the scratch folder.
    func removeScratch() {
        if let folder = try? Directory(path) { try? Self.removeTree(folder, Path("scratch")) }
    }

    private static func removeTree(
        _ folder: borrowing Directory,
        _ name: Path
    ) throws(FileError) {
        do throws(FileError) {
            try folder.removeTree(name)
        } catch {
            if error.code != .notFound { throw error }
        }
    }
}
