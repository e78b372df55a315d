internal import Arguments
internal import Files
internal import Models

/// `recover models verify`: reads versions and compares every byte with what is stated.
struct ModelVerification {
    static let description = Command(
        "verify",
        "read versions and compare them with their manifests",
        discussion: """
            Without a name the version in use, or, in a folder without versions, the plain files \
            in it, such as *.gguf. Files that are damaged, missing or extra are named; damaged \
            and missing ones end with 20. `.sha256` files beside the models count too.
            """,
        examples: [
            Example("recover models verify", "the version in use"),
            Example("recover models verify --all", "every ready version"),
            Example("recover models verify --folder /mnt/e/ai-models", "files with .sha256 files"),
        ],
        positionals: [
            Positional("VERSION", .optional, "A version or file; the one in use when left out.")
        ],
        options: [.flag("all", "Every ready version, and every plain file.")]
    )

    struct Result: Encodable, Sendable {
        /// What the bytes of a version are worth.
        enum Outcome: String, Encodable, Sendable {
            /// All that is stated of it is so.
            case ok
            /// A file has other bytes than stated, or is missing.
            case damaged
            /// Nothing states what it should hold.
            case unproven
        }

        struct Version: Encodable, Sendable {
            var version: String
            var outcome: Outcome
            var intact: Bool
            var files: Int
            var sizeBytes: UInt64
            var damaged: [String]
            var missing: [String]
            var extra: [String]
            /// Files of a version without manifest that nothing else states.
            var unproven: [String]
            var problem: String?

            enum CodingKeys: String, CodingKey {
                case version
                case outcome
                case intact
                case files
                case sizeBytes = "size_bytes"
                case damaged
                case missing
                case extra
                case unproven
                case problem
            }
        }

        /// Files that lie in the folder itself.
        struct Plain: Encodable, Sendable {
            var intact: Bool
            var files: Int
            var sizeBytes: UInt64
            var damaged: [String]
            var missing: [String]
            var unstated: [String]

            enum CodingKeys: String, CodingKey {
                case intact, files, damaged, missing, unstated
                case sizeBytes = "size_bytes"
            }
        }

        var versions: [Version]
        var plain: Plain?
        var readBytes: UInt64
        var elapsedSeconds: Double

        enum CodingKeys: String, CodingKey {
            case versions, plain
            case readBytes = "read_bytes"
            case elapsedSeconds = "elapsed_seconds"
        }
    }

    private let place: ModelPlace
    private let context: Context

    init(_ place: ModelPlace, _ context: Context) {
        self.place = place
        self.context = context
    }

    func run() throws(CommandFailure) -> Report {
        let (names, files) = try chosen()
        let startedAt = Moment.now
        let progress = CheckProgress(context.console)
        let proof = VersionProof(place.folder, cancellation: context.cancellation) {
            progress.take($0)
        }
        var versions: [Result.Version] = []
        for name in names {
            do throws(ModelError) {
                versions.append(version(try proof.run(name)))
            } catch {
                guard names.count > 1, error.code == .notReady || error.code == .damaged else {
                    throw CommandFailure(error)
                }
                versions.append(
                    .init(
                        version: name,
                        outcome: error.code == .damaged ? .damaged : .unproven,
                        intact: false,
                        files: 0,
                        sizeBytes: 0,
                        damaged: [],
                        missing: [],
                        extra: [],
                        unproven: [],
                        problem: error.message
                    )
                )
            }
        }
        let plain = try files.map { (files) throws(CommandFailure) in
            Self.plain(try modelling { () throws(ModelError) in try proof.run(files) })
        }
        if let plain, plain.files == 0, plain.missing.isEmpty, versions.isEmpty {
            throw CommandFailure(
                .failed,
                "version-not-ready",
                "nothing states the SHA-256 of any file in \(place.folder.settings.path), so "
                    + "nothing can be proven",
                next: "write FILE.sha256 where the files come from: sha256sum FILE > FILE.sha256"
            )
        }
        progress.finish()
        let seconds = Moment.now.seconds(since: startedAt)
        return report(versions, plain, seconds)
    }

    private func chosen() throws(CommandFailure) -> (versions: [String], plain: PlainFiles?) {
        let files = try modelling { () throws(ModelError) in
            try PlainFiles(in: place.folder, place.pattern)
        }
        let named = context.invocation.positional("VERSION")
        if context.invocation.flag("all") {
            if named != nil {
                throw CommandFailure(.usage, "usage", "name a version, or --all, not both")
            }
            let all = try modelling { () throws(ModelError) in try place.folder.versions() }
            guard !all.isEmpty || !files.isEmpty else {
                throw CommandFailure(
                    .notFound,
                    "version-not-found",
                    "there is no version in \(place.folder.settings.path)"
                )
            }
            // One that is still being written has nothing to be compared with.
            let settled = all.filter { if case .incomplete = $0.state { false } else { true } }
            return (settled.map(\.name), files.isEmpty ? nil : files)
        }
        if let named {
            if let one = files.only(Path(named)) { return ([], one) }
            return (
                [try modelling { () throws(ModelError) in try place.folder.version(named).name }],
                nil
            )
        }
        let link = try modelling { () throws(ModelError) in try place.folder.current() }
        if link.kind == .none, !files.isEmpty { return ([], files) }
        guard let current = link.version else {
            throw CommandFailure(
                .notFound,
                "version-not-found",
                "no version of \(place.folder.settings.path) is in use; name one"
            )
        }
        return (
            [try modelling { () throws(ModelError) in try place.folder.version(current).name }], nil
        )
    }

