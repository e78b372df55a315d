internal import Arguments
internal import Deployments
internal import Files
internal import Models
internal import Monitoring

/// `recover models switch` and `rollback`: another version in use, and back if it is not healthy.
struct ModelSwitching {
    static let description = Command(
        "switch",
        "use another version, and go back if it is not healthy",
        discussion: """
            Reads the version and compares it with its manifest, then moves the link in one step. \
            With --health the answer decides: unless it is healthy in time, the link goes back, \
            and the exit code is 21.
            """,
        examples: [
            Example("recover models switch 202601140210 --yes", "proven, then used"),
            Example(
                "recover models switch 202601140210 --service predictor --health http://localhost:8000/health",
                "with its service made anew and asked"
            ),
        ],
        positionals: [Positional("VERSION", .required, "The version.")],
        options: ModelsVerb.gateOptions
    )

    static let rollbackDescription = Command(
        "rollback",
        "use the last good version again",
        discussion: """
            The journal says which one that is: the last version that was in use and was not \
            rolled back from, never simply the second by name.
            """,
        examples: [
            Example("recover models rollback --dry-run", "where it would go"),
            Example("recover models rollback --reason 'bad answers' --yes", "go there"),
        ],
        options: ModelsVerb.gateOptions
    )

    struct Result: Encodable, Sendable {
        var from: String?
        var to: String
        var changed: Bool
        var linkKind: String
        var staleServices: [String]

        enum CodingKeys: String, CodingKey {
            case from
            case to
            case changed
            case linkKind = "link_kind"
            case staleServices = "stale_services"
        }
    }

    private let place: ModelPlace
    private let context: Context
    private let isRollback: Bool

    init(_ place: ModelPlace, _ context: Context, isRollback: Bool) {
        self.place = place
        self.context = context
        self.isRollback = isRollback
    }

    func run() throws(CommandFailure) -> Report {
        try check()
        let switching = switching(try context.lockWaitSeconds())
        let wanted = isRollback ? nil : context.invocation.positional("VERSION")
        let target: String
        if let wanted {
            target = try modelling { () throws(ModelError) in try place.folder.version(wanted).name
            }
        } else {
            target = try modelling { () throws(ModelError) in try switching.rollbackTarget() }
        }
        let link = try modelling { () throws(ModelError) in try place.folder.current() }
        let from = link.version ?? "nothing"
        if context.invocation.flag("dry-run") {
            return Report(
                verb,
                data: Result(
                    from: link.version,
                    to: target,
                    changed: false,
                    linkKind: link.kind.rawValue,
                    staleServices: staleServices
                ),
                lines: [
                    "would switch \(place.folder.settings.link) from \(from) to \(target)",
                    "Nothing was done: this was a dry run.",
                ]
            )
        }
        try Confirmation.ask("switch from \(from) to \(target)", context)
        return try run(to: target)
    }

    /// Looks at the options before anything is done.
    func check() throws(CommandFailure) {
        _ = try gate(for: "")
        if context.invocation.string("service") != nil || context.invocation.string("canary") != nil
        {
            _ = try compose([:])
            for option in ["service", "canary"] { try checkService(option) }
        }
        if context.invocation.string("canary") != nil,
            context.invocation.string("canary-health") == nil
        {
            throw CommandFailure(.usage, "usage", "--canary needs --canary-health")
        }
    }

    /// A name that compose would refuse is refused before anything moves.
    private func checkService(_ option: String) throws(CommandFailure) {
        guard let name = context.invocation.string(option), let stack = composeStack,
            stack.problems.isEmpty, !stack.services.contains(where: { $0.name == name })
        else { return }
        let names = stack.services.map(\.name)
        let near = nearestNames(to: name, among: names)
        throw CommandFailure(
            .notFound,
            "service-not-found",
            "the compose files have no service \(name); "
                + (near.isEmpty
                    ? "there are \(names.sorted().joined(separator: ", "))"
                    : "near: \(near.joined(separator: ", "))"),
            next: "name one of them with --\(option)"
        )
    }

    func run(to target: String) throws(CommandFailure) -> Report {
        try tryCanary(target)
        let progress = CheckProgress(context.console)
        let switching = ModelSwitch(
            place.folder,
            lockWaitSeconds: try context.lockWaitSeconds(),
            cancellation: context.cancellation
        ) { progress.take($0) }
        let gate = try gate(for: target)
        let outcome: ModelSwitch.Outcome
        do throws(ModelError) {
            outcome = try switching.run(
                to: isRollback ? nil : target,
                why: context.invocation.string("reason")
            ) { version in
                progress.finish()
                return verdict(version, gate)
            }
        } catch {
            throw failure(error)
        }
        return report(outcome)
    }

    private var verb: String { isRollback ? "models-rollback" : "models-switch" }

    private func switching(_ lockWaitSeconds: Int) -> ModelSwitch {
        ModelSwitch(
            place.folder,
            lockWaitSeconds: lockWaitSeconds,
            cancellation: context.cancellation
        ) { _ in }
    }

    /// What is asked after the switch.
    private func verdict(_ version: String, _ gate: HealthGate?) -> ModelSwitch.Verdict {
        if let service = context.invocation.string("service") {
            context.console.phase("making service \(service) anew")
            do throws(CommandFailure) {
                try compose(["MODEL_VERSION": version]).recreate(service)
            } catch {
                return .failed(error.message)
            }
        }
        guard let gate else { return .passed }
        context.console.phase("asking \(gate.probe.url)")
        switch gate.wait(context.cancellation) {
        case .healthy: return .passed
        case .unhealthy(let reason): return .failed(reason)
        }
    }

