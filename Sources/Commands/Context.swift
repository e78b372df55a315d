internal import Arguments
internal import Deduplication
internal import Files
internal import Glibc
internal import Monitoring
internal import Operations
internal import Storage
internal import Threads

/// What belongs to one run of the program: the command line, the output, the configuration.
final class Context {
    let invocation: Invocation
    let environment: [String: String]
    let console: Console
    let cancellation = Cancellation()
    /// Names this run: in journals, in folders beside what is replaced, in its outcome.
    ///
    /// A run that takes up an earlier one goes by its name.
    var operation = OperationID.make()
    /// What the command learns on its way, for its outcome.
    var facts = OperationFacts()
    /// The check that heard that this run began.
    var ping: PingChannel?
    /// Why it did not; said with the result, and no part of it.
    var pingFaults: [String] = []
    private var configuration: LoadedConfiguration?
    /// Whether the journal tells of this run.
    var isRecorded = false
    /// What was met on the way and must be said, whatever the command does.
    private(set) var warnings: [Report.Warning] = []

    init(_ invocation: Invocation, environment: [String: String]) {
        self.invocation = invocation
        self.environment = environment
        console = Console(
            isQuiet: invocation.flag("quiet"),
            isJSON: invocation.flag("json"),
            logsJSON: invocation.string("log-format") == "json",
            showsProgress: !invocation.flag("no-progress"),
            usesColor: !invocation.flag("no-color") && environment["TERM"] != "dumb"
        )
    }

    /// Notes what must be said with the result.
    func warn(_ code: String, _ message: String) {
        warnings.append(.init(code: code, message: message))
    }

    /// The stack's name once the configuration is read.
    var loadedStack: String? { configuration?.value.stack }

    /// The configuration, where the command came to read it.
    var loaded: LoadedConfiguration? { configuration }

    /// The configuration, read once.
    ///
    /// - Returns: The configuration with its file.
    func configured() throws(CommandFailure) -> LoadedConfiguration {
        if let configuration { return configuration }
        let loaded = try LoadedConfiguration.find(
            named: invocation.string("config"),
            environment: environment
        )
        configuration = loaded
        return loaded
    }

    /// The repository of the configuration, opened.
    ///
    /// - Returns: The repository.
    func repository() throws(CommandFailure) -> Repository {
        let place = try configured().value.repository
        let store: LocalStore
        do throws(StorageError) {
            store = try LocalStore(Path(place))
        } catch {
            throw CommandFailure(error, repository: place)
        }
        do throws(RepositoryError) {
            let repository = try Repository(store)
            for name in repository.brokenIndexFiles {
                let text = "\(name) could not be read and was set aside; it is derived"
                if !warnings.contains(where: { $0.message == text }) { warn("index", text) }
            }
            return repository
        } catch {
            throw CommandFailure(error)
        }
    }

    /// The snapshot that the command line names; the newest when it names none.
    ///
    /// - Parameter repository: Where to look.
    /// - Returns: The snapshot.
    /// - Throws: ``CommandFailure``.
    func snapshot(in repository: Repository) throws(CommandFailure) -> Snapshot {
        try snapshot(invocation.positional("SNAPSHOT") ?? "latest", in: repository)
    }

    /// How long to wait for another run.
    ///
    /// - Returns: Seconds.
    func lockWaitSeconds() throws(CommandFailure) -> Int {
        guard let text = invocation.string("lock-wait") else { return 900 }
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600]
        guard let unit = text.last, let factor = units[unit], let count = Int(text.dropLast()),
            count >= 0
        else {
            throw CommandFailure(
                .usage,
                "usage",
                "--lock-wait takes a time such as 30s or 15m, not \(text)"
            )
        }
        return count * factor
    }

    /// This machine's name.
    static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        let code = unsafe gethostname(&name, name.count - 1)
        guard code == 0, let end = name.firstIndex(of: 0) else { return "unknown" }
        return String(decoding: name[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension CommandFailure {
    /// The same failure after a signal: its number decides the exit code.
    func stopped(by context: Context) -> CommandFailure {
        guard status == .interrupted || status == .failed else { return self }
        let isTerm = context.cancellation.reason == SIGTERM
        return CommandFailure(
            isTerm ? .terminated : .interrupted,
            "stopped",
            message,
            component: component,
            state: state,
            next: next
        )
    }
}

extension Cancellation {
    var isRaised: Bool { reason != nil }
}