    private static func plain(_ report: VersionProof.Report) -> Result.Plain {
        .init(
            intact: report.isIntact,
            files: report.fileCount,
            sizeBytes: report.sizeBytes,
            damaged: report.damaged.map(\.description),
            missing: report.missing.map(\.description),
            unstated: report.extra.map(\.description)
        )
    }

    private func version(_ report: VersionProof.Report) -> Result.Version {
        .init(
            version: report.version,
            outcome: report.isIntact ? .ok : .damaged,
            intact: report.isIntact,
            files: report.fileCount,
            sizeBytes: report.sizeBytes,
            damaged: report.damaged.map(\.description),
            missing: report.missing.map(\.description),
            extra: report.hasManifest ? report.extra.map(\.description) : [],
            unproven: report.hasManifest ? [] : report.extra.map(\.description)
        )
    }

    private func report(
        _ versions: [Result.Version],
        _ plain: Result.Plain?,
        _ seconds: Double
    ) -> Report {
        let readBytes = versions.reduce(plain?.sizeBytes ?? 0) { $0 + $1.sizeBytes }
        let result = Result(
            versions: versions,
            plain: plain,
            readBytes: readBytes,
            elapsedSeconds: seconds
        )
        var lines: [String] = []
        var report = Report("models-verify", data: result, lines: [])
        for version in versions { tell(version, &lines, &report) }
        if let plain { tell(plain, &lines, &report) }
        let bad =
            versions.filter { $0.outcome == .damaged }.map(\.version) + (plain?.damaged ?? [])
            + (plain?.missing ?? [])
        let unproven = versions.filter { $0.outcome == .unproven }.map(\.version)
        let rate = UInt64(Double(readBytes) / max(seconds, 0.001))
        let read = "\(ByteText.text(readBytes)) read, \(ByteText.text(rate))/s"
        if bad.isEmpty, unproven.isEmpty {
            lines.append("OK \(counted(versions.count, plain?.files)), \(read)")
        }
        if !unproven.isEmpty {
            lines.append("UNPROVEN \(unproven.joined(separator: ", ")): nothing states their bytes")
            lines.append("Next: recover models publish FOLDER, which writes a version's manifest")
            report.status = .failed
        }
        if !bad.isEmpty {
            lines.append("DAMAGED \(bad.joined(separator: ", "))")
            lines.append(
                "Next: publish it again under another name, or bring it back: "
                    + "recover restore --snapshot latest --to DIR"
            )
            report.status = .damaged
        }
        report.lines = lines
        return report
    }

    private func tell(
        _ version: Result.Version,
        _ lines: inout [String],
        _ report: inout Report
    ) {
        lines.append(
            "\(version.outcome.rawValue.uppercased())  \(version.version): "
                + "\(version.files) files, \(ByteText.text(version.sizeBytes))"
                + (version.problem.map { ", \($0)" } ?? "")
        )
        lines += version.damaged.map { "  damaged  \($0)" }
        lines += version.missing.map { "  missing  \($0)" }
        lines += version.extra.map { "  extra    \($0)" }
        lines += version.unproven.map { "  unproven \($0)" }
        let unstated = version.extra.count + version.unproven.count
        if unstated == 0 { return }
        report.warnings.append(
            .init(
                code: version.unproven.isEmpty ? "extra" : "unstated",
                message: "version \(version.version) holds \(unstated) files that "
                    + (version.unproven.isEmpty
                        ? "its manifest does not name" : "nothing states the SHA-256 of")
            )
        )
    }

    private func counted(_ versions: Int, _ files: Int?) -> String {
        guard let files else { return "\(versions) versions" }
        return (versions == 0 ? "" : "\(versions) versions, ") + "\(files) files"
    }

    /// A file of which nothing states a digest was not proven, and no line may sound as if it were.
    private func tell(_ plain: Result.Plain, _ lines: inout [String], _ report: inout Report) {
        lines.append(
            "\(plain.intact ? "OK" : "DAMAGED")  plain files: "
                + "\(plain.files) files, \(ByteText.text(plain.sizeBytes))"
        )
        lines += plain.damaged.map { "  damaged  \($0)" }
        lines += plain.missing.map { "  missing  \($0)" }
        lines += plain.unstated.map { "  unproven \($0)" }
        guard !plain.unstated.isEmpty else { return }
        report.warnings.append(
            .init(
                code: "unstated",
                message: "of \(plain.unstated.count) files nothing states the SHA-256: "
                    + "write it where they come from, as FILE.sha256"
            )
        )
    }
}
