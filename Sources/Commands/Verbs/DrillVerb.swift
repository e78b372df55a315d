internal import Arguments
internal import Deduplication
internal import Files

/// `recover drill`: a restore for practice.
enum DrillVerb: Verb {
    static let description = Command(
        "drill",
        "restore a snapshot in isolation, open everything, and measure it",
        section: "Protect",
        discussion: """
            Everything comes back into a folder that nobody uses: every file is read again and \
            compared with its SHA-256, every database passes integrity_check and has its rows, every \
            collection is loaded into the configured Qdrant under a name of its own and deleted \
            again, compose renders its files. The time from nothing to proven data is measured. A \
            receipt stays in the state folder, and a line in release.log. With --fault a fault is \
            made there, and the drill fails if nobody notices it.
            """,
        examples: [
            Example("recover drill", "the newest snapshot"),
            Example("recover drill --fault kill-9", "and whether a killed restore does harm"),
            Example("recover drill latest:2026.01.14 --no-servers", "without loading collections"),
        ],
        positionals: [RecoverProgram.snapshotPositional],
        options: [
            .value(
                "fault",
                "NAME",
                "Also rehearse a fault.",
                kind: .choice(DrillFault.allCases.map(\.rawValue))
            ),
            .value(
                "in",
                "DIR",
                "Restore below this folder instead of the state folder.",
                kind: .folder
            ),
            .flag("no-servers", "Do not load collections into a server."),
            .flag("keep", "Leave the restored data there."),
        ]
    )

    static func isRecorded(_ invocation: Invocation) -> Bool { true }

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        var drill = try Drill(context)
        if context.invocation.flag("dry-run") {
            var report = Report(
                "drill",
                data: ["snapshot": drill.snapshot.id.text, "folder": drill.folder.description],
                lines: [
                    "would restore \(drill.snapshot.id) into \(drill.folder)",
                    "Nothing was done: this was a dry run.",
                ]
            )
            report.stack = drill.snapshot.stack
            return report
        }
        return try drill.run()
    }
}
