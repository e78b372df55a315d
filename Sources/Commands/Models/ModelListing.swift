internal import Arguments
internal import Files
internal import Models

/// `recover models list`: the versions there are.
struct ModelListing {
    static let description = Command(
        "list",
        "show the versions, the newest last",
        discussion: """
            Nothing is read but names and sizes: `damaged` here means that a file is missing; \
            `recover models verify` reads every byte.
            """,
        examples: [
            Example("recover models list", "what there is and what is in use"),
            Example("recover models list --json | jq -r '.data.current'", "the version in use"),
        ]
    )

    struct Result: Encodable, Sendable {
        struct Version: Encodable, Sendable {
            var version: String
            var createdAt: String
            var sizeBytes: UInt64
            var files: Int
            var state: String
            var problem: String?
            var current: Bool
            var lastGood: Bool
            var pinned: String?
            var hasManifest: Bool

            enum CodingKeys: String, CodingKey {
                case version
                case createdAt = "created_at"
                case sizeBytes = "size_bytes"
                case files
                case state
                case problem
                case current
                case lastGood = "last_good"
                case pinned
                case hasManifest = "has_manifest"
            }
        }

        /// A model that is a file of the folder itself.
        struct File: Encodable, Sendable {
            var name: String
            var modifiedAt: String
            var sizeBytes: UInt64
            var stated: Bool

            enum CodingKeys: String, CodingKey {
                case name, stated
                case modifiedAt = "modified_at"
                case sizeBytes = "size_bytes"
            }
        }

        var folder: String
        var linkKind: String
        var current: String?
        var lastGood: String?
        var versions: [Version]
        var files: [File]
        /// Files that only a `.sha256` file still tells of.
        var missing: [String]

        enum CodingKeys: String, CodingKey {
            case folder, files, missing
            case linkKind = "link_kind"
            case current
            case lastGood = "last_good"
            case versions
        }
    }

    private let place: ModelPlace
    private let context: Context

    init(_ place: ModelPlace, _ context: Context) {
        self.place = place
        self.context = context
    }

    func run() throws(CommandFailure) -> Report {
        let versions = try modelling { () throws(ModelError) in try place.folder.versions() }
        let link = try modelling { () throws(ModelError) in try place.folder.current() }
        let plain = try modelling { () throws(ModelError) in
            try PlainFiles(in: place.folder, place.pattern)
        }
        let lastGood = try modelling { () throws(ModelError) in
            try place.folder.lastGood(among: versions, besides: link.version)
        }
        let pins = place.pins(context)
        let shown = versions.map { version in
            Result.Version(
                version: version.name,
                createdAt: version.created.rfc3339,
                sizeBytes: version.sizeBytes,
                files: version.fileCount,
                state: word(version.state),
                problem: problem(version.state),
                current: version.name == link.version,
                lastGood: version.name == lastGood,
                pinned: pins.reasons[version.name],
                hasManifest: version.hasManifest
            )
        }
        let result = Result(
            folder: place.folder.settings.path.description,
            linkKind: link.kind.rawValue,
            current: link.version ?? link.target?.description,
            lastGood: lastGood,
            versions: shown,
            files: plain.files.map {
                .init(
                    name: $0.name.description,
                    modifiedAt: $0.modified.rfc3339,
                    sizeBytes: $0.sizeBytes,
                    stated: $0.isStated
                )
            },
            missing: plain.missing.map(\.description)
        )
        var report = Report("models-list", data: result, lines: lines(result))
        report.warnings = warnings(versions, link)
        if let problem = pins.problem {
            report.warnings.append(.init(code: "pins", message: "pins are not known: \(problem)"))
        }
        return report
    }

    private func word(_ state: ModelVersion.State) -> String {
        switch state {
        case .ready: "ready"
        case .incomplete: "incomplete"
        case .damaged: "damaged"
        }
    }

    private func problem(_ state: ModelVersion.State) -> String? {
        switch state {
        case .ready: nil
        case .incomplete(let why), .damaged(let why): why
        }
    }

    private func lines(_ result: Result) -> [String] {
        guard !result.versions.isEmpty || !result.files.isEmpty || !result.missing.isEmpty else {
            return ["no version in \(result.folder); the next step: recover models publish SRC"]
        }
        var table = TextTable([
            ("VERSION", .left), ("CREATED", .left), ("AGE", .right), ("SIZE", .right),
            ("STATE", .left), ("", .left),
        ])
        let now = Moment.now.secondsSince1970
        for version in result.versions {
            let created = Moment(rfc3339: version.createdAt)?.secondsSince1970 ?? now
            let notes = [
                version.current ? "current" : nil, version.lastGood ? "last good" : nil,
                version.pinned, version.hasManifest ? nil : "no manifest",
            ]
            table.add([
                version.version, TimeText.short(version.createdAt), age(now - created),
                ByteText.text(version.sizeBytes), version.state,
                notes.compactMap { $0 }.joined(separator: ", "),
            ])
        }
        for file in result.files {
            let changed = Moment(rfc3339: file.modifiedAt)?.secondsSince1970 ?? now
            table.add([
                file.name, TimeText.short(file.modifiedAt), age(now - changed),
                ByteText.text(file.sizeBytes), "file", file.stated ? "" : "no .sha256",
            ])
        }
        for name in result.missing {
            table.add([name, "", "", "", "missing", "its .sha256 is there"])
        }
        return table.lines
    }

    private func age(_ seconds: Int64) -> String {
        if seconds < 0 { return "-" }
        if seconds < 7200 { return "\(seconds / 60)m" }
        return seconds < 172_800 ? "\(seconds / 3600)h" : "\(seconds / 86_400)d"
    }

    private func warnings(_ versions: [ModelVersion], _ link: CurrentLink) -> [Report.Warning] {
        var warnings: [Report.Warning] = []
        for version in versions {
            if let why = problem(version.state) {
                warnings.append(
                    .init(code: word(version.state), message: "version \(version.name): \(why)")
                )
            }
            if let hours = version.clockOffsetHours {
                warnings.append(
                    .init(
                        code: "clock",
                        message:
                            "version \(version.name) is \(abs(hours)) h \(hours > 0 ? "younger" : "older") "
                            + "than its name says: two programs name folders in two time zones"
                    )
                )
            }
        }
        if link.kind != .none, !versions.contains(where: { $0.name == link.version }) {
            let target = link.target?.description ?? "nothing"
            warnings.append(
                .init(
                    code: "link",
                    message: "\(place.folder.settings.link) names \(target), "
                        + "which is no version of this folder"
                )
            )
        }
        return warnings
    }
}
