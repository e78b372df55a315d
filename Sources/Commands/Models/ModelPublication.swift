internal import Arguments
internal import Files
internal import Models

/// `recover models publish`: makes a version of a folder.
struct ModelPublication {
    static let description = Command(
        "publish",
        "make a version of a folder, whole or not at all",
        discussion: """
            Copies SRC into a hidden folder, writes MANIFEST.sha256, makes all of it durable and \
            gives it its name in one step. A minute that is taken gives the next free one. A SRC \
            that is a version of the model folder already stays in place and gets its manifest.
            """,
        examples: [
            Example("recover models publish out/run-17", "a version named by the present minute"),
            Example(
                "recover models publish out/run-17 --activate --health http://localhost:8000/health",
                "in use if healthy"
            ),
            Example(
                "recover models publish /mnt/models/202601140210",
                "a trainer's folder, in place"
            ),
        ],
        positionals: [
            Positional("SRC", .required, "A folder, or a single file.", kind: .folder)
        ],
        options: [
            .value("into", "DIR", "The model folder, as --folder.", kind: .folder),
            .value("version", "VERSION", "Its name; else the present time in the configured zone."),
            .flag("activate", "Switch to it, as `recover models switch` does."),
        ] + ModelsVerb.gateOptions
    )

    struct Result: Encodable, Sendable {
        var version: String
        var folder: String
        var sizeBytes: UInt64
        var files: Int
        var blocksShared: Bool
        var adopted: Bool
        var inUse: Bool

        enum CodingKeys: String, CodingKey {
            case version
            case folder
            case sizeBytes = "size_bytes"
            case files
            case blocksShared = "blocks_shared"
            case adopted
            case inUse = "in_use"
        }
    }

    private let place: ModelPlace
    private let context: Context

    init(_ place: ModelPlace, _ context: Context) {
        self.place = place
        self.context = context
    }

    func run() throws(CommandFailure) -> Report {
        guard let source = context.invocation.positional("SRC") else {
            preconditionFailure("the parser demands it")
        }
        let activation = ModelSwitching(place, context, isRollback: false)
        let isActivated = context.invocation.flag("activate")
        if isActivated { try activation.check() }
        let path = Path(source).absolute
        if context.invocation.flag("dry-run") {
            return Report(
                "models-publish",
                data: [String: String](),
                lines: [
                    "would publish \(path) into \(place.folder.settings.path)",
                    "Nothing was done: this was a dry run.",
                ]
            )
        }
        let progress = CheckProgress(context.console)
        let publication = Publication(
            place.folder,
            lockWaitSeconds: try context.lockWaitSeconds(),
            cancellation: context.cancellation
        ) { progress.take($0) }
        let outcome = try modelling { () throws(ModelError) in
            try publication.run(
                path,
                version: context.invocation.string("version"),
                why: context.invocation.string("reason")
            )
        }
        progress.finish()
        var lines = [
            "OK published \(outcome.version): \(outcome.fileCount) files, "
                + ByteText.text(outcome.sizeBytes)
                + (outcome.isShared ? ", blocks shared with the source" : "")
                + (outcome.isAdopted ? ", in place" : "")
        ]
        var warnings = [Report.Warning(unnoted: outcome.unnoted)].compactMap { $0 }
        // A switch to it looks once more, and says the same.
        if !isActivated { warnings += outcome.leftovers.map { .init(leftover: $0) } }
        if isActivated {
            let switched: Report
            do throws(CommandFailure) {
                switched = try activation.run(to: outcome.version)
            } catch {
                var failure = error
                failure.state =
                    "version \(outcome.version) is published; for the rest, \(error.state)"
                throw failure
            }
            lines += switched.lines
            warnings += switched.warnings
        }
        let result = Result(
            version: outcome.version,
            folder: place.folder.settings.path.description,
            sizeBytes: outcome.sizeBytes,
            files: outcome.fileCount,
            blocksShared: outcome.isShared,
            adopted: outcome.isAdopted,
            inUse: isActivated
        )
        var report = Report("models-publish", data: result, lines: lines)
        report.warnings = warnings
        return report
    }
}
