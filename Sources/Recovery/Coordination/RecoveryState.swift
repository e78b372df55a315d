/// The states of a coordinated recovery, in their order; each has one verb.
public enum RecoveryState: String, Sendable, CaseIterable {
    /// The environment is looked at: images, keys, room, who holds the files.
    case preflight
    /// What is there now is captured while everything still runs.
    case safetyA = "safety-a"
    /// What comes back is made beside what is live.
    case stage
    /// What was made is proven.
    case verify
    /// The writers stop; from here on the services are down.
    case quiesce
    /// What changed since the first capture is captured: the exact way back.
    case safetyB = "safety-b"
    /// What was made takes the place of what is live.
    case swap
    /// The TAG changes.
    case tag
    /// The services come up.
    case start
    /// They are asked whether they are healthy.
    case health
    /// The stack is tried.
    case smoke
    /// It stays so.
    case commit

    /// What a journal calls the way back.
    public static let revert = "revert"

    /// Whether live data, TAG or containers may be other than before once it has begun.
    public var isChanging: Bool {
        switch self {
        case .preflight, .safetyA, .stage, .verify, .quiesce, .safetyB: false
        case .swap, .tag, .start, .health, .smoke, .commit: true
        }
    }

    /// Whether services may be stopped once it has begun.
    public var isStopping: Bool { isChanging || self == .quiesce || self == .safetyB }
}
