internal import Deployments
internal import Files
internal import Monitoring
internal import Threads

/// Decides whether a stack that was just brought up is healthy: its containers, as any look at health
/// judges them, but they run what they should and hold out for a while; and the answers of the services.
struct RecoveryGate {
    /// Why not.
    struct Finding: Error {
        /// The check that failed, such as `health:api`.
        var check: String
        /// What it said.
        var message: String
    }

    /// A container that died again and again must hold out so long before it counts as running.
    private static let steadySeconds = 10.0
    /// One that looks after no health of its own must have run so long.
    private static let settleSeconds = 1.0

    let configuration: Configuration
    let driver: ComposeDriver?
    let context: Context
    /// False on the way back: a wish to stop is what may have begun it, and must not end it.
    var isStoppable = true

    private var isStopped: Bool { isStoppable && context.cancellation.isRaised }

    private struct Memory {
        var restartCount: Int
        var since: Stopwatch
    }

    /// Waits until every service is up and every question is answered as it should be.
    ///
    /// - Parameters:
    ///   - services: Those that are expected to run.
    ///   - images: The images that they must run, by service.
    ///   - unasked: Questions that are left out, as ``unansweredChecks()`` named them.
    /// - Throws: ``Finding`` when the time is up, or as soon as it cannot become better.
    func awaitHealth(
        of services: [String],
        images: [String: String],
        without unasked: [String] = []
    ) throws(Finding) {
        let watch = Stopwatch()
        try awaitContainers(services, images, watch)
        for check in configuration.health where isAsked(check, services) {
            if unasked.contains(Self.name(check)) { continue }
            try ask(check, "health", watch, windowSeconds: window(services))
        }
    }

    /// The questions that are not answered as they should be at this moment.
    ///
    /// - Returns: By their names, or addresses.
    func unansweredChecks() -> [String] {
        configuration.health.filter { check in
            do throws(Finding) {
                try ask(check, "health", Stopwatch(), windowSeconds: 5)
                return false
            } catch {
                return true
            }
        }.map(Self.name)
    }

    private static func name(_ check: HTTPCheck) -> String { check.name ?? check.url }

    /// Tries the stack as a user would.
    ///
    /// - Throws: ``Finding``.
    func trySmoke() throws(Finding) {
        let watch = Stopwatch()
        for check in configuration.smoke {
            try ask(check, "smoke", watch, windowSeconds: retrySeconds)
        }
    }

    /// Looks for a while whether it stays so.
    ///
    /// - Parameters:
    ///   - services: Those that are expected to run.
    ///   - images: The images that they must run, by service.
    /// - Throws: ``Finding``.
    func soak(_ services: [String], images: [String: String]) throws(Finding) {
        let seconds = Double(configuration.gate.soak.components.seconds)
        if seconds <= 0 { return }
        context.console.phase("looking for \(Int(seconds)) s whether it stays healthy")
        let before = try restarts(services)
        let watch = Stopwatch()
        while watch.seconds < seconds, !isStopped {
            pause(min(intervalSeconds, seconds - watch.seconds))
        }
        if try restarts(services) != before {
            throw Finding(check: "soak", message: "a container was started again meanwhile")
        }
        try awaitHealth(of: services, images: images)
    }

    /// Whether anything is asked at all: of what nobody asks nobody knows whether it is well.
    ///
    /// - Parameters:
    ///   - services: Those that are expected to run.
    ///   - isTried: Whether the stack is also tried as a user would.
    /// - Returns: The verdict.
    func asksAnything(of services: [String], isTried: Bool = true) -> Bool {
        driver != nil && !services.isEmpty || isTried && !configuration.smoke.isEmpty
            || configuration.health.contains { isAsked($0, services) }
    }

    /// What is said where nothing is.
    static let unaskedWords = "nothing was asked whether it is well"

    /// What will be asked, for the plan.
    func lines(_ services: [String]) -> [String] {
        configuration.health.filter { isAsked($0, services) }.map(\.text)
            + configuration.smoke.map(\.text)
    }

    /// A check named after a service that is not expected to run would fail for that reason only.
    private func isAsked(_ check: HTTPCheck, _ services: [String]) -> Bool {
        guard let name = check.name, let stack = try? driver?.stack(),
            stack.services.contains(where: { $0.name == name })
        else { return true }
        return services.contains(name)
    }

    // MARK: Containers

    /// Looks once for containers for which waiting is in vain.
    ///
    /// - Parameter services: Those that are expected to run.
    /// - Throws: ``Finding`` for the first of them; what cannot be asked is none.
    func lookForLost(_ services: [String]) throws(Finding) {
        guard let driver, let containers = try? driver.containers() else { return }
        let look = ContainerLook(described(services, driver), containers)
        if let lost = look.lost { throw explained(Self.finding(lost), containers, driver) }
    }

    private func described(_ services: [String], _ driver: ComposeDriver) -> [ComposeService] {
        let all = (try? driver.stack())?.services ?? []
        return services.map { name in
            all.first { $0.name == name } ?? ComposeService(name: name)
        }
    }

