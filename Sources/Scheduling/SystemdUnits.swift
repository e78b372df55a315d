/// Services and timers of one stack for systemd.
///
/// Every service sees the whole machine read-only but for the paths of the configuration.
public struct SystemdUnits: Sendable {
    private let setting: ScheduleSetting
    private let jobs: [ScheduledJob]

    /// Prepares the units.
    ///
    /// - Parameters:
    ///   - setting: What is common.
    ///   - jobs: What runs when.
    public init(_ setting: ScheduleSetting, _ jobs: [ScheduledJob]) {
        self.setting = setting
        self.jobs = jobs
    }

    /// What every name of a unit of the stack begins with.
    ///
    /// - Parameter stack: The stack.
    /// - Returns: The beginning.
    public static func prefix(_ stack: String) -> String { "recover-\(stack)-" }

    /// The names of the timers.
    public var timers: [String] { jobs.map { "\(Self.prefix(setting.stack))\($0.name).timer" } }

    /// All files, a service and a timer for each job.
    ///
    /// - Parameter root: Before every path; empty for this machine.
    /// - Returns: The files.
    public func files(below root: String) -> [ScheduleFile] {
        jobs.flatMap { job in
            let base = "\(root)/etc/systemd/system/\(Self.prefix(setting.stack))\(job.name)"
            return [
                ScheduleFile(path: "\(base).service", text: service(job)),
                ScheduleFile(path: "\(base).timer", text: timer(job)),
            ]
        }
    }

    private func timer(_ job: ScheduledJob) -> String {
        var lines = [setting.mark, ScheduleSetting.warning, "[Unit]"]
        lines += [
            "Description=When recover runs \(job.name) of \(Self.text(setting.stack))", "",
            "[Timer]",
        ]
        if let time = job.time {
            lines.append("OnCalendar=\(time.onCalendar)")
            lines.append("Persistent=true")
        } else {
            lines.append("OnCalendar=hourly")
        }
        let jitter = job.time == nil ? 300 : setting.jitterSeconds
        if jitter > 0 {
            lines += ["RandomizedDelaySec=\(jitter)s", "FixedRandomDelay=true"]
        }
        lines += ["", "[Install]", "WantedBy=timers.target"]
        return lines.map { $0 + "\n" }.joined()
    }

    private func service(_ job: ScheduledJob) -> String {
        let call = [
            setting.program, "-q", "-c", setting.configuration, "schedule", "run", job.name,
        ]
        var lines = [setting.mark, ScheduleSetting.warning, "[Unit]"]
        lines += [
            "Description=recover: \(Self.text(job.help))", "Wants=network-online.target",
            "After=network-online.target docker.service", "",
            "[Service]", "Type=oneshot",
            "ExecStart=\(call.map(Self.quoted).joined(separator: " "))",
            // Put off is no failure.
            "SuccessExitStatus=75", "TimeoutStartSec=infinity", "TimeoutStopSec=10min",
            "KillMode=mixed", "Nice=19", "IOSchedulingClass=best-effort", "IOSchedulingPriority=7",
            "LogRateLimitIntervalSec=0", "UMask=0077",
        ]
        lines += hardening(job)
        return lines.map { $0 + "\n" }.joined()
    }

    private func hardening(_ job: ScheduledJob) -> [String] {
        var lines = ["ProtectSystem=strict", "ProtectHome=read-only"]
        for path in setting.writablePaths {
            // A path that is missing must not keep the backup of the others from running.
            lines.append("ReadWritePaths=\(Self.quoted("-" + path))")
        }
        lines += [
            "NoNewPrivileges=true", "PrivateTmp=\(usesTemporary ? "false" : "true")",
            "PrivateDevices=true", "ProtectKernelTunables=true", "ProtectKernelModules=true",
            "ProtectKernelLogs=true", "ProtectControlGroups=true", "ProtectClock=true",
            "ProtectHostname=true", "RestrictNamespaces=true", "RestrictRealtime=true",
            "LockPersonality=true", "MemoryDenyWriteExecute=true", "KeyringMode=private",
            "SystemCallArchitectures=native",
            "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
        ]
        // Commands of the user may be anything: they keep their calls and rights.
        if setting.hasHooks { return lines }
        lines += [
            "SystemCallFilter=@system-service", "SystemCallErrorNumber=EPERM",
            "CapabilityBoundingSet=CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_CHOWN CAP_FOWNER "
                + "CAP_FSETID CAP_SYS_PTRACE",
        ]
        if !job.restoresFiles { lines.append("RestrictSUIDSGID=true") }
        return lines
    }

    /// Whether something of the stack lies where a private `/tmp` would hide it.
    private var usesTemporary: Bool {
        ([setting.program, setting.configuration] + setting.writablePaths).contains {
            $0.hasPrefix("/tmp/") || $0.hasPrefix("/var/tmp/")
        }
    }

    /// Text in which systemd shall see no specifiers.
    private static func text(_ text: String) -> String {
        text.map { $0 == "%" ? "%%" : String($0) }.joined()
    }

    /// One word of a setting: quoted, without specifiers and variables.
    private static func quoted(_ word: String) -> String {
        let inner = word.map { letter in
            switch letter {
            case "\\": "\\\\"
            case "\"": "\\\""
            case "%": "%%"
            case "$": "$$"
            case "\n": "\\n"
            default: String(letter)
            }
        }.joined()
        let needsQuotes = inner.contains { " \t\"'\\;".contains($0) }
        return needsQuotes ? "\"\(inner)\"" : inner
    }
}
