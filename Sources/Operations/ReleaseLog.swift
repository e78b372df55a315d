public import Files

/// The release log that people read: an entry for every restore, rollback, drill and deploy
/// record, whether it succeeded or not.
public struct ReleaseLog: Sendable {
    private let path: Path
    private let template: Path?

    /// Names the log.
    ///
    /// - Parameters:
    ///   - path: The log; made with its folder where it is missing.
    ///   - template: What a new log begins with.
    public init(at path: Path, template: Path?) {
        self.path = path
        self.template = template
    }

    /// Adds an entry; durable when this returns.
    ///
    /// - Parameter outcome: What it says.
    /// - Throws: ``FileError``.
    public func append(_ outcome: Outcome) throws(FileError) {
        try Self.make(path.parent)
        var head: [UInt8] = []
        if (try? FileStatus(of: path)) == nil, let template {
            head = try OpenFile(template, .read).readAll(limitBytes: 1 << 20)
            if let last = head.last, last != 0x0A { head.append(0x0A) }
        }
        let folder = try Directory(path.parent)
        let file = try folder.open(path.lastComponent, .append)
        let isNew = try file.status().sizeBytes == 0
        // Everybody may read what was released; nothing in it is secret.
        if isNew { try file.setMode(0o644) }
        try file.append(head + Array(Self.entry(outcome).utf8))
        try file.sync()
        if isNew { try folder.sync() }
    }

    /// The entry as text, with an empty line before it.
    ///
    /// - Parameter outcome: What it says.
    /// - Returns: A heading and a line for each thing.
    public static func entry(_ outcome: Outcome) -> String {
        let facts = outcome.facts
        var lines: [(String, String?)] = [
            ("operation", outcome.operation),
            ("tag", facts.tag),
            ("tag_prev", facts.tagBefore),
            ("snapshot", facts.snapshot),
            ("safety_snapshot", facts.safetySnapshot),
            ("result", "\(outcome.result.rawValue) (exit \(outcome.exitCode))"),
            ("duration_seconds", seconds(outcome.durationSeconds)),
            ("downtime_seconds", facts.downtimeSeconds.map(seconds)),
            ("log", facts.log),
            (
                "data_rollback",
                facts.dataRollback.map { ($0.isPossible ? "yes, " : "no, ") + $0.why }
            ),
            ("reason", facts.reason),
        ]
        let isFailure = outcome.result != .done && outcome.result != .incomplete
        if isFailure {
            // The Minimum Failure Record: every line is there, also where nothing is known.
            lines += [
                ("stage", facts.stage ?? "before the first"),
                ("failing_check", facts.failingCheck ?? outcome.errors.first?.code ?? "-"),
                ("first_error", outcome.firstError ?? "-"),
                ("action_taken", facts.actionTaken ?? "none"),
                ("state_now", outcome.stateNow ?? "-"),
                ("next", outcome.next),
            ]
        }
        lines.append(("operator", outcome.account))
        let heading =
            "\n[\(outcome.finishedAt)] \(outcome.stack) \(outcome.verb) "
            + outcome.result.rawValue
        return
            ([heading]
            + lines.compactMap { name, value in
                value.map { "  \(name): \(oneLine($0))" }
            }).joined(separator: "\n") + "\n"
    }

    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: "; ")
    }

    private static func seconds(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func make(_ folder: Path) throws(FileError) {
        do throws(FileError) {
            _ = try Directory(folder)
        } catch {
            guard error.code == .notFound else { throw error }
            try make(folder.parent)
            do throws(FileError) {
                try Directory(folder.parent).makeFolder(folder.lastComponent, mode: 0o755)
            } catch {
                if error.code != .exists { throw error }
            }
        }
    }
}
