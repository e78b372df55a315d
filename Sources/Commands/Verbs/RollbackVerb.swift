internal import Arguments
internal import Deduplication
internal import Deployments
internal import Files

/// `recover rollback`: an earlier TAG again.
enum RollbackVerb: Verb {
    static let description = Command(
        "rollback",
        "run an earlier TAG again, and come back if it is not healthy",
        section: "Recover",
        discussion: """
            Images only: data stays as it is, unless --with-data is given. Where the schema of a \
            database is another than under that TAG, one of --with-data and --keep-data has to be \
            chosen. Images are found by their ids, as they ran when the TAG was captured; nothing \
            is built and nothing is pulled. Without a TAG the history is shown, and the last TAG \
            that passed its gate.
            """,
        examples: [
            Example("recover rollback", "what there is to go back to"),
            Example("recover rollback 2026.01.14 --yes", "the images of that TAG"),
            Example("recover rollback 2026.01.14 --with-data --confirm ai-suite", "data, too"),
            Example("recover rollback 2026.01.14 --service predictor --yes", "one service only"),
            Example("recover rollback 2026.01.14 --flags-only --yes", "only the flags of then"),
        ],
        positionals: [
            Positional("TAG", .optional, "The TAG, or last-good for the one that is proposed.")
        ],
        options: [
            .value("service", "NAME", "Only this service.", repeatable: true),
            .value("snapshot", "ID", "What ran when it was taken, and not what the TAG ran last."),
            .flag("with-data", "Bring the data of that TAG back, too."),
            .flag("keep-data", "Keep the data, although its schema is another."),
            .flag("flags-only", "Change nothing but the values of FEATURE_… in the env file."),
            .flag("stateful", "Change the images of databases, too."),
        ],
        constraints: [.atMostOne("--with-data", "--keep-data", "--flags-only")]
    )

    struct History: Encodable, Sendable {
        var tags: [RollbackChoice.Candidate]
        var proposal: String?
    }