    private func tryCanary(_ version: String) throws(CommandFailure) {
        guard let service = context.invocation.string("canary"),
            let url = context.invocation.string("canary-health")
        else { return }
        let compose = try compose(["MODEL_VERSION": version])
        context.console.phase("trying version \(version) in service \(service)")
        try compose.start(service)
        defer { try? compose.stop(service) }
        let gate = HealthGate(HTTPProbe(url: url), windowSeconds: try windowSeconds())
        if case .unhealthy(let reason) = gate.wait(context.cancellation) {
            throw CommandFailure(
                .reverted,
                "canary",
                "version \(version) is not healthy in service \(service): \(reason)",
                state: "the link was not touched; service \(service) was stopped again"
            )
        }
    }

    /// After the link went back the service that saw the bad version must see the old one.
    private func failure(_ error: ModelError) -> CommandFailure {
        var failure = CommandFailure(error)
        guard error.code == .reverted else { return failure }
        let now = (try? place.folder.current())?.version
        failure.state = "the link names \(now ?? "nothing"), as before"
        guard let service = context.invocation.string("service") else { return failure }
        do throws(CommandFailure) {
            try compose(["MODEL_VERSION": now ?? ""]).recreate(service)
            failure.state += "; service \(service) was made anew with it"
        } catch {
            return CommandFailure(
                .notReverted,
                "not-reverted",
                failure.message,
                state: failure.state + ", but service \(service) could not be made anew: "
                    + error.message,
                next: "docker compose up -d --force-recreate \(service)"
            )
        }
        guard let now, let gate = try? gate(for: now) else { return failure }
        guard case .unhealthy(let reason) = gate.wait(context.cancellation) else {
            failure.state += " and is healthy"
            return failure
        }
        return CommandFailure(
            .notReverted,
            "not-reverted",
            failure.message,
            state: failure.state + ", and is not healthy either: \(reason)",
            next: "look at the service's log: docker compose logs --tail=200 \(service)"
        )
    }

    private func gate(for version: String) throws(CommandFailure) -> HealthGate? {
        guard let url = context.invocation.string("health") else {
            for name in ["expect-body", "expect-version"]
            where context.invocation.string(name) != nil {
                throw CommandFailure(.usage, "usage", "--\(name) needs --health")
            }
            return nil
        }
        var probe = HTTPProbe(url: url)
        guard let status = Int(context.invocation.string("expect-status") ?? "200"),
            (100...599).contains(status)
        else { throw CommandFailure(.usage, "usage", "--expect-status takes 100 to 599") }
        probe.status = status
        probe.bodyText = context.invocation.string("expect-body")
        if let key = context.invocation.string("expect-version") {
            probe.values = [(path: key, value: version)]
        }
        return HealthGate(probe, windowSeconds: try windowSeconds())
    }

    private func windowSeconds() throws(CommandFailure) -> Int {
        let text = context.invocation.string("timeout") ?? "30s"
        guard let seconds = Quantity.durationSeconds(text), seconds > 0 else {
            throw CommandFailure(.usage, "usage", "--timeout takes a time such as 30s or 5m")
        }
        return seconds
    }

    private func compose(_ variables: [String: String]) throws(CommandFailure) -> ComposeProgram {
        guard let loaded = place.loaded else {
            throw CommandFailure(
                .configuration,
                "no-compose",
                "a service needs a configuration that names its compose file"
            )
        }
        return try ComposeProgram(loaded, context.environment.merging(variables) { $1 })
    }

    /// What the compose files say; nil where the configuration names none.
    private var composeStack: ComposeStack? {
        guard let compose = place.loaded?.value.compose, !compose.files.isEmpty else { return nil }
        let files = compose.files.map { Path($0) }
        let text = compose.envFile.flatMap { try? OpenFile(Path($0), .read).readAll() } ?? []
        return ComposeStack(
            files: files,
            base: files[0].parent,
            variables: EnvironmentFile.values(in: String(decoding: text, as: UTF8.self))
        )
    }

    /// Services that mount the link itself: Docker resolved it when they started.
    private var staleServices: [String] {
        guard let stack = composeStack else { return [] }
        let settings = place.folder.settings
        let link = settings.path.appending(settings.link).normalized
        return stack.services.filter { service in
            service.mounts.contains { $0.source == .host(link) }
        }.map(\.name)
    }

    private func report(_ outcome: ModelSwitch.Outcome) -> Report {
        let made = context.invocation.string("service")
        let stale = outcome.isChanged ? staleServices.filter { $0 != made } : []
        let result = Result(
            from: outcome.from,
            to: outcome.to,
            changed: outcome.isChanged,
            linkKind: outcome.kind.rawValue,
            staleServices: stale
        )
        let line =
            outcome.isChanged
            ? "OK \(place.folder.settings.link) names \(outcome.to), before: "
                + (outcome.from ?? "nothing")
            : "OK \(outcome.to) was in use already; the link was not touched"
        var report = Report(verb, data: result, lines: [line])
        report.warnings = stale.map {
            .init(
                code: "stale-mount",
                message: "service \($0) mounts the link itself and goes on with the old version "
                    + "until it is started again: add --service \($0), or mount the folder"
            )
        }
        report.warnings += [Report.Warning(unnoted: outcome.unnoted)].compactMap { $0 }
        report.warnings += outcome.leftovers.map { .init(leftover: $0) }
        if outcome.kind == .pointer {
            report.warnings.append(
                .init(
                    code: "pointer",
                    message: "the file system knows no links: "
                        + "\(place.folder.settings.link) is a file that holds the version's name"
                )
            )
        }
        return report
    }
}
