/// One container of a project as the engine reports it; no value of its environment but flags.
public struct Container: Codable, Sendable, Equatable {
    /// The engine's id of it.
    public let id: String
    /// Its name, without a slash.
    public let name: String
    /// The service that it belongs to.
    public let service: String
    /// The image by the name it was started with.
    public internal(set) var imageName: String
    /// The image itself, such as `sha256:…`.
    public let imageID: String
    /// `running`, `exited`, `paused`, `restarting`, `created` or `dead`.
    public let state: String
    /// `healthy`, `unhealthy` or `starting`; nil where nothing looks at its health.
    public let health: String?
    /// What its program ended with; counts only where it has ended.
    public let exitCode: Int
    /// Whether the kernel ended it because memory ran out; nil where an older record does not say.
    public let isOutOfMemory: Bool?
    /// How often the engine has started it again.
    public let restartCount: Int
    /// When the engine starts it again, such as `unless-stopped`.
    public let restartPolicy: String
    /// When it was started last; RFC 3339.
    public let startedAt: String
    /// The names of its variables.
    public let environmentKeys: [String]
    /// Its `FEATURE_…` variables.
    public let features: [String: String]

    enum CodingKeys: String, CodingKey {
        case id, name, service, state, health, features
        case imageName = "image"
        case imageID = "image_id"
        case exitCode = "exit_code"
        case isOutOfMemory = "out_of_memory"
        case restartCount = "restart_count"
        case restartPolicy = "restart_policy"
        case startedAt = "started_at"
        case environmentKeys = "environment_keys"
    }

    /// Whether it died by itself, as far as its last code tells: nobody asked it to end.
    public var hasFailed: Bool {
        switch state {
        case "dead": true
        // Ended by the same signal that a person sends.
        case "exited" where isOutOfMemory == true: true
        // Done, or ended by one of the signals that a person or the engine sends.
        case "exited": ![0, 130, 137, 143].contains(exitCode)
        // It could not even be started.
        case "created": exitCode != 0
        default: false
        }
    }

    /// Whether it is at work, paused or not.
    public var isUp: Bool { state == "running" || state == "paused" || state == "restarting" }
}
