public import Calendars
public import Files

/// A folder of version folders with a link to the one in use.
///
/// ```
/// /mnt/models/202601140210/…            a version, with MANIFEST.sha256 and its ready mark
/// /mnt/models/current -> 202601140210   the one in use
/// /mnt/models/.recover/                 journal and lock
/// /mnt/models/.recover-…                unfinished work of a run; the next one clears it away
/// ```
public struct ModelFolder: Sendable {
    /// What the folder is called and how its versions are named.
    public struct Settings: Sendable {
        /// The folder.
        public var path: Path
        /// The link's name.
        public var link = Path("current")
        /// How versions are named.
        public var pattern = VersionPattern.standard
        /// In which zone.
        public var zone = Zone.ofHost
        /// The file that says a version is whole.
        public var readyFile = Path("_SUCCESS")
        /// How long a version without that file must lie still.
        public var settleSeconds: Int64 = 300

        /// Takes the usual settings.
        ///
        /// - Parameter path: The folder.
        public init(_ path: Path) {
            self.path = path
        }
    }

    /// What the folder is called and how its versions are named.
    public let settings: Settings

    /// Names a folder; nothing is opened.
    ///
    /// - Parameter settings: What it is called.
    public init(_ settings: Settings) {
        self.settings = settings
    }

    func open() throws(ModelError) -> Directory {
        do throws(FileError) {
            return try Directory(settings.path)
        } catch {
            throw ModelError(
                error.code == .notFound ? .notFound : .failed,
                "the model folder cannot be opened: \(error.message)",
                cause: error
            )
        }
    }

    /// Looks at every version, without reading content.
    ///
    /// - Parameter now: The present, for the settle time.
    /// - Returns: The versions in order of creation, the newest last.
    /// - Throws: ``ModelError``.
    public func versions(now: Moment = .now) throws(ModelError) -> [ModelVersion] {
        let root = try open()
        var found: [ModelVersion] = []
        let names = try ModelError.doing("list versions") { () throws(FileError) in try root.names()
        }
        for name in names {
            guard let text = name.text, let time = settings.pattern.time(of: text),
                (try? root.status(name))?.kind == .folder
            else { continue }
            let survey = VersionSurvey(root, name, settings, named: time, now: now)
            found.append(survey.version)
        }
        return found.sorted { ($0.created, $0.name) < ($1.created, $1.name) }
    }

    /// One version by its name.
    ///
    /// - Parameter name: The folder's name.
    /// - Returns: The version.
    /// - Throws: ``ModelError`` with `notFound`, naming what there is.
    public func version(_ name: String) throws(ModelError) -> ModelVersion {
        let all = try versions()
        if let found = all.first(where: { $0.name == name }) { return found }
        let newest = all.suffix(5).map(\.name).joined(separator: ", ")
        throw ModelError(
            .notFound,
            "no version \(name) in \(settings.path)"
                + (newest.isEmpty ? "; there is none at all" : "; the newest are \(newest)")
        )
    }

    /// What the link names now.
    ///
    /// - Returns: The link, also where its target is gone.
    /// - Throws: ``ModelError`` where neither link nor pointer file has that name.
    public func current() throws(ModelError) -> CurrentLink {
        try CurrentLink(in: try open(), settings)
    }

    /// The version that a rollback goes to, by the journal.
    ///
    /// - Parameters:
    ///   - versions: All versions, as ``versions(now:)`` gives them.
    ///   - current: The one in use.
    /// - Returns: The last one, not in use now, that served well and is still there and ready.
    /// - Throws: ``ModelError``.
    public func lastGood(
        among versions: [ModelVersion],
        besides current: String?
    ) throws(ModelError) -> String? {
        let there = Set(versions.filter { $0.state.isReady }.map(\.name))
        return ModelJournal.goodVersions(try journal()).last {
            $0 != current && there.contains($0)
        }
    }

    /// The journal of this folder.
    ///
    /// - Returns: Its lines, the newest last; none where nobody wrote one yet.
    /// - Throws: ``ModelError``.
    public func journal() throws(ModelError) -> [ModelJournal.Line] {
        try ModelJournal.lines(in: try open())
    }
}
