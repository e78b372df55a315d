internal import Arguments
internal import Deduplication
internal import Deployments
internal import Files
internal import Recovery

/// `recover restore`: brings a snapshot back.
enum RestoreVerb: Verb {
    static let description = Command(
        "restore",
        "bring a snapshot back",
        section: "Recover",
        discussion: """
            Data, TAG and services come back together: after a safety snapshot the data is staged \
            and proven beside the target while everything runs; then the services stop, data and \
            TAG change, the services start and are asked whether they are healthy. Unless they \
            are, everything is taken back, and the exit code is 21. What was there is kept aside.

            With --to everything is written below a folder and nothing live is touched. With \
            --data-only services and TAG stay as they are. A collection of a Qdrant is made \
            and proven on the server under another name; then its aliases are moved there, or, \
            where it has none, it is put over the live one.
            """,
        examples: [
            Example("recover restore --tag 2026.01.14 --dry-run", "what would be done"),
            Example("recover restore --tag 2026.01.14 --confirm ai-suite", "data and TAG go back"),
            Example("recover restore --tag 2026.01.14 --to /tmp/look", "look at it elsewhere"),
            Example(
                "recover restore --snapshot latest rbac --data-only --confirm ai-suite",
                "put one component back in place"
            ),
            Example(
                "recover restore --snapshot latest vectors --collection docs --as docs-before",
                "look at a collection of a Qdrant beside the live one"
            ),
        ],
        positionals: [RecoverProgram.componentsPositional],
        options: [
            .value("tag", "TAG", "The newest complete snapshot of this TAG."),
            .value("at", "TIME", "The newest complete snapshot not later than this, RFC 3339."),
            .value(
                "snapshot",
                "ID",
                "An id, a unique beginning of one, latest, or latest:TAG.",
                kind: .listed(by: "recover list --ids")
            ),
            .value(
                "to",
                "DIR",
                "Write below this folder, which must be missing or empty.",
                kind: .folder
            ),
            .flag("data-only", "Put data back in place and leave the running TAG as it is."),
            .flag("stateful", "Change the images of databases, too."),
            .value(
                "collection",
                "NAME",
                "Only this collection of a Qdrant, by its name or an alias that it had.",
                repeatable: true
            ),
            .value(
                "as",
                "NAME",
                "Make the collection under this free name and leave everything else alone."
            ),
            .flag(
                "any-version",
                "Let versions of Qdrant differ by more than it promises to bear; points are proven."
            ),
        ],
        constraints: [
            .exactlyOne("--tag", "--at", "--snapshot"), .atMostOne("--to", "--data-only", "--as"),
            .atMostOne("--to", "--collection"),
        ]
    )

    static func isRecorded(_ invocation: Invocation) -> Bool { true }

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        let repository = try context.repository()
        let stack = try context.configured().value.stack
        let snapshot = try SnapshotChoice(context).choose(in: repository, stack: stack)
        let names = try SnapshotChoice.components(
            context.invocation.positionals("COMPONENT"),
            of: snapshot
        )
        if let folder = context.invocation.string("to") {
            return try RestoreToFolder(repository, snapshot, names, context)
                .run(Path(folder).absolute)
        }
        // What ran then has no place among the data; it can be looked at with --to.
        let named = context.invocation.positionals("COMPONENT")
        let data = names.filter { $0 != DeploymentRecord.componentName || named.contains($0) }
        if context.invocation.string("as") != nil {
            return try RestoreAside(repository, snapshot, data, context).run()
        }
        if context.invocation.flag("data-only") {
            return try RestoreInPlace(repository, snapshot, data, context).run()
        }
        var request = RecoveryRequest(verb: "restore")
        request.snapshot = snapshot
        request.components = data
        request.record = try repository.deployment(of: snapshot)
        request.recordedIn = snapshot
        let ran = request.record?.tagThatRan(TagForm(try context.configured().value.release))
        request.tag = ran ?? request.record?.tag.value ?? snapshot.tag
        if let name = snapshot.tag, let ran, name != ran {
            request.notes.append(
                "note: snapshot \(snapshot.id) is called TAG \(name), but \(ran) ran when it was "
                    + "taken, and comes back"
            )
        }
        request.allowsStateful = context.invocation.flag("stateful")
        // Of one under which another TAG ran the note above says all.
        if let tag = context.invocation.string("tag"), ran ?? tag == tag {
            request.notes += try RollbackChoice(
                repository: repository,
                loaded: try context.configured(),
                context: context,
                driver: nil
            ).otherBuild(of: tag, request, "recover restore --snapshot")
        }
        return try CoordinatedRecovery(
            request: request,
            loaded: try context.configured(),
            context: context
        ).run()
    }
}
