public import Files

/// How a stack stands: the one value behind status, metrics and notices, so that they agree.
public struct StackStanding: Sendable {
    /// One protected thing.
    public struct Component: Sendable, Equatable {
        /// Its name.
        public var name: String
        /// When a snapshot that holds all of it ended.
        public var lastSuccess: Moment?
        /// Whether the newest snapshot that tried holds all of it.
        public var isComplete: Bool
        /// The length of its files then.
        public var sizeBytes: UInt64
        /// What was counted of it: rows, points, else files.
        public var items: UInt64
        /// What `items` are, for people.
        public var unit: String

        /// States a component.
        ///
        /// - Parameters:
        ///   - name: Its name.
        ///   - lastSuccess: When a snapshot that holds all of it ended.
        ///   - isComplete: Whether the newest snapshot that tried holds all of it.
        ///   - sizeBytes: The length of its files then.
        ///   - items: What was counted of it.
        ///   - unit: What these are.
        public init(
            name: String,
            lastSuccess: Moment?,
            isComplete: Bool,
            sizeBytes: UInt64,
            items: UInt64,
            unit: String
        ) {
            self.name = name
            self.lastSuccess = lastSuccess
            self.isComplete = isComplete
            self.sizeBytes = sizeBytes
            self.items = items
            self.unit = unit
        }
    }

    /// What the repository holds; nil where nobody can read it.
    public struct Snapshots: Sendable, Equatable {
        /// How many there are.
        public var count = 0
        /// How many were verified, and are not known to be damaged.
        public var verifiedCount = 0
        /// How many are incomplete.
        public var incompleteCount = 0
        /// How many are pinned.
        public var pinnedCount = 0
        /// The newest whole snapshot of everything that is not known to be damaged: its end.
        public var newestWhole: Moment?
        /// The newest of those that were verified: its end.
        public var newestVerified: Moment?
        /// The end of the oldest of all.
        public var oldest: Moment?
        /// What the newest brought into the repository.
        public var addedBytes: UInt64 = 0
        /// Snapshots, packs and documents that are damaged, by name.
        public var damaged: [String] = []
        /// How thorough the last verification was.
        public var verifiedLevel: String?
        /// How much was proven in the time in which all should be; 0 to 1.
        public var coveredRatio: Double = 0

        /// An empty repository.
        public init() {}
    }

    /// A kind of run that is expected now and then.
    public struct Expectation: Sendable, Equatable {
        /// The verb.
        public var operation: String
        /// How far two runs are apart.
        public var intervalSeconds: Int
        /// When the next one is due; nil where nothing starts it.
        public var next: Moment?

        /// States an expectation.
        ///
        /// - Parameters:
        ///   - operation: The verb.
        ///   - intervalSeconds: How far two runs are apart.
        ///   - next: When the next one is due.
        public init(operation: String, intervalSeconds: Int, next: Moment?) {
            self.operation = operation
            self.intervalSeconds = intervalSeconds
            self.next = next
        }
    }

    /// A version of a model folder that is in use.
    public struct Model: Sendable, Equatable {
        /// The version.
        public var version: String
        /// The link's name.
        public var alias: String

        /// Names a version.
        ///
        /// - Parameters:
        ///   - version: The version.
        ///   - alias: The link's name.
        public init(version: String, alias: String) {
            self.version = version
            self.alias = alias
        }
    }

    /// The stack.
    public var stack: String
    /// When it was looked at.
    public var now: Moment
    /// How old the newest whole snapshot may become.
    public var freshnessSeconds: Int
    /// All kinds of runs there were.
    public var operations: [OperationStanding] = []
    /// All components of the configuration.
    public var components: [Component] = []
    /// What the repository holds; nil where nobody can read it.
    public var snapshots: Snapshots?
    /// Why nobody can read it.
    public var repositoryFault: String?
    /// Whether there is none at all.
    public var isRepositoryMissing = false
    /// The length of its packs.
    public var repositoryBytes: UInt64?
    /// What its file system has left.
    public var freeBytes: UInt64?
    /// Runs that did not come to their end, by name.
    public var unfinished: [String] = []
    /// Since when somebody holds the lock of the stack.
    public var lockHeldSince: Moment?
    /// What runs and is not what the compose files name, a line each; empty where nobody looked.
    public var drift: [String] = []
    /// What is expected.
    public var expectations: [Expectation] = []
    /// What is wanted to be proven, the cheapest first.
    public var proofs: [Proof] = []
    /// What a look at the stack's health found not long ago; empty where nobody looked.
    public var health: [Check] = []
    /// The versions in use.
    public var models: [Model] = []
    /// The TAG that is deployed.
    public var tag: String?

    /// Nothing is known yet.
    ///
    /// - Parameters:
    ///   - stack: The stack.
    ///   - now: When it was looked at.
    ///   - freshnessSeconds: How old the newest whole snapshot may become.
    public init(stack: String, now: Moment, freshnessSeconds: Int) {
        self.stack = stack
        self.now = now
        self.freshnessSeconds = freshnessSeconds
    }

    /// What is known of one kind of run.
    ///
    /// - Parameter name: The verb.
    /// - Returns: Nil where there was none.
    public func operation(_ name: String) -> OperationStanding? {
        operations.first { $0.operation == name }
    }

    /// How old something is.
    ///
    /// - Parameter moment: When it was.
    /// - Returns: Seconds; 0 for the future.
    public func ageSeconds(_ moment: Moment) -> Int {
        max(0, Int(now.secondsSince1970 - moment.secondsSince1970))
    }
}
