internal import Arguments
internal import Files
internal import Glibc
internal import Processes
internal import Scheduling

/// Puts the schedule of a stack on this machine, and takes it away again.
struct ScheduleInstaller {
    enum Kind: String, Sendable, CaseIterable {
        case systemd
        case cron
    }

    /// A file of ours that is there.
    struct Installed {
        let kind: Kind
        let path: Path
        let text: String
    }

    private let loaded: LoadedConfiguration
    private let context: Context
    /// Before every path; empty for this machine.
    private let root: String
    private let setting: ScheduleSetting
    private let jobs: [ScheduledJob]

    init(_ loaded: LoadedConfiguration, _ context: Context) throws(CommandFailure) {
        self.loaded = loaded
        self.context = context
        let named = context.invocation.string("root").map { Path($0).absolute.description }
        root = named == "/" ? "" : named ?? ""
        let configuration = loaded.value
        jobs = NightJobs.all(configuration)
        let state = try StateFolder(configuration, environment: context.environment)
        setting = ScheduleSetting(
            stack: configuration.stack,
            program: Self.program,
            configuration: loaded.path.description,
            jitterSeconds: Int(configuration.schedule.jitter.components.seconds),
            user: "root",
            writablePaths: NightJobs.writablePaths(configuration, state: state.path),
            hasHooks: !configuration.hooks.beforeBackup.isEmpty
                || !configuration.hooks.afterBackup.isEmpty
        )
    }

    /// This program by its whole path.
    private static var program: String {
        let link = Path("/proc/self")
        guard let target = try? Directory(link).linkTarget(Path("exe")) else { return "recover" }
        return target.description
    }

    /// What is asked for, else what this machine runs.
    var kind: Kind {
        if context.invocation.flag("cron") { return .cron }
        if context.invocation.flag("systemd") { return .systemd }
        return (try? Directory(Path("/run/systemd/system"))) != nil ? .systemd : .cron
    }

    /// The files that belong there now.
    func files(_ kind: Kind) -> [ScheduleFile] {
        switch kind {
        case .cron: [CronTable(setting, jobs).file(below: root)]
        case .systemd: SystemdUnits(setting, jobs).files(below: root)
        }
    }

    /// All files of ours that are there, whatever wrote them.
    var installed: [Installed] {
        let prefix = SystemdUnits.prefix(setting.stack)
        let cron = Path(CronTable(setting, jobs).file(below: root).path)
        var found: [Installed] = []
        let folder = Path("\(root)/etc/systemd/system")
        for name in (try? Directory(folder).names()) ?? []
        where name.description.hasPrefix(prefix) {
            if let text = own(folder.appending(name)) {
                found.append(Installed(kind: .systemd, path: folder.appending(name), text: text))
            }
        }
        if let text = own(cron) {
            found.append(Installed(kind: .cron, path: cron, text: text))
        }
        return found
    }

    /// The content of a file that begins with our mark; nil for others.
    private func own(_ path: Path) -> String? {
        guard let bytes = try? OpenFile(path, .read).readAll(limitBytes: 1 << 20) else {
            return nil
        }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.hasPrefix(setting.mark + "\n") ? text : nil
    }

    /// Writes the files of a kind and removes all others of ours: nothing runs twice.
    ///
    /// - Returns: What could not be done besides.
    func install(_ kind: Kind) throws(CommandFailure) -> [Report.Warning] {
        try checkRights()
        let files = files(kind)
        for file in files where own(Path(file.path)) == nil {
            guard (try? FileStatus(of: Path(file.path))) == nil else {
                throw CommandFailure(
                    .failed,
                    "foreign-file",
                    "\(file.path) is there and was not written by recover for \(setting.stack)",
                    next: "look at it, then move it away"
                )
            }
        }
        let wanted = Set(files.map(\.path))
        var warnings = try remove { !wanted.contains($0.path.description) }
        do throws(FileError) {
            for file in files {
                let path = Path(file.path)
                try Self.makeFolders(path.parent)
                let folder = try Directory(path.parent)
                try folder.writeNote(path.lastComponent, Array(file.text.utf8))
                try folder.open(path.lastComponent, .read).setMode(0o644)
            }
        } catch {
            throw CommandFailure(error, doing: "install the schedule")
        }
        noteStart()
        if kind == .systemd, root.isEmpty {
            let timers = SystemdUnits(setting, jobs).timers
            warnings += systemctl(["daemon-reload"])
            warnings += systemctl(["enable", "--now"] + timers)
        }
        return warnings + secretWarnings
    }

