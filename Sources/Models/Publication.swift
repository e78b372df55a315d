internal import Calendars
internal import Cryptography
public import Files
internal import Manifests
public import Threads

/// Makes a version of a source.
///
/// It is copied into a hidden folder, digested as it is read, made durable, and given its name in
/// one step: a run that is stopped at any point leaves no version. What was read of the source is
/// proven, not what the disk gives back of the copy: that takes a ``VersionProof``.
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
        try checkOutside(source, root)
        let source = try Source(source, reserved: reserved)
        if version == nil, let name = adopted(source, root) {
            return try adopt(source, name, root, why)
        }
        return try copy(source, root, version, why)
    }

    /// A version cannot hold the folder that holds it.
    private func checkOutside(
        _ source: Path,
        _ root: borrowing Directory
    ) throws(ModelError) {
        guard let status = try? FileStatus(of: source, following: true),
            var place = try? root.path.real()
        else { return }
        while true {
            if let above = try? FileStatus(of: place), FileIdentity(above) == FileIdentity(status) {
                throw ModelError(
                    .invalid,
                    "\(source) holds the model folder itself; name the folder of one model"
                )
            }
            if place == Path("/") { return }
            place = place.parent
        }
    }

    /// The name of a source that is a version of this folder already.
    private func adopted(_ source: Source, _ root: borrowing Directory) -> String? {
        let name = source.path.normalized.lastComponent
        guard source.isFolder, let text = name.text, settings.pattern.time(of: text) != nil,
            let there = try? root.status(name), there.kind == .folder
        else { return nil }
        return FileIdentity(there) == FileIdentity(source.status) ? text : nil
    }

    private func copy(
        _ source: Source,
        _ root: borrowing Directory,
        _ version: String?,
        _ why: String?
    ) throws(ModelError) -> Outcome {
        let name = Path(UnfinishedWork.publishPrefix + UnfinishedWork.suffix())
        let staging = try ModelError.doing("make a folder for the new version") {
            () throws(FileError) in
            try root.makeFolder(name, mode: 0o755)
            return Staging(try root.folder(name))
        }
        do throws(ModelError) {
            let (lines, isShared) = try staging.fill(source, copying)
            let links = source.survey.links
            let manifest = VersionManifest(version: "", created: nil, lines: lines, links: links)
            try check(manifest, against: source)
            let given = try give(name, manifest, staging, root, version, why)
            return Outcome(
                version: given.version,
                sizeBytes: source.survey.sizeBytes,
                fileCount: source.survey.files.count,
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
        _ whole: VersionManifest,
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
            var manifest = whole
            (manifest.version, manifest.created) = (chosen, created)
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
        _ source: Source,
        _ name: String,
        _ root: borrowing Directory,
        _ why: String?
    ) throws(ModelError) -> Outcome {
        let survey = source.survey
        let manifest = VersionManifest(
            version: name,
            created: source.stated?.created ?? Moment.now,
            lines: try source.digests(copying),
            links: survey.links
        )
        try check(manifest, against: source)
        let lock = try FolderLock(root, waitSeconds: lockWaitSeconds, cancellation)
        defer { _ = lock }
        var journal = try ModelJournal(in: root)
        let open = try ModelError.doing("open the version") { () throws(FileError) in
            try root.folder(Path(name))
        }
        let staging = Staging(open)
        // Here nothing was copied: whoever still writes would go on in what is marked as whole.
        try source.checkUnchanged()
        guard adopted(source, root) == name else { throw ModelError.changed(source.path) }
        do throws(FileError) {
            try staging.seal(manifest, readyFile: settings.readyFile)
        } catch {
            throw ModelError("mark \(source.path) as ready", error)
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
        _ manifest: VersionManifest,
        against source: Source
    ) throws(ModelError) {
        guard let stated = source.stated else { return }
        func refusal(_ path: Path, _ what: String) -> ModelError {
            ModelError(.damaged, "\(source.path.appending(path)) is \(what)")
        }
        let found = Dictionary(manifest.lines.map { ($0.path, $0.digest) }) { first, _ in first }
        for line in stated.lines {
            // As `sha256sum` writes it: perhaps with "./" in front.
            let path = line.path.normalized
            guard let digest = found[path] else {
                throw refusal(path, "in its manifest and is not there")
            }
            if digest != line.digest { throw refusal(path, "not what its manifest says") }
        }
        for (path, target) in stated.links where manifest.links[path] != target {
            throw refusal(path, "not the link that its manifest says")
        }
    }

    private func taken(_ version: String) -> ModelError {
        ModelError(.exists, "there is a version \(version) in \(settings.path) already")
    }
}
