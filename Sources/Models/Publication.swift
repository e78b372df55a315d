internal import Calendars
internal import Cryptography
public import Files
internal import Manifests
public import Threads

/// Makes a version of a source.
///
/// It is copied into a hidden folder, proven, made durable, and given its name in one step: a run
/// that is stopped at any point leaves no version.
public struct Publication {
    /// What came of it.
    public struct Outcome: Sendable {
        /// The version's name.
        public let version: String
        /// Of all its files.
        public let sizeBytes: UInt64
        /// How many files it holds.
        public let fileCount: Int
        /// Whether the file system shares the blocks with the source.
        public let isShared: Bool
        /// Whether the folder lay there already and only got its manifest.
        public let isAdopted: Bool
        /// Why the journal does not say so, where it could not be written any more.
        public let unnoted: String?
        /// What runs that are gone have left and could not be cleared away, with the reason.
        public let leftovers: [String]
    }

    private let folder: ModelFolder
    private let lockWaitSeconds: Int
    private let cancellation: Cancellation
    private let copying: FileCopy

    private var settings: ModelFolder.Settings { folder.settings }
    private var reserved: Set<Path> { [VersionManifest.fileName, settings.readyFile] }

    /// Prepares a publication.
    ///
    /// - Parameters:
    ///   - folder: Where versions lie.
    ///   - lockWaitSeconds: How long to wait for another run.
    ///   - cancellation: Raised to stop at the next safe point.
    ///   - onBytes: Told how many bytes went through, on any thread.
    public init(
        _ folder: ModelFolder,
        lockWaitSeconds: Int,
        cancellation: Cancellation,
        onBytes: @escaping @Sendable (Int) -> Void
    ) {
        self.folder = folder
        self.lockWaitSeconds = lockWaitSeconds
        self.cancellation = cancellation
        copying = FileCopy(cancellation: cancellation, onBytes: onBytes)
    }

    /// Publishes.
    ///
    /// - Parameters:
    ///   - source: A folder or a file; a folder that is a version of this model folder already
    ///     stays where it is and gets its manifest.
    ///   - version: The name; nil takes the present minute, or the next one that is free.
    ///   - why: For the journal.
    /// - Returns: What was published.
    /// - Throws: ``ModelError``; then there is no new version.
    public func run(_ source: Path, version: String?, why: String?) throws(ModelError) -> Outcome {
        if let version, settings.pattern.time(of: version) == nil {
            throw ModelError(
                .invalid,
                "\(version) is not a time of the form \(settings.pattern.text)"
            )
        }
        let root = try folder.open()
        if let version, (try? root.status(Path(version))) != nil { throw taken(version) }
        let status = try ModelError.doing("look at the source") { () throws(FileError) in
            try FileStatus(of: source, following: true)
        }
        guard status.kind == .folder else {
            let file = try ModelError.doing("open the source") { () throws(FileError) in
                try OpenFile(source, .read)
            }
            let survey = try SourceSurvey(file)
            return try copy(survey, from: source.parent, stated: nil, root, version, why)
        }
        let from = try ModelError.doing("open the source") { () throws(FileError) in
            try Directory(source)
        }
        let survey = try SourceSurvey(from, reserved: reserved)
        let stated: VersionManifest?
        do throws(ModelError) {
            stated = try VersionManifest.read(in: from, Path("."))
        } catch {
            guard error.code == .notReady else { throw error }
            stated = nil
        }
        if version == nil, let name = try adopted(source, status, root) {
            return try adopt(survey, from, name, stated, root, why)
        }
        return try copy(survey, from: source, stated: stated, root, version, why)
    }

    /// The name of a source that is a version of this folder already.
    private func adopted(
        _ source: Path,
        _ status: FileStatus,
        _ root: borrowing Directory
    ) throws(ModelError) -> String? {
        let name = source.normalized.lastComponent
        guard let text = name.text, settings.pattern.time(of: text) != nil,
            let there = try? root.status(name), there.kind == .folder
        else { return nil }
        return there.inode == status.inode && there.device == status.device ? text : nil
    }

