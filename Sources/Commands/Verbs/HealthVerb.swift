internal import Arguments
internal import Deployments
internal import Monitoring
internal import Threads

/// `recover health`: whether the stack works.
enum HealthVerb: Verb {
    static let description = Command(
        "health",
        "look whether the stack works",
        section: "Watch",
        discussion: """
            Looks at the containers, asks what stands under health in the configuration, and \
            whether a backup could be taken. What fails is tried again for gate.retry, or as long \
            as compose gives a service that is still starting. Changes nothing but the metrics.
            """,
        examples: [
            Example("recover health", "one verdict a check; 1 where one fails"),
            Example("recover health --watch 30s", "again every 30 s, until it is stopped"),
            Example("recover health --explain", "and why, in the order to look"),
        ],
        options: [
            .value("watch", "TIME", "Look again and again, such as every 30s."),
            .flag("explain", "Say why, with the first error of each service that fails."),
        ]
    )

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        let loaded = try context.configured()
        let health = StackHealth(loaded: loaded, context: context)
        if let text = context.invocation.string("watch") {
            guard let seconds = Quantity.durationSeconds(text), seconds > 0 else {
                throw CommandFailure(.usage, "usage", "--watch takes a time such as 30s or 5m")
            }
            return try watch(health, every: seconds, context)
        }
        return report(health.checks(), loaded, context)
    }

    private static func report(
        _ checks: [Check],
        _ loaded: LoadedConfiguration,
        _ context: Context
    ) -> Report {
        var extra: [String] = []
        if context.invocation.flag("explain"),
            let driver = (try? ComposeProgram(loaded, context.environment))?.driver
        {
            extra = HealthExplanation(driver: driver, checks: checks).lines
        }
        var report = Findings(checks).report(
            "health",
            failing: .failed,
            loaded.value.stack,
            next: "recover health --explain",
            extra: extra
        )
        report.warnings += MetricsRefresh(loaded, context).run(health: checks)
        return report
    }

    /// Says at every look what changed, until somebody stops it.
    private static func watch(
        _ health: StackHealth,
        every seconds: Int,
        _ context: Context
    ) throws(CommandFailure) -> Report {
        var before: [Check] = []
        while true {
            let checks = health.checks()
            if context.cancellation.isRaised { return report(before, health.loaded, context) }
            let failed = checks.count { $0.verdict == .fail }
            for check in checks where !before.contains(check) {
                context.console.problem(check.verdict == .fail ? "error" : "info", check.line)
            }
            if before.isEmpty || failed > 0 {
                context.console.phase(
                    failed == 0 ? "all \(checks.count) checks pass" : "\(failed) checks fail"
                )
            }
            for warning in MetricsRefresh(health.loaded, context).run(health: checks) {
                context.console.problem("warning", warning.message)
            }
            before = checks
            context.cancellation.wait(seconds: Double(seconds))
            if context.cancellation.isRaised { return report(before, health.loaded, context) }
        }
    }
}
