internal import Arguments
internal import Deduplication
internal import Files
internal import Subjects

/// A restore of one collection under another, free name: nothing live is touched.
struct RestoreAside {
    private let repository: Repository
    private let snapshot: Snapshot
    private let names: [String]
    private let context: Context
    private var operation: String { context.operation }

    init(_ repository: Repository, _ snapshot: Snapshot, _ names: [String], _ context: Context) {
        self.repository = repository
        self.snapshot = snapshot
        self.names = names
        self.context = context
    }

    func run() throws(CommandFailure) -> Report {
        let configuration = try context.configured().value
        let servers = configuration.components
            .filter { names.contains($0.name) }
            .compactMap { BackupPlan.server($0, context.environment) }
        guard servers.count == 1, let component = snapshot.components[servers[0].name] else {
            throw CommandFailure(
                .usage,
                "usage",
                "--as is about a collection of one Qdrant, and there are \(servers.count) among "
                    + "the components",
                next: "name the component"
            )
        }
        let server = try ServerReturn(
            servers[0],
            component,
            operation: operation,
            repository,
            context
        )
        if context.invocation.flag("dry-run") {
            let lines =
                server.lines.map { "would " + $0 } + ["Nothing was done: this was a dry run."]
            return report(server, lines, isDryRun: true)
        }
        let state = try StateFolder(configuration, environment: context.environment)
        let lock = try state.lock(waitSeconds: try context.lockWaitSeconds()) {
            context.console.phase("another run of this stack is at work; waiting for it")
        }
        defer { _ = lock.path }
        let leftOvers = ServerRestoreNote.leftOvers(state, configuration, context)
        try server.stage(state)
        server.finish()
        var report = report(
            server,
            server.doneLines + ["OK restored \(server.name) of \(snapshot.id), proven"],
            isDryRun: false
        )
        report.warnings = server.warnings + leftOvers
        return report
    }

    private func report(_ server: ServerReturn, _ lines: [String], isDryRun: Bool) -> Report {
        let result = RestoreInPlace.Result(
            snapshot: snapshot.id.text,
            tag: snapshot.tag,
            components: [
                .init(name: server.name, target: server.place, collections: server.parts)
            ],
            isDryRun: isDryRun
        )
        var report = Report("restore", data: result, lines: lines)
        report.operation = operation
        report.stack = snapshot.stack
        return report
    }
}
