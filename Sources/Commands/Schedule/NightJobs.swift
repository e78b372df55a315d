internal import Arguments
internal import Files
internal import Scheduling

/// What the configuration lets run by the clock, and as which command.
enum NightJobs {
    /// Every hour: starts what was missed, and tells who wants to know when a stack is overdue.
    static let watch = "watch"

    /// The arguments of the command that a job is; how thorough a verification is, the night says.
    static func arguments(_ job: String) -> [String]? {
        switch job {
        case "backup": ["backup", "--reason", "nightly"]
        case "prune": ["prune", "--yes"]
        case "drill": ["drill"]
        default: nil
        }
    }

    /// The jobs in the order in which a night has them.
    static func all(_ configuration: Configuration) -> [ScheduledJob] {
        let helps = [
            ("backup", "takes a snapshot"), ("prune", "removes old snapshots"),
            ("verify", "proves stored bytes"), ("drill", "practises a restore"),
        ]
        var jobs: [ScheduledJob] = []
        for (name, help) in helps where isKnown(name) {
            guard let time = configuration.schedule.times[name] else { continue }
            jobs.append(
                ScheduledJob(name: name, time: time, help: help, restoresFiles: name == "drill")
            )
        }
        jobs.append(
            ScheduledJob(
                name: watch,
                time: nil,
                help: "starts what was missed and tells of what is overdue",
                restoresFiles: true
            )
        )
        return jobs
    }

    /// Whether this version has the command.
    static func isKnown(_ job: String) -> Bool {
        RecoverProgram.verbs.contains { $0.description.name == job }
    }

    /// What services must be able to write to: all else may be read-only.
    static func writablePaths(_ configuration: Configuration, state: Path) -> [String] {
        var paths = [configuration.repository, state.description]
        if let archives = configuration.archives { paths.append(archives.folder) }
        if let metrics = configuration.metrics { paths.append(Path(metrics).parent.description) }
        paths.append(Path(configuration.release.log).parent.description)
        for component in configuration.components {
            switch component.kind {
            // Whoever reads a database in WAL mode writes beside it.
            case .path(let options) where !Glob.isPattern(options.path):
                let path = Path(options.path)
                let isFolder = (try? FileStatus(of: path, following: true).kind) == .folder
                paths.append((isFolder ? path : path.parent).description)
            case .versions(let options): paths.append(options.path)
            default: break
            }
        }
        var seen: Set<String> = []
        return paths.filter { $0 != "/" && seen.insert($0).inserted }
    }
}