    private func copy(
        _ survey: SourceSurvey,
        from source: Path,
        stated: VersionManifest?,
        _ root: borrowing Directory,
        _ version: String?,
        _ why: String?
    ) throws(ModelError) -> Outcome {
        let name = Path(UnfinishedWork.publishPrefix + UnfinishedWork.suffix())
        let staging: Staging
        do throws(FileError) {
            try root.makeFolder(name, mode: 0o755)
            staging = try Staging(root.folder(name), source)
        } catch {
            throw ModelError("make a folder for the new version", error)
        }
        do throws(ModelError) {
            let (lines, isShared) = try staging.fill(survey, copying)
            try check(lines, against: stated, source)
            let given = try give(name, lines, staging, root, version, why)
            return Outcome(
                version: given.version,
                sizeBytes: survey.sizeBytes,
                fileCount: survey.files.count,
                isShared: isShared,
                isAdopted: false,
                unnoted: given.unnoted,
                leftovers: given.leftovers
            )
        } catch {
            try? root.removeTree(name)
            throw error
        }
    }

    /// A version that has its name.
    private struct Given {
        let version: String
        let unnoted: String?
        let leftovers: [String]
    }

    /// Names the folder: from here on there is a version.
    private func give(
        _ name: Path,
        _ lines: [ChecksumLine],
        _ staging: Staging,
        _ root: borrowing Directory,
        _ version: String?,
        _ why: String?
    ) throws(ModelError) -> Given {
        let lock = try FolderLock(root, waitSeconds: lockWaitSeconds, cancellation)
        defer { _ = lock }
        var journal = try ModelJournal(in: root)
        let created = Moment.now
        var time = created
        while true {
            if cancellation.reason != nil { throw ModelError(.cancelled, "stopped on request") }
            let chosen = version ?? settings.pattern.name(of: settings.zone.civilTime(at: time))
            time = Moment(
                secondsSince1970: time.secondsSince1970 + settings.pattern.stepSeconds
            )
            if (try? root.status(Path(chosen))) != nil {
                if version != nil { throw taken(chosen) }
                continue
            }
            let manifest = VersionManifest(version: chosen, created: created, lines: lines)
            do throws(FileError) {
                try staging.seal(manifest, readyFile: settings.readyFile)
                try root.rename(name, to: root, Path(chosen))
                try root.sync()
            } catch {
                // A trainer knows nothing of our lock and may have taken the name just now.
                if error.code == .exists, version == nil { continue }
                if error.code == .exists { throw taken(chosen) }
                throw ModelError("publish \(chosen)", error)
            }
            return Given(
                version: chosen,
                unnoted: journal.note(.publish, .done, to: chosen, why: why),
                leftovers: lock.leftovers
            )
        }
    }

    private func adopt(
        _ survey: SourceSurvey,
        _ from: borrowing Directory,
        _ name: String,
        _ stated: VersionManifest?,
        _ root: borrowing Directory,
        _ why: String?
    ) throws(ModelError) -> Outcome {
        let place = from.path
        let lines = try Staging.digests(of: survey, in: place, copying)
        try check(lines, against: stated, place)
        let lock = try FolderLock(root, waitSeconds: lockWaitSeconds, cancellation)
        defer { _ = lock }
        var journal = try ModelJournal(in: root)
        let manifest = VersionManifest(
            version: name,
            created: stated?.created ?? Moment.now,
            lines: lines
        )
        let open = try ModelError.doing("open the version") { () throws(FileError) in
            try root.folder(Path(name))
        }
        let staging = Staging(open, place)
        do throws(FileError) {
            try staging.seal(manifest, readyFile: settings.readyFile)
        } catch {
            throw ModelError("mark \(place) as ready", error)
        }
        let unnoted = journal.note(.publish, .done, to: name, why: why)
        return Outcome(
            version: name,
            sizeBytes: survey.sizeBytes,
            fileCount: survey.files.count,
            isShared: false,
            isAdopted: true,
            unnoted: unnoted,
            leftovers: lock.leftovers
        )
    }

    /// A source that brings a manifest must be what that manifest says.
    private func check(
        _ lines: [ChecksumLine],
        against stated: VersionManifest?,
        _ source: Path
    ) throws(ModelError) {
        guard let stated else { return }
        let found = Dictionary(lines.map { ($0.path, $0.digest) }) { first, _ in first }
        for line in stated.lines {
            // As `sha256sum` writes it: perhaps with "./" in front.
            let path = line.path.normalized
            guard let digest = found[path] else {
                throw ModelError(
                    .damaged,
                    "\(source.appending(path)) is in its manifest and is not there"
                )
            }
            if digest != line.digest {
                throw ModelError(
                    .damaged,
                    "\(source.appending(path)) is not what its manifest says"
                )
            }
        }
    }

    private func taken(_ version: String) -> ModelError {
        ModelError(.exists, "there is a version \(version) in \(settings.path) already")
    }
}