    static func isRecorded(_ invocation: Invocation) -> Bool {
        invocation.positional("TAG") != nil
    }

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        try checkSnapshot(context.invocation)
        let loaded = try context.configured()
        let repository = try context.repository()
        let choice = RollbackChoice(
            repository: repository,
            loaded: loaded,
            context: context,
            driver: try CoordinatedRecovery.driver(loaded, context)
        )
        guard choice.driver != nil else {
            throw CommandFailure(
                .configuration,
                "no-compose",
                "a TAG is run by compose, and the configuration names no compose file",
                next: "recover restore … --data-only, which brings data back"
            )
        }
        guard let named = context.invocation.positional("TAG") else { return try history(choice) }
        let tag = try named == "last-good" ? proposed(choice) : named
        let snapshot = try snapshot(of: tag, choice)
        let record = try snapshot.flatMap { (snapshot) throws(CommandFailure) in
            try repository.deployment(of: snapshot)
        }
        if record == nil {
            context.warn("unrecorded", "no snapshot says what ran under TAG \(tag)")
        }
        var request = try request(tag, record, choice, context)
        if request.recordedIn == nil { request.recordedIn = snapshot }
        if context.invocation.string("snapshot") == nil, request.flags.isEmpty {
            request.notes += try choice.otherBuild(
                of: tag,
                request,
                "recover rollback \(tag) --snapshot"
            )
        }
        return try CoordinatedRecovery(request: request, loaded: loaded, context: context).run()
    }

    private static func checkSnapshot(_ invocation: Invocation) throws(CommandFailure) {
        guard let name = invocation.string("snapshot") else { return }
        if invocation.positional("TAG") != nil, !invocation.flag("with-data") { return }
        throw CommandFailure(
            .usage,
            "usage",
            "--snapshot says what ran under a TAG that is named, and brings no data",
            next: "recover restore --snapshot \(name), which brings data and TAG"
        )
    }

    /// The one that is named, also one that was taken on the way of a recovery; else the newest of
    /// the TAG.
    private static func snapshot(
        of tag: String,
        _ choice: RollbackChoice
    ) throws(CommandFailure) -> Snapshot? {
        let context = choice.context
        guard let name = context.invocation.string("snapshot") else {
            return try choice.snapshot(of: tag)
        }
        let snapshot = try context.snapshot(name, in: choice.repository)
        let ran = try choice.ran(in: snapshot)
        if RollbackChoice.isOf(tag, called: snapshot.tag, ran: ran) { return snapshot }
        let other = ran ?? snapshot.tag ?? "none"
        throw CommandFailure(
            .notFound,
            "snapshot-not-found",
            "snapshot \(snapshot.id) is not of TAG \(tag) but of \(other)",
            next: "recover show \(snapshot.id)"
        )
    }

    private static func request(
        _ tag: String,
        _ record: DeploymentRecord?,
        _ choice: RollbackChoice,
        _ context: Context
    ) throws(CommandFailure) -> RecoveryRequest {
        let invocation = context.invocation
        var request = RecoveryRequest(verb: "rollback")
        let services = invocation.strings("service")
        request.services = services.isEmpty ? nil : services
        try check(services, choice)
        request.record = record
        request.allowsStateful = invocation.flag("stateful")
        if invocation.flag("flags-only") {
            request.flags = try FlagReturn(choice: choice, record: record, tag: tag).flags()
            return request
        }
        try choice.requireKnown(tag, record, services)
        request.tag = tag
        if invocation.flag("with-data") {
            let all = SnapshotChoice(context)
            let whole = try all.whole(
                of: tag,
                in: choice.repository,
                stack: choice.loaded.value.stack
            )
            request.snapshot = whole
            request.components = try SnapshotChoice.components([], of: whole).filter {
                $0 != DeploymentRecord.componentName
            }
            request.record = try choice.repository.deployment(of: whole)
            request.recordedIn = whole
            try choice.requireData(of: tag, in: whole)
        } else if !invocation.flag("keep-data") {
            request.schemas = RollbackChoice.revisions(record?.schemas ?? [])
        }
        return request
    }

    private static func check(
        _ services: [String],
        _ choice: RollbackChoice
    ) throws(CommandFailure) {
        guard let driver = choice.driver else { return }
        let known = try driving { () throws(DeploymentError) in try driver.stack() }.services
            .map(\.name)
        for name in services where !known.contains(name) {
            let near = nearestNames(to: name, among: known)
            throw CommandFailure(
                .notFound,
                "service-not-found",
                "the compose files have no service \(name); there is "
                    + (near.isEmpty ? known.sorted() : near).joined(separator: ", "),
                next: "name one of them with --service"
            )
        }
    }

    private static func proposed(_ choice: RollbackChoice) throws(CommandFailure) -> String {
        if let found = RollbackChoice.proposal(try choice.candidates()) { return found.tag }
        throw CommandFailure(
            .notFound,
            "tag-not-found",
            "there is no other TAG to go back to",
            next: "recover list"
        )
    }

    private static func history(_ choice: RollbackChoice) throws(CommandFailure) -> Report {
        let all = try choice.candidates()
        let proposal = RollbackChoice.proposal(all)
        var table = TextTable([
            ("TAG", .left), ("SNAPSHOT", .left), ("TIME", .left), ("GATE", .left),
            ("IMAGES", .left), ("", .left),
        ])
        for one in all {
            let gate = one.passed.map { $0 ? "passed" : "failed" } ?? "-"
            let images =
                one.missing.isEmpty ? "here" : "gone: \(one.missing.joined(separator: " "))"
            table.add([
                one.tag, one.snapshot ?? "-", one.takenAt.map { TimeText.short($0) } ?? "-", gate,
                images, one.isRunning ? "runs now" : "",
            ])
        }
        var lines = all.isEmpty ? ["no TAG is known"] : table.lines
        if let proposal {
            lines.append("Next: recover rollback \(proposal.tag) --dry-run")
        } else {
            lines.append("There is no other TAG to go back to.")
        }
        var report = Report(
            "rollback",
            data: History(tags: all, proposal: proposal?.tag),
            lines: lines
        )
        report.stack = choice.loaded.value.stack
        return report
    }
}
