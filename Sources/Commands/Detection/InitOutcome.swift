internal import Files
internal import Storage

/// What `init` found and did, on its way to a report.
struct InitOutcome {
    let target: Path
    let repository: Path
    var isKept = false
    var warnings: [Report.Warning] = []
    private var made: RepositoryMaking.Made?
    private var stack = ""
    private var components: [(name: String, path: String)] = []
    private var composeFiles: [String] = []
    private var otherFiles: [String] = []
    private var environmentFile: String?
    private var foreign: [String] = []
    private var answers: [String] = []
    private var unprotected: [String] = []
    private var sizeBytes: UInt64 = 0

    init(target: Path, repository: Path, isKept: Bool = false) {
        self.target = target
        self.repository = repository
        self.isKept = isKept
    }

    mutating func describe(_ detection: StackDetection, _ configuration: Configuration) {
        stack = configuration.stack
        components = configuration.paths
        composeFiles = detection.files.chosen.map(\.description)
        otherFiles = detection.files.others.map(\.description)
        environmentFile = detection.environment.file?.description
        foreign = detection.foreign.map(\.description)
        answers = detection.answers
        unprotected = detection.unprotected
        sizeBytes = detection.proposals.reduce(0) { $0 + $1.sizeBytes }
    }

    mutating func warn(_ code: String, _ message: String) {
        warnings.append(.init(code: code, message: message))
    }

    mutating func take(_ made: RepositoryMaking.Made) {
        self.made = made
        for ability in StoreProbe.Ability.allCases where !ability.isNeeded {
            guard let reason = made.probe.missing[ability], let loss = ability.loss else {
                continue
            }
            warn(
                "no-\(ability.key)",
                "\(repository) has no \(ability.rawValue): \(loss) (\(reason))"
            )
        }
        if made.isNew, sizeBytes > made.probe.availableBytes {
            warn(
                "room",
                "the data takes \(ByteText.text(sizeBytes)), and \(repository) has room for "
                    + ByteText.text(made.probe.availableBytes)
            )
        }
    }

    mutating func warn(placeOf configuration: Configuration, _ place: RepositoryPlace) {
        let neighbours = place.neighbours(among: configuration.paths)
        guard !neighbours.isEmpty else { return }
        warn(
            "same-disk",
            "\(repository) lies on the file system of \(neighbours.joined(separator: ", ")): one "
                + "broken disk takes both; use --repository on another one"
        )
    }

    /// The result.
    ///
    /// - Parameter text: For a dry run: the file that would be written.
    /// - Returns: The report.
    func report(showing text: String? = nil) -> Report {
        let result = InitVerb.Result(
            configuration: target.description,
            configurationIsNew: !isKept,
            repository: repository.description,
            repositoryIsNew: made?.isNew,
            fileSystem: made.map { InitVerb.Result.FileSystem($0.probe) },
            composeFiles: composeFiles,
            otherComposeFiles: otherFiles,
            environmentFile: environmentFile,
            components: components.map { .init(name: $0.name, path: $0.path) },
            unprotected: unprotected,
            answers: answers,
            readOnlyElsewhere: foreign,
            text: text
        )
        var report = Report("init", data: result, lines: lines(text))
        report.stack = stack
        report.warnings = warnings
        return report
    }

    private func lines(_ text: String?) -> [String] {
        var lines: [String] = []
        if let text, !text.isEmpty {
            lines.append("# \(target) would be:")
            lines += text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(
                String.init
            )
        } else {
            if !composeFiles.isEmpty {
                lines.append("compose: \(composeFiles.joined(separator: ", "))")
            }
            if !otherFiles.isEmpty {
                lines.append("not used: \(otherFiles.joined(separator: ", "))")
            }
            if !foreign.isEmpty {
                lines.append("read only, not taken: \(foreign.joined(separator: ", "))")
            }
            lines += answers
            let names = components.map(\.name).joined(separator: ", ")
            lines.append("components: \(names.isEmpty ? "none" : names)")
        }
        if let made {
            let abilities = StoreProbe.Ability.allCases.map {
                made.probe.missing[$0] == nil ? $0.rawValue : "no \($0.rawValue)"
            }
            lines.append("file system: \(abilities.joined(separator: ", "))")
            lines.append(
                "repository \(repository): \(made.isNew ? "made" : "there already"), "
                    + "room for \(ByteText.text(made.probe.availableBytes))"
            )
        }
        if text != nil {
            lines.append("Nothing was done: this was a dry run.")
        } else {
            lines.append(
                isKept
                    ? "OK init \(stack): \(target) is kept as it is"
                    : "OK init \(stack): \(target) written; look through it, then: recover backup"
            )
        }
        return lines
    }
}
