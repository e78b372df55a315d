internal import Databases
internal import Deployments
internal import Files
internal import Glibc

/// Where things lie and who may touch them: disks, file systems, modes, what no component holds.
struct AuditPlaces {
    private let loaded: LoadedConfiguration
    private let context: Context
    private let state: StateFolder
    private var configuration: Configuration { loaded.value }

    init(_ loaded: LoadedConfiguration, _ context: Context, _ state: StateFolder) {
        self.loaded = loaded
        self.context = context
        self.state = state
    }

    var findings: [AuditFinding] { disks + fileSystems + modes + uncovered }

    /// The components with a place on this machine.
    private var places: [(name: String, path: String)] {
        configuration.components.compactMap { component in
            switch component.kind {
            case .path(let options): (component.name, options.path)
            case .versions(let options): (component.name, options.path)
            case .qdrant, .volume, .postgres: nil
            }
        }
    }

    /// One disk that breaks must not take data and snapshots with it.
    private var disks: [AuditFinding] {
        let names = RepositoryPlace(Path(configuration.repository)).neighbours(among: places)
        var found: [AuditFinding] = []
        if !names.isEmpty {
            found.append(
                AuditFinding(
                    .risk,
                    "same-disk",
                    "the repository lies on the file system of \(names.joined(separator: ", ")): "
                        + "what breaks one breaks both",
                    next: "move the repository to another disk, or archives: {dir: …} there"
                )
            )
        }
        if let archives = configuration.archives {
            let beside = RepositoryPlace(Path(archives.folder)).neighbours(
                among: [("repository", configuration.repository)]
            )
            if !beside.isEmpty {
                found.append(
                    AuditFinding(
                        .note,
                        "archives-same-disk",
                        "the archives lie on the file system of the repository"
                    )
                )
            }
        }
        return found
    }

    private var fileSystems: [AuditFinding] {
        let fixed: [(String, String?, String)] = [
            ("the repository", nil, configuration.repository),
            ("the state folder", nil, state.path.description),
        ]
        let own: [(String, String?, String)] = places.map {
            ($0.name, $0.name, Self.root($0.path))
        }
        return (fixed + own).compactMap { what, component, path -> AuditFinding? in
            guard let weakness = WeakFileSystem(at: Path(path)) else { return nil }
            return AuditFinding(
                .risk,
                "weak-file-system",
                "\(what) lies on \(weakness.name) (\(path)): \(weakness.why)",
                component: component,
                next: "keep it on a file system of this machine, such as ext4, xfs or btrfs"
            )
        }
    }

    /// A path without its pattern.
    private static func root(_ path: String) -> String {
        let fixed = path.split(separator: "/").prefix { !Glob.isPattern(String($0)) }
        return "/" + fixed.joined(separator: "/")
    }

    private var modes: [AuditFinding] {
        var found: [AuditFinding] = []
        for (what, path) in [
            ("the repository", configuration.repository),
            ("the state folder", state.path.description),
        ] {
            guard let status = try? FileStatus(of: Path(path), following: true),
                status.mode & 0o077 != 0
            else { continue }
            found.append(
                AuditFinding(
                    .risk,
                    "permissions",
                    "others may look into \(what) (\(path), mode "
                        + "\(String(status.mode & 0o777, radix: 8))): it holds all data of the stack",
                    next: "chmod 700 \(path)"
                )
            )
        }
        for path in secretFiles {
            guard let status = try? FileStatus(of: Path(path), following: true),
                status.mode & 0o044 != 0
            else { continue }
            found.append(
                AuditFinding(
                    .risk,
                    "permissions",
                    "others can read \(path), which holds secrets",
                    next: "chmod 600 \(path)"
                )
            )
        }
        return found
    }

    /// Files that the configuration takes secrets from.
    private var secretFiles: [String] {
        let notifications = configuration.notifications
        var references = [notifications.teams, notifications.slack, notifications.webhook]
        references += notifications.pings.values.map(Optional.some)
        for component in configuration.components {
            if case .qdrant(let options) = component.kind { references.append(options.apiKey) }
        }
        var files = references.compactMap { reference -> String? in
            guard case .file(let path)? = reference else { return nil }
            return path
        }
        if let file = configuration.compose?.envFile { files.append(file) }
        return Array(Set(files)).sorted()
    }

    /// Data of the stack that is in no component.
    private var uncovered: [AuditFinding] {
        let environment = context.environment
        let detection = StackDetection(
            in: loaded.path.parent,
            composeFiles: (configuration.compose?.files ?? []).map { Path($0) },
            variables: environment,
            sources: .init(
                runningProjects: { RunningProject.all(environment) },
                qdrantAnswer: QdrantProbe.answer
            )
        )
        let known: Set = [
            "uncovered", "uncovered-database", "uncovered-volume", "missing-mount",
            "other-database",
        ]
        var found = detection.uncovered(by: configuration).filter { known.contains($0.code) }.map {
            AuditFinding(.risk, $0.code, $0.message, next: "recover init shows it; add a component")
        }
        // Of volumes it is known by now.
        let volumes = detection.volumes.map { "volume \($0.name), " }
        for line in loaded.unprotected where !volumes.contains(where: line.hasPrefix) {
            found.append(AuditFinding(.risk, "unprotected", "not protected: \(line)"))
        }
        for component in configuration.components
        where !BackupPlan.captures(component, configuration) {
            found.append(
                AuditFinding(
                    .risk,
                    "unsupported",
                    "this version cannot capture its kind",
                    component: component.name
                )
            )
        }
        return found
    }
}

/// A file system on which locks, links, names or durability are not what they seem.
struct WeakFileSystem {
    /// What people call it.
    let name: String
    /// What is weak about it.
    let why: String

    /// Asks the kernel.
    ///
    /// - Parameter path: Nil comes of a sound one, and where there is none.
    init?(at path: Path) {
        var place = path
        while (try? FileStatus(of: place, following: true)) == nil, place != Path("/") {
            place = place.parent
        }
        let isFolder = (try? FileStatus(of: place, following: true).kind) == .folder
        guard let folder = try? Directory(isFolder ? place : place.parent) else { return nil }
        let magic = UInt32(truncatingIfNeeded: folder.fileSystemMagic)
        if let known = Self.known[magic] {
            self = known
        } else if isNetworkFileSystem(place.bytes) {
            self.init(
                "a network or shared file system",
                "its locks and its cache are not those of this machine, so that a database in WAL "
                    + "mode may break, and a rename may be seen late"
            )
        } else {
            return nil
        }
    }

    private init(_ name: String, _ why: String) {
        self.name = name
        self.why = why
    }

    private static let noLinks = "it has no symbolic links, no modes and no owners"

    /// The kernel's numbers, from statfs(2).
    private static let known: [UInt32: WeakFileSystem] = [
        0x0102_1997: .init("9p, the drives of Windows under WSL 2", "locks and renames differ"),
        0x0000_4D44: .init("FAT", noLinks),
        0x2011_BAB0: .init("exFAT", noLinks),
        0x5346_544E: .init("NTFS", noLinks),
        0x7366_746E: .init("NTFS", noLinks),
        0x0102_1994: .init("tmpfs", "it lies in memory and is gone with the next start"),
        0x8584_58F6: .init("ramfs", "it lies in memory and is gone with the next start"),
    ]
}
