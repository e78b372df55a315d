/// All that a recovery will do, decided before anything is touched: `--dry-run` prints it, the run
/// executes it, and a run that was killed is understood by it.
public struct RecoveryPlan: Codable, Sendable, Equatable {
    /// A component that comes back.
    public struct Part: Codable, Sendable, Equatable {
        /// The component's name.
        public var name: String
        /// Where it goes: a path or an address.
        public var place: String
        /// What becomes of it, a line for each thing.
        public var steps: [String]
        /// What was written since and goes.
        public var loses: [String] = []

        /// Describes one.
        ///
        /// - Parameters:
        ///   - name: The component's name.
        ///   - place: Where it goes.
        ///   - steps: What becomes of it.
        public init(name: String, place: String, steps: [String]) {
            self.name = name
            self.place = place
            self.steps = steps
        }
    }

    /// The image that a service is to run.
    public struct Image: Codable, Sendable, Equatable {
        /// The service.
        public var service: String
        /// The image by name and tag.
        public var name: String
        /// The image itself.
        public var id: String
        /// What the service runs now; nil where it does not run.
        public var runningID: String?

        /// Names one.
        ///
        /// - Parameters:
        ///   - service: The service.
        ///   - name: The image by name and tag.
        ///   - id: The image itself.
        ///   - runningID: What the service runs now.
        public init(service: String, name: String, id: String, runningID: String?) {
            self.service = service
            self.name = name
            self.id = id
            self.runningID = runningID
        }
    }

    /// A key of the env file that gets another value.
    public struct TagChange: Codable, Sendable, Equatable {
        /// The env file.
        public var path: String
        /// The key that holds the TAG.
        public var key: String
        /// What it says now; nil where it is empty.
        public var from: String?
        /// What it will say.
        public var to: String

        /// Describes one.
        ///
        /// - Parameters:
        ///   - path: The env file.
        ///   - key: The key that holds the TAG.
        ///   - from: What it says now.
        ///   - to: What it will say.
        public init(path: String, key: String, from: String?, to: String) {
            self.path = path
            self.key = key
            self.from = from
            self.to = to
        }
    }

    /// Names the run.
    public var operation: String
    /// The command.
    public var verb: String
    /// The stack.
    public var stack: String
    /// The snapshot that data comes from; nil where only images change.
    public var snapshot: String?
    /// The TAG that will run.
    public var tag: String?
    /// The TAG that runs.
    public var tagBefore: String?
    /// The components that come back.
    public var parts: [Part] = []
    /// The images of the services that will run.
    public var images: [Image] = []
    /// How compose comes to know of the TAG; nil where its env file says it already.
    public var tagChange: TagChange?
    /// Services whose tags stand in a compose file as they are: an override names their images.
    public var overridden: [String] = []
    /// Services that stop.
    public var stops: [String] = []
    /// Services that run now.
    public var running: [String] = []
    /// Services that are brought up.
    public var starts: [String] = []
    /// Flags of the env file that get the values they had, by key.
    public var flags: [String: String] = [:]
    /// The revisions that schemas must have, by database: those of the wanted TAG.
    ///
    /// Empty where data comes back, or somebody chose to keep it.
    public var schemas: [String: String] = [:]
    /// What is asked before it counts as healthy.
    public var checks: [String] = []
    /// What a person should know before saying yes.
    public var notes: [String] = []
    /// How old and how much it is, and how long it may take; nil in plans of earlier versions.
    public var outlook: [String]?

    /// Begins one.
    ///
    /// - Parameters:
    ///   - operation: Names the run.
    ///   - verb: The command.
    ///   - stack: The stack.
    public init(operation: String, verb: String, stack: String) {
        self.operation = operation
        self.verb = verb
        self.stack = stack
    }

    /// For people, in the order in which it will happen.
    public var lines: [String] {
        var lines: [String] = []
        if let snapshot { lines.append("take data from snapshot \(snapshot)") }
        lines.append("take a safety snapshot of what is there now")
        for part in parts { lines += part.steps.map { "\(part.name): \($0)" } }
        for part in parts { lines += part.loses.map { "\(part.name): loses \($0)" } }
        if !stops.isEmpty { lines.append("stop \(stops.joined(separator: ", "))") }
        if let change = tagChange {
            let old = change.from ?? "nothing"
            lines.append("set \(change.key) in \(change.path) from \(old) to \(change.to)")
        }
        if !overridden.isEmpty {
            let names = overridden.joined(separator: ", ")
            lines.append("name the images of \(names) in an override; the compose file stays")
        }
        for (key, value) in flags.sorted(by: { $0.key < $1.key }) {
            lines.append("set \(key) to \(value)")
        }
        for image in images where image.runningID != image.id {
            lines.append("run \(image.service) from \(image.name), \(image.id.prefix(19))")
        }
        if !starts.isEmpty { lines.append("start \(starts.joined(separator: ", "))") }
        lines += checks.map { "ask \($0)" }
        return lines + (outlook ?? []) + notes
    }
}
