/// The table for cron of one stack, where systemd does not run.
///
/// Each job has its line; one more runs every hour and starts what was missed while the machine
/// was off or asleep. Silent on success: cron mails what is printed.
public struct CronTable: Sendable {
    private let setting: ScheduleSetting
    private let jobs: [ScheduledJob]

    /// Prepares the table.
    ///
    /// - Parameters:
    ///   - setting: What is common.
    ///   - jobs: What runs when.
    public init(_ setting: ScheduleSetting, _ jobs: [ScheduledJob]) {
        self.setting = setting
        self.jobs = jobs
    }

    /// The file.
    ///
    /// - Parameter root: Before every path; empty for this machine.
    /// - Returns: The file.
    public func file(below root: String) -> ScheduleFile {
        // Names with a dot are passed over by cron.
        let name = String(setting.stack.map { $0 == "." ? "-" : $0 })
        return ScheduleFile(path: "\(root)/etc/cron.d/recover-\(name)", text: text)
    }

    private var text: String {
        let call = [setting.program, "-q", "-c", setting.configuration, "schedule", "run"]
            .map(Self.quoted).joined(separator: " ")
        var lines = [setting.mark, ScheduleSetting.warning]
        lines += [
            "SHELL=/bin/sh",
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ]
        for job in jobs {
            lines.append("# \(job.help)")
            // A minute of its own for each stack: not all at once.
            let when = job.time?.cronFields ?? "\(Jitter.share(setting.stack, of: 60)) * * * *"
            let jitter = job.time == nil || setting.jitterSeconds == 0 ? "" : " --jitter"
            lines.append("\(when) \(setting.user) \(call) \(job.name)\(jitter)")
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// A word for `sh` in a line for cron, which takes `%` for a line feed.
    private static func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                || (0x61...0x7A).contains(byte) || "/._-".utf8.contains(byte)
        }
        if isPlain { return word }
        let inner = word.map { letter in
            switch letter {
            case "'": "'\\''"
            case "%": "\\%"
            default: String(letter)
            }
        }.joined()
        return "'\(inner)'"
    }
}

/// The same shift for one stack on one machine every time, and another for others.
public enum Jitter {
    /// A share of a span.
    ///
    /// - Parameters:
    ///   - name: Whose share.
    ///   - span: How many there are.
    /// - Returns: 0 to `span - 1`; 0 for no span.
    public static func share(_ name: String, of span: Int) -> Int {
        guard span > 0 else { return 0 }
        // FNV-1a: the same in every run, unlike Swift's own hashes.
        let hash = name.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
        return Int(hash % UInt64(span))
    }
}
