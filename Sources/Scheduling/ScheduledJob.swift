/// One thing that runs by the clock.
public struct ScheduledJob: Sendable, Hashable {
    /// Its name, such as `backup`.
    public let name: String
    /// When; nil for what runs every hour.
    public let time: ScheduleTime?
    /// For people.
    public let help: String
    /// Whether it may make files of any mode: a drill restores what the stack has.
    public let restoresFiles: Bool

    /// States a job.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - time: When; nil for what runs every hour.
    ///   - help: For people.
    ///   - restoresFiles: Whether it may make files of any mode.
    public init(name: String, time: ScheduleTime?, help: String, restoresFiles: Bool = false) {
        self.name = name
        self.time = time
        self.help = help
        self.restoresFiles = restoresFiles
    }
}

/// What all generated files of a stack have in common.
public struct ScheduleSetting: Sendable {
    /// The stack.
    public var stack: String
    /// The program, by its whole path.
    public var program: String
    /// The configuration, by its whole path.
    public var configuration: String
    /// How far starts may shift.
    public var jitterSeconds: Int
    /// The account that cron runs it as.
    public var user: String
    /// What must be written to, by whole paths.
    public var writablePaths: [String]
    /// Whether commands of the user run beside it, of which nobody knows what they need.
    public var hasHooks: Bool

    /// States the settings.
    ///
    /// - Parameters:
    ///   - stack: The stack.
    ///   - program: The program, by its whole path.
    ///   - configuration: The configuration, by its whole path.
    ///   - jitterSeconds: How far starts may shift.
    ///   - user: The account that cron runs it as.
    ///   - writablePaths: What must be written to.
    ///   - hasHooks: Whether commands of the user run beside it.
    public init(
        stack: String,
        program: String,
        configuration: String,
        jitterSeconds: Int,
        user: String,
        writablePaths: [String],
        hasHooks: Bool
    ) {
        self.stack = stack
        self.program = program
        self.configuration = configuration
        self.jitterSeconds = jitterSeconds
        self.user = user
        self.writablePaths = writablePaths
        self.hasHooks = hasHooks
    }

    /// The first line of every file that we write, and by which we know it again.
    public var mark: String { "# Written by recover for the stack \(stack)." }

    /// The second line.
    static let warning =
        "# Change recover.yaml and run `recover schedule install` again instead of editing this."
}

/// A generated file.
public struct ScheduleFile: Sendable, Equatable {
    /// Its whole path.
    public let path: String
    /// Its content.
    public let text: String
}