    private func awaitContainers(
        _ services: [String],
        _ images: [String: String],
        _ watch: Stopwatch
    ) throws(Finding) {
        guard let driver, !services.isEmpty else { return }
        let windowSeconds = window(services)
        let described = self.described(services, driver)
        var memory: [String: Memory] = [:]
        while true {
            let containers = try found(driver)
            for container in containers where services.contains(container.service) {
                try compare(container, images)
            }
            let look = ContainerLook(described, containers)
            let open = look.findings.compactMap { finding -> Finding? in
                obstacle(finding, &memory)
            }
            if let lost = look.lost { throw explained(Self.finding(lost), containers, driver) }
            guard let waiting = open.last else { return }
            if watch.seconds > windowSeconds || isStopped {
                throw explained(waiting, containers, driver)
            }
            pause(
                HealthGate.pause(
                    after: .seconds(watch.seconds),
                    limitSeconds: Int(intervalSeconds)
                )
            )
        }
    }

    private func compare(_ container: Container, _ images: [String: String]) throws(Finding) {
        guard let wanted = images[container.service], container.imageID != wanted else { return }
        throw Finding(
            check: "image:\(container.service)",
            message: "\(container.service) runs \(container.imageID.prefix(19)) and not "
                + "\(wanted.prefix(19))"
        )
    }

    /// Why a container does not count as healthy yet; nil where it does.
    private func obstacle(
        _ finding: ContainerLook.Finding,
        _ memory: inout [String: Memory]
    ) -> Finding? {
        guard let container = finding.container, finding.verdict != .fail else {
            return Self.finding(finding)
        }
        var known = memory[container.id]
        if known?.restartCount != container.restartCount {
            known = Memory(restartCount: container.restartCount, since: Stopwatch())
            memory[container.id] = known
        }
        // What looks after no health of its own must hold out for a while.
        guard container.state == "running", container.health == nil else { return nil }
        let count = container.restartCount
        let wanted = count > 0 ? Self.steadySeconds : Self.settleSeconds
        if known?.since.seconds ?? 0 >= wanted { return nil }
        return Finding(
            check: "container:\(finding.service)",
            message: count > 0
                ? "\(finding.service) was started again \(count) times"
                : "\(finding.service) has only just started"
        )
    }

    private static func finding(_ finding: ContainerLook.Finding) -> Finding {
        Finding(
            check: "container:\(finding.service)",
            message: "\(finding.service): \(finding.message)"
        )
    }

    func found(_ driver: ComposeDriver) throws(Finding) -> [Container] {
        do throws(DeploymentError) {
            return try driver.containers()
        } catch {
            throw Finding(check: "engine", message: error.message)
        }
    }

    private func restarts(_ services: [String]) throws(Finding) -> [String: Int] {
        guard let driver else { return [:] }
        let mine = try found(driver).filter { services.contains($0.service) }
        return Dictionary(mine.map { ($0.id, $0.restartCount) }) { $1 }
    }

    /// The same with the first line of a container's log that looks like an error.
    private func explained(
        _ finding: Finding,
        _ containers: [Container],
        _ driver: ComposeDriver?
    ) -> Finding {
        let name = finding.check.drop { $0 != ":" }.dropFirst()
        guard let driver, let container = containers.first(where: { $0.service == name }),
            let lines = try? driver.engine.lastLines(container.id, lineCount: 200)
        else { return finding }
        let marks = ["error", "exception", "fatal", "panic", "traceback", "denied", "refused"]
        let first = lines.first { line in
            let text = line.lowercased()
            return marks.contains { text.contains($0) }
        }
        guard let line = first ?? lines.last else { return finding }
        // A value that was cut in two would no longer be known as one.
        let shown = String(driver.redaction.cleaned(String(line)).prefix(300))
        return Finding(check: finding.check, message: "\(finding.message); its log: \(shown)")
    }

    // MARK: Questions

    private func ask(
        _ check: HTTPCheck,
        _ kind: String,
        _ watch: Stopwatch,
        windowSeconds: Double
    ) throws(Finding) {
        let name = "\(kind):\(Self.name(check))"
        let probe: HTTPProbe
        do throws(CommandFailure) {
            probe = try check.probe(context.environment)
        } catch {
            throw Finding(check: name, message: error.message)
        }
        context.console.phase("asking \(check.text)")
        let gate = HealthGate(
            probe,
            windowSeconds: max(0, Int(windowSeconds - watch.seconds)),
            intervalSeconds: Int(configuration.gate.interval.components.seconds)
        )
        let verdict = gate.wait(isStoppable ? context.cancellation : Cancellation())
        guard case .unhealthy(let why) = verdict else { return }
        throw Finding(check: name, message: driver?.redaction.cleaned(why) ?? why)
    }

    /// As long as the engine itself takes to make up its mind, and no less than the configuration
    /// says.
    private func window(_ services: [String]) -> Double {
        let stack = try? driver?.stack()
        let checks = (stack?.services ?? []).filter { services.contains($0.name) }
            .compactMap(\.healthCheck)
        return max(retrySeconds, checks.map(\.windowSeconds).max() ?? 0)
    }

    private var retrySeconds: Double { Double(configuration.gate.retry.components.seconds) }
    private var intervalSeconds: Double { Double(configuration.gate.interval.components.seconds) }

    private func pause(_ seconds: Double) {
        OwnedThread.pause(milliseconds: UInt32(max(0.05, seconds) * 1000))
    }
}
