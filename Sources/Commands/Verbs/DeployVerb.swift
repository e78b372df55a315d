internal import Arguments
internal import Deployments
internal import Files
internal import Operations

/// `recover deploy record`: notes what was deployed by other means.
enum DeployVerb: Verb {
    static let description = Command(
        "deploy",
        "note a deployment",
        section: "Recover",
        discussion: """
            Deployments are made by other means; noted here, a TAG stands in release.log and can \
            be proposed for a rollback.
            """,
        examples: [Example("recover deploy record --tag 2026.01.15", "after make up")],
        subcommands: [
            Command(
                "record",
                "note what was deployed, and whether it is healthy",
                discussion: """
                    Asks the services whether they are healthy. The TAG is noted either way; where \
                    they are not, the exit code is 3.
                    """,
                examples: [Example("recover deploy record --tag 2026.01.15", "after make up")],
                options: [
                    .value("tag", "TAG", "The TAG; else the value of tag_key in the env file."),
                    .value("note", "TEXT", "A note for release.log."),
                ]
            )
        ]
    )

    struct Result: Encodable, Sendable {
        var tag: String
        var tagBefore: String?
        /// Nil where nothing was asked.
        var isHealthy: Bool?
        var failingCheck: String?

        enum CodingKeys: String, CodingKey {
            case tag
            case tagBefore = "tag_before"
            case isHealthy = "healthy"
            case failingCheck = "failing_check"
        }
    }

    static func isRecorded(_ invocation: Invocation) -> Bool { true }

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        let loaded = try context.configured()
        let configuration = loaded.value
        let written = try EnvironmentFile.tag(configuration.compose)
        guard let tag = context.invocation.string("tag") ?? written else {
            throw CommandFailure(
                .usage,
                "usage",
                "no TAG is given, and the env file has none",
                next: "add --tag TAG"
            )
        }
        let form = TagForm(configuration.release)
        guard form.accepts(tag) else {
            throw CommandFailure(
                .usage,
                "tag-format",
                "\(tag) is no TAG: that is \(form.text)",
                next: "name another, or allow its form by release: {tag_formats: […]}"
            )
        }
        if let written, written != tag {
            context.warn("tag-drift", "the env file says \(written), and not \(tag)")
        }
        let state = try StateFolder(configuration, environment: context.environment)
        let lock = try state.lock(waitSeconds: try context.lockWaitSeconds()) {}
        defer { _ = lock.path }
        let driver = try CoordinatedRecovery.driver(loaded, context)
        context.facts.tag = tag
        context.facts.tagBefore = LastDeployment.tag(before: tag, state)
        context.facts.reason = context.invocation.string("note")
        let gate = RecoveryGate(configuration: configuration, driver: driver, context: context)
        let finding = finding(gate)
        // Where compose runs the stack, nothing that runs is a finding.
        let isAsked = driver != nil || gate.asksAnything(of: [])
        context.facts.failingCheck = finding?.check
        let isDry = context.invocation.flag("dry-run")
        let noted = isDry ? "would note TAG \(tag)" : "TAG \(tag) is noted"
        let words = isAsked ? "healthy" : RecoveryGate.unaskedWords
        var report = Report(
            "deploy-record",
            data: Result(
                tag: tag,
                tagBefore: context.facts.tagBefore,
                isHealthy: isAsked ? finding == nil : nil,
                failingCheck: finding?.check
            ),
            lines: [
                finding.map { "INCOMPLETE \(noted); \($0.check): \($0.message)" }
                    ?? "OK \(noted), \(isAsked ? "and " : "")\(words)"
            ] + (isDry ? ["Nothing was done: this was a dry run."] : [])
        )
        if let finding {
            report.status = .incomplete
            report.failures = [
                .init(
                    code: "gate",
                    message: "\(finding.check): \(finding.message)",
                    state: (isDry ? "" : "the TAG is noted; ") + "nothing was changed",
                    next: "recover rollback, which shows what there is to go back to"
                )
            ]
        }
        report.stack = configuration.stack
        return report
    }

    private static func finding(_ gate: RecoveryGate) -> RecoveryGate.Finding? {
        do throws(RecoveryGate.Finding) {
            let containers = try gate.driver.map { (driver) throws(RecoveryGate.Finding) in
                try gate.found(driver)
            }
            // What died by itself was meant to run; what somebody stopped was not.
            let meant = (containers ?? []).filter { $0.isUp || $0.hasFailed }.map(\.service).uniqued
            if containers != nil, meant.isEmpty {
                throw RecoveryGate.Finding(check: "containers", message: "nothing of it runs")
            }
            try gate.awaitHealth(of: meant, images: [:])
            try gate.trySmoke()
            return nil
        } catch {
            return error
        }
    }
}
