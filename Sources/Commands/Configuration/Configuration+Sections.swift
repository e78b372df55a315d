internal import Retention
internal import Scheduling

extension Configuration {
    /// What is known of the values of an env file.
    enum SecretHandling: String, Sendable, CaseIterable {
        case fingerprint
        /// Snapshots hold the file itself.
        case store
    }

    enum ArchiveFormat: String, Sendable, CaseIterable {
        case gzipTar = "tar.gz"
        case zstdTar = "tar.zst"
        case zip
    }

    enum TagFormat: String, Sendable, CaseIterable {
        /// `YYYY.MM.DD`.
        case date
        /// 7 to 40 hexadecimal digits of a git commit.
        case sha
        case any
    }

    /// The policy that decides what stays.
    enum Retention: Sendable, Hashable {
        case policy(RetentionPolicy)
        /// The absolute path of a policy file, read by whoever needs it.
        case file(String)

        init(_ setting: Setting) {
            guard let text = setting.text else {
                self = .policy(RetentionPolicyFile.checkedPolicy(setting))
                return
            }
            self = RetentionPolicyFile.compiled(text).map(Self.policy) ?? .file(text)
        }
    }

    /// How often a kind of proof is due.
    enum Cadence: Sendable, Hashable {
        case eachRun
        case every(Duration)

        init(_ setting: Setting) {
            self = setting.text == nil ? .every(setting.duration) : .eachRun
        }
    }

    struct Compose: Sendable, Hashable {
        let files: [String]
        let envFile: String?
        let envSample: String?
        let tagKey: String
        let profiles: [String]

        init(_ setting: Setting) {
            files = setting["files"].strings
            envFile = setting.find("env_file")?.string
            envSample = setting.find("env_sample")?.string
            tagKey = setting["tag_key"].string
            profiles = setting["profiles"].strings
        }
    }

    struct Archives: Sendable, Hashable {
        let folder: String
        let format: ArchiveFormat
        let components: [String]
        let keepCount: Int

        init(_ setting: Setting) {
            folder = setting["dir"].string
            format = setting["format"].choice()
            components = setting["components"].strings
            keepCount = setting["keep"].count
        }
    }

    struct Images: Sendable, Hashable {
        let keepCount: Int
        let areSaved: Bool

        init(_ setting: Setting) {
            keepCount = setting["keep"].count
            areSaved = setting["save"].flag
        }
    }

    struct Gate: Sendable, Hashable {
        let retry: Duration
        let interval: Duration
        let soak: Duration

        init(_ setting: Setting) {
            retry = setting["retry"].duration
            interval = setting["interval"].duration
            soak = setting["soak"].duration
        }
    }

    struct Preflight: Sendable, Hashable {
        let diskWarnBytes: Int
        let diskFailBytes: Int
        let gpuUsedPercentMaximum: Int

        init(_ setting: Setting) {
            diskWarnBytes = setting["disk"]["warn"].sizeBytes
            diskFailBytes = setting["disk"]["fail"].sizeBytes
            gpuUsedPercentMaximum = setting["gpu"]["max_used"].percent
        }
    }

    struct Release: Sendable, Hashable {
        let log: String
        let template: String?
        let tagFormats: [TagFormat]

        init(_ setting: Setting) {
            log = setting["log"].string
            template = setting.find("template")?.string
            tagFormats = setting["tag_formats"].list.map { $0.choice() }
        }
    }

    struct Verification: Sendable, Hashable {
        let quick: Cadence
        let full: Cadence
        let deep: Cadence
        let drill: Cadence

        init(_ setting: Setting) {
            quick = Cadence(setting["quick"])
            full = Cadence(setting["full"])
            deep = Cadence(setting["deep"])
            drill = Cadence(setting["drill"])
        }
    }

    struct Schedule: Sendable, Hashable {
        let freshness: Duration
        let jitter: Duration
        /// By the name of the job; those that never run are missing.
        let times: [String: ScheduleTime]

        init(_ setting: Setting) {
            freshness = setting["freshness"].duration
            jitter = setting["jitter"].duration
            var times: [String: ScheduleTime] = [:]
            for name in ["backup", "prune", "verify", "drill"] {
                times[name] = ScheduleTime(setting[name].string)
            }
            self.times = times
        }
    }

    struct Notifications: Sendable, Hashable {
        let teams: SecretReference?
        let slack: SecretReference?
        let webhook: SecretReference?
        /// By verb.
        let pings: [String: SecretReference]
        /// Whether people are told that all is well, too.
        let tellsSuccess: Bool

        init(_ setting: Setting) {
            teams = setting.find("teams").map(SecretReference.init)
            slack = setting.find("slack").map(SecretReference.init)
            webhook = setting.find("webhook").map(SecretReference.init)
            var pings: [String: SecretReference] = [:]
            for name in ["backup", "verify", "prune", "drill"] {
                pings[name] = setting.find("ping")?.find(name).map(SecretReference.init)
            }
            self.pings = pings
            tellsSuccess = setting["success"].flag
        }
    }

    /// Commands beside an operation, each a program with its arguments.
    struct Hooks: Sendable, Hashable {
        let beforeBackup: [[String]]
        let afterBackup: [[String]]
        let afterRestore: [[String]]

        init(_ setting: Setting) {
            beforeBackup = setting["before_backup"].list.map(\.strings)
            afterBackup = setting["after_backup"].list.map(\.strings)
            afterRestore = setting["after_restore"].list.map(\.strings)
        }
    }
}
