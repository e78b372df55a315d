internal import Arguments
internal import Files
internal import Monitoring
internal import Operations

/// Tells monitors and people how a run ended: metrics, then those who are notified.
///
/// Whatever fails here is said as a warning and changes nothing of the outcome.
struct Announcer: OutcomeListener {
    private let loaded: LoadedConfiguration
    private let context: Context

    init(_ loaded: LoadedConfiguration, _ context: Context) {
        self.loaded = loaded
        self.context = context
    }

    func take(_ outcome: Outcome) -> [Outcome.Problem] {
        let configuration = loaded.value
        guard configuration.metrics != nil || Channels.areWanted(configuration) else { return [] }
        // The journal has this run by now.
        let standing = StandingSurvey(loaded, context, after: outcome).run()
        var problems: [Outcome.Problem] = []
        if let path = configuration.metrics {
            do throws(FileError) {
                try MetricsFile(path).write(standing)
            } catch {
                problems.append(
                    .init(code: "metrics", message: "the metrics are not written: \(error.message)")
                )
            }
        }
        let channels = Channels(configuration, context)
        problems += channels.faults
        problems += context.pingFaults.map { .init(code: "notify", message: $0) }
        let last = standing.operation(outcome.verb)
        let before = last?.last?.operation == outcome.operation ? last?.lastButOne : last?.last
        var event = Notice.event(of: outcome, after: before, changesLive: changesLive)
        problems += ping(outcome, event)
        if standing.isFresh, ToldMark.overdue.remove(loaded.value, context),
            event == .succeeded || event == .warning
        {
            event = .recovered
        }
        if let event, event != .succeeded || configuration.notifications.tellsSuccess {
            problems += tell(event, outcome, channels)
        }
        return problems
    }

    /// Tells people; of risks only where they are not those that were told last.
    private func tell(
        _ event: Notice.Event,
        _ outcome: Outcome,
        _ channels: Channels
    ) -> [Outcome.Problem] {
        guard outcome.verb == "audit",
            let state = try? StateFolder(loaded.value, environment: context.environment)
        else { return channels.tell(Notice(event, of: outcome)) }
        if event == .failed, !ToldRisks.areNews(outcome, state.path) { return [] }
        let problems = channels.tell(Notice(event, of: outcome))
        if problems.isEmpty { ToldRisks.note(outcome, state.path) }
        return problems
    }

    /// Whether data or a TAG takes the place of a live one.
    private var changesLive: Bool {
        let invocation = context.invocation
        switch invocation.path[0] {
        case "restore":
            return invocation.string("to") == nil && invocation.string("as") == nil
        case "rollback", "resume": return true
        case "models": return ["switch", "rollback"].contains(invocation.path.last)
        default: return false
        }
    }

    /// The check of this kind of run hears of whole runs alone: a backup of one component must not
    /// pass for the nightly one.
    private func ping(_ outcome: Outcome, _ event: Notice.Event?) -> [Outcome.Problem] {
        guard let channel = context.ping else { return [] }
        let notice = Notice(event ?? .skipped, of: outcome)
        guard let fault = channel.end(notice, outcome.ending) else { return [] }
        return [Outcome.Problem(code: "notify", message: fault)]
    }
}

/// Everybody who is told, with secrets read.
struct Channels {
    private var channels: [NoticeChannel] = []
    /// What of them cannot be used.
    private(set) var faults: [Outcome.Problem] = []

    /// Whether anybody wants to know.
    static func areWanted(_ configuration: Configuration) -> Bool {
        let wanted = configuration.notifications
        return wanted.teams != nil || wanted.slack != nil || wanted.webhook != nil
            || !wanted.pings.isEmpty
    }

    init(_ configuration: Configuration, _ context: Context) {
        let wanted = configuration.notifications
        let references: [(NoticeChannel.Kind, SecretReference?)] = [
            (.teams, wanted.teams), (.slack, wanted.slack), (.webhook, wanted.webhook),
        ]
        for (kind, reference) in references {
            guard let reference else { continue }
            do throws(CommandFailure) {
                let url = try reference.value(context.environment)
                channels.append(
                    NoticeChannel(kind, url: url, cancellation: context.cancellation)
                )
            } catch {
                faults.append(
                    .init(
                        code: "notify",
                        message: "\(kind.rawValue) was not told: \(error.message)"
                    )
                )
            }
        }
    }

    /// Tells all of them.
    ///
    /// - Parameter notice: What is to be said.
    /// - Returns: What did not arrive.
    func tell(_ notice: Notice) -> [Outcome.Problem] {
        channels.compactMap { $0.tell(notice) }.map { .init(code: "notify", message: $0) }
    }
}

extension Context {
    /// Says to the check of a verb that a run begins, where one is configured and the run is whole.
    func startPing(_ loaded: LoadedConfiguration) {
        let verb = invocation.path[0]
        guard let reference = loaded.value.notifications.pings[verb], ping == nil,
            invocation.path.count == 1, !invocation.flag("dry-run"), invocation.isWhole
        else { return }
        do throws(CommandFailure) {
            let url = try reference.value(environment)
            let channel = PingChannel(url: url, cancellation: cancellation)
            ping = channel
            if let fault = channel.start() { pingFaults.append(fault) }
        } catch {
            pingFaults.append("the ping was not sent: \(error.message)")
        }
    }
}

extension Invocation {
    /// Whether it is the run that the night expects, of everything.
    fileprivate var isWhole: Bool {
        switch path[0] {
        case "backup": positionals("COMPONENT").isEmpty
        case "verify": positional("SNAPSHOT") == nil
        default: true
        }
    }
}