    /// Removes what is ours.
    ///
    /// - Parameter isWanted: Which of the files.
    /// - Returns: What could not be done besides.
    /// - Throws: ``CommandFailure``.
    func remove(
        where isWanted: (Installed) -> Bool = { _ in true }
    ) throws(CommandFailure) -> [Report.Warning] {
        let found = installed.filter(isWanted)
        guard !found.isEmpty else { return [] }
        try checkRights()
        var warnings: [Report.Warning] = []
        let timers = found.map(\.path.lastComponent.description).filter { $0.hasSuffix(".timer") }
        if root.isEmpty, !timers.isEmpty {
            warnings += systemctl(["disable", "--now"] + timers)
            // When they ran last: a timer of the same name would take it for its own.
            _ = systemctl(["clean", "--what=state"] + timers)
        }
        do throws(FileError) {
            for file in found {
                let folder = try Directory(file.path.parent)
                try folder.remove(file.path.lastComponent)
                try folder.sync()
            }
        } catch {
            throw CommandFailure(error, doing: "remove the schedule")
        }
        if root.isEmpty, !timers.isEmpty { warnings += systemctl(["daemon-reload"]) }
        return warnings
    }

    /// Nothing of the time before is missed.
    private func noteStart() {
        guard let state = try? StateFolder(loaded.value, environment: context.environment) else {
            return
        }
        ScheduleStart(state).note()
    }

    private func checkRights() throws(CommandFailure) {
        guard root.isEmpty, geteuid() != 0 else { return }
        throw CommandFailure(
            .failed,
            "not-root",
            "only root may change the schedule of this machine",
            next: "sudo recover schedule install, or --root DIR to look at the files"
        )
    }

    private static func makeFolders(_ folder: Path) throws(FileError) {
        do throws(FileError) {
            _ = try Directory(folder)
        } catch {
            guard error.code == .notFound else { throw error }
            try makeFolders(folder.parent)
            try Directory(folder.parent).makeFolder(folder.lastComponent, mode: 0o755)
        }
    }

    private func systemctl(_ arguments: [String]) -> [Report.Warning] {
        var command = Processes.Command(
            ["systemctl", "--no-ask-password"] + arguments,
            environment: Environment(context.environment)
        )
        command.deadlineSeconds = 60
        do throws(ProcessError) {
            let result = try command.run()
            if result.succeeded { return [] }
            let text = result.errors.text.split(separator: "\n").suffix(2).joined(separator: "; ")
            return [.init(code: "systemctl", message: "systemctl \(arguments[0]): \(text)")]
        } catch {
            return [.init(code: "systemctl", message: "systemctl \(arguments[0]): \(error)")]
        }
    }

    /// A variable of this shell is none of cron's or systemd's.
    private var secretWarnings: [Report.Warning] {
        loaded.value.environmentSecrets.map { name in
            .init(
                code: "secret-environment",
                message: "what the clock starts does not know the variable \(name): "
                    + "name a file instead, \"file:PATH\""
            )
        }
    }
}

/// When the schedule was installed: what was due before was not missed.
struct ScheduleStart {
    private static let name = Path("schedule-start")
    private let state: Path

    init(_ state: StateFolder) {
        self.state = state.path
    }

    func note() {
        let text = Moment.now.rfc3339
        try? Directory(state).writeNote(Self.name, Array(text.utf8))
    }

    /// Nil where nobody installed one.
    var moment: Moment? {
        guard let bytes = try? Directory(state).readNote(Self.name) else { return nil }
        return Moment(rfc3339: String(decoding: bytes, as: UTF8.self))
    }
}

extension Configuration {
    /// The variables that hold secrets, by name.
    fileprivate var environmentSecrets: [String] {
        var references = [notifications.teams, notifications.slack, notifications.webhook]
        references += notifications.pings.values.map(Optional.some)
        for component in components {
            if case .qdrant(let options) = component.kind { references.append(options.apiKey) }
        }
        let names = references.compactMap { reference -> String? in
            guard case .environment(let name)? = reference else { return nil }
            return name
        }
        return Array(Set(names)).sorted()
    }
}
