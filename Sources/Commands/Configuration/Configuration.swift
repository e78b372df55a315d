internal import Documents

/// One stack as its `recover.yaml` describes it, defaults applied and paths absolute.
struct Configuration: Sendable {
    let stack: String
    let repository: String
    /// Nil leaves the choice of the folder to the host.
    let state: String?
    let compose: Compose?
    let start: [String]
    let stop: [String]
    /// In the order of the file.
    let components: [Component]
    let exclude: [String]
    let secrets: SecretHandling
    let archives: Archives?
    /// Services paused around the instant of capture.
    let pausedServices: [String]
    /// Services that stop while data is replaced; nil means those that mount a replaced path.
    let quiescedServices: [String]?
    let images: Images
    let health: [HTTPCheck]
    let smoke: [HTTPCheck]
    let gate: Gate
    /// How long replaced data is kept.
    let hold: Duration
    let preflight: Preflight
    let release: Release
    let retention: Retention
    let verification: Verification
    let schedule: Schedule
    let notifications: Notifications
    let metrics: String?
    let hooks: Hooks
    /// Codes of audit findings that somebody has accepted.
    let acceptedRisks: [String]
    /// The same as a tree, with the origin of every value.
    let settings: Setting

    /// Reads a configuration; looks at nothing but its arguments.
    ///
    /// - Parameters:
    ///   - bytes: The file's content.
    ///   - fileName: What messages call the file.
    ///   - folder: The absolute path of the file's folder.
    ///   - overrides: Values from outside the file; of two for one key the later counts.
    /// - Returns: The configuration, whole and consistent.
    /// - Throws: ``ConfigurationError`` with every problem that was found.
    static func parse(
        bytes: [UInt8],
        fileName: String,
        folder: String,
        overrides: [ConfigurationOverride] = []
    ) throws(ConfigurationError) -> Configuration {
        let root: YAMLNode
        do throws(DocumentError) {
            root = try YAMLNode(parsing: bytes, name: fileName)
        } catch {
            throw ConfigurationError(error, fileName: fileName)
        }
        var decoder = SettingDecoder(fileName: fileName, folder: folder, overrides: overrides)
        let settings = decoder.decode(root, as: ConfigurationSchema.root)
        if let settings { decoder.check(settings) }
        guard decoder.problems.isEmpty, let settings else {
            throw ConfigurationError(problems: decoder.problems)
        }
        return Configuration(settings)
    }

    private init(_ settings: Setting) {
        stack = settings["stack"].string
        repository = settings["repository"].string
        state = settings.find("state")?.string
        compose = settings.find("compose").map(Compose.init)
        start = settings["start"].strings
        stop = settings["stop"].strings
        components = settings["components"].entries.map { field in
            Component(field.setting, name: field.name)
        }
        exclude = settings["exclude"].strings
        secrets = settings["secrets"].choice()
        archives = settings.find("archives").map(Archives.init)
        pausedServices = settings["backup"]["pause"].strings
        quiescedServices = settings.find("quiesce")?.strings
        images = Images(settings["images"])
        health = settings["health"].entries.map { HTTPCheck($0.setting, name: $0.name) }
        smoke = settings["smoke"].list.map { HTTPCheck($0, name: nil) }
        gate = Gate(settings["gate"])
        hold = settings["hold"].duration
        preflight = Preflight(settings["preflight"])
        release = Release(settings["release"])
        retention = Retention(settings["retention"])
        verification = Verification(settings["verify"])
        schedule = Schedule(settings["schedule"])
        notifications = Notifications(settings["notify"])
        metrics = settings.find("metrics")?.string
        hooks = Hooks(settings["hooks"])
        acceptedRisks = settings["audit"]["accept"].strings
        self.settings = settings
    }
}
