internal import Files
internal import Glibc

/// Where a repository goes, and what speaks against a place.
struct RepositoryPlace {
    let path: Path

    /// Takes a place, absolute.
    init(_ path: Path) {
        self.path = path
    }

    /// The place for a stack that names none: `/srv/recover` where we may write there, else
    /// beside the configuration.
    ///
    /// - Parameters:
    ///   - stack: The stack's name.
    ///   - folder: The folder of the configuration.
    ///   - environment: Of this process.
    init(for stack: String, beside folder: Path, environment: [String: String]) {
        let temporary = ["/tmp", "/var/tmp"] + (environment["TMPDIR"].map { [$0] } ?? [])
        // A stack in a temporary folder is a trial: what it leaves should go with it.
        let isTrial = temporary.contains { Path($0).normalized.contains(folder) }
        let isShared = geteuid() == 0 && (try? Directory(Path("/srv"))) != nil
        path =
            isShared && !isTrial
            ? Path("/srv/recover").appending(stack) : folder.appending("recover-repository")
    }

    /// The folder for plain copies beside it.
    var archives: Path {
        let name = path.lastComponent
        return path.parent.appending(
            name == Path("recover-repository")
                ? Path("recover-archives") : name.adding(suffix: "-archives")
        )
    }

    /// The components whose folder would hold the repository, which would then hold itself.
    ///
    /// - Parameter components: Names with paths or patterns.
    /// - Returns: Their names.
    func holders(among components: [(name: String, path: String)]) -> [String] {
        components.filter { component in
            let root = Path(component.path)
            return root.contains(path) || root.resolved.contains(path.resolved)
        }.map(\.name)
    }

    /// The components whose data lies on the file system of the repository.
    ///
    /// - Parameter components: Names with paths or patterns.
    /// - Returns: Their names.
    func neighbours(among components: [(name: String, path: String)]) -> [String] {
        guard let device = path.nearestStatus?.device else { return [] }
        return components.filter { Path($0.path).nearestStatus?.device == device }.map(\.name)
    }
}

extension Path {
    /// The status of the path or of the nearest folder above it that is there.
    fileprivate var nearestStatus: FileStatus? {
        if let status = try? FileStatus(of: self, following: true) { return status }
        return self == Path("/") || !isAbsolute ? nil : parent.nearestStatus
    }
}
