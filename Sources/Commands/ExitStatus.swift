internal import Arguments

/// How a run of the program ends.
///
/// A code never changes its meaning.
enum ExitStatus: Int32, CaseIterable, Sendable {
    case done = 0
    case failed = 1
    case incomplete = 3
    case repositoryMissing = 10
    case locked = 11
    case wrongKey = 12
    case repositoryFull = 13
    case damaged = 20
    case reverted = 21
    case notReverted = 22
    case preflightFailed = 23
    case unfinished = 24
    case notFound = 25
    case unconfirmed = 26
    case stale = 27
    case incompatible = 28
    case usage = 64
    case skipped = 75
    case configuration = 78
    case interrupted = 130
    case terminated = 143

    /// What the code says, for `recover help exit-codes` and the man page.
    var meaning: String {
        switch self {
        case .done: "done"
        case .failed: "failed; live state unchanged or cleanly put back"
        case .incomplete: "snapshot incomplete, or warnings under --strict"
        case .repositoryMissing: "repository missing"
        case .locked: "lock held after waiting"
        case .wrongKey: "wrong key"
        case .repositoryFull: "repository full; nothing published, nothing lost"
        case .damaged: "damage found"
        case .reverted: "gate failed, reverted, old state healthy"
        case .notReverted: "gate failed and not reverted: a person is needed now"
        case .preflightFailed: "preflight failed, nothing touched"
        case .unfinished: "an earlier operation is unfinished"
        case .notFound: "not found: tag, snapshot, model or component"
        case .unconfirmed: "confirmation needed"
        case .stale: "stale, overdue or policy not met"
        case .incompatible: "incompatible: schema, version or image missing"
        case .usage: "the command line is wrong"
        case .skipped: "skipped for now: another run is at work, or a hook said so"
        case .configuration: "the configuration is invalid"
        case .interrupted: "stopped by SIGINT or SIGHUP after a safe stop"
        case .terminated: "stopped by SIGTERM after a safe stop"
        }
    }

    /// For the description of the program.
    static var table: [ExitCode] {
        allCases.map { ExitCode($0.rawValue, $0.meaning) }
    }
}
