internal import Cryptography
internal import Files
internal import Manifests
internal import Threads

/// The folder in which a version is made; other runs see by its lock that somebody works there.
final class Staging: Sendable {
    private let folder: Directory
    private let held: OpenFile?
    private let begunAt = Moment.now
    private static let clockGrainNanoseconds: Int64 = 2_000_000_000

    init(_ folder: consuming Directory) {
        held = try? folder.asFile()
        _ = try? held?.tryLock()
        self.folder = folder
    }

    /// Copies all that a source holds, on all cores, the largest files first.
    ///
    /// - Parameters:
    ///   - source: The source.
    ///   - copying: Copies one file.
    /// - Returns: A line for each file, and whether all blocks are shared with the source.
    /// - Throws: ``ModelError``.
    func fill(
        _ source: Source,
        _ copying: FileCopy
    ) throws(ModelError) -> (lines: [ChecksumLine], isShared: Bool) {
        let survey = source.survey
        try ModelError.doing("make the folders of the version") { () throws(FileError) in
            for made in survey.folders {
                try self.folder(of: made.path).makeFolder(
                    made.path.lastComponent,
                    mode: made.status.mode | 0o700
                )
            }
        }
        let files = survey.largestFirst
        // Where nothing is to be moved, digests are all the work, and two take little more than one.
        let groups = files.grouped(by: sharesBlocks(with: source, files[0]) ? 2 : 1)
        let done = Monitor<(lines: [ChecksumLine], isShared: Bool)>(([], true))
        try WorkPool.run(groups) { (files) throws(ModelError) in
            let copied = try self.copy(files, of: source, copying)
            done.change { done in
                for (file, copy) in zip(files, copied) {
                    done.lines.append(ChecksumLine(digest: copy.digest, path: file.path))
                    done.isShared = done.isShared && copy.isShared
                }
            }
        }
        try ModelError.doing("finish the folders of the version") { () throws(FileError) in
            for (path, target) in survey.links {
                try self.folder(of: path).makeLink(path.lastComponent, to: target)
            }
            for made in survey.folders.reversed() {
                let inner = try self.folder.folder(made.path)
                try inner.sync()
                try inner.asFile().setMode(made.status.mode)
            }
        }
        return done.change { $0 }
    }

    /// Copies and digests one file, or two side by side.
    private func copy(
        _ files: [SourceSurvey.File],
        of source: Source,
        _ copying: FileCopy
    ) throws(ModelError) -> [(digest: Digest, isShared: Bool)] {
        let first = try transfer(files[0], of: source, copying)
        guard files.count > 1 else {
            let digest = try first.digest()
            try first.finish()
            return [(digest, first.isShared)]
        }
        let second = try transfer(files[1], of: source, copying)
        let digests = try first.digests(with: second)
        try first.finish()
        try second.finish()
        return [(digests.0, first.isShared), (digests.1, second.isShared)]
    }

    private func transfer(
        _ file: SourceSurvey.File,
        of source: Source,
        _ copying: FileCopy
    ) throws(ModelError) -> FileTransfer {
        let from = try source.open(file)
        let to = try ModelError.doing("copy") { () throws(FileError) in
            try folder(of: file.path).open(file.path.lastComponent, .create)
        }
        // A change within the clock's grain of the one before shows in no time.
        let oldest = begunAt.nanoseconds - Self.clockGrainNanoseconds
        return try FileTransfer(
            file,
            from: from,
            to: to,
            isAtRest: file.status.changedNanoseconds < oldest,
            copying
        )
    }

    /// Whether the file system shares blocks, tried with a file.
    private func sharesBlocks(with source: Source, _ file: SourceSurvey.File) -> Bool {
        let name = Path(UnfinishedWork.linkPrefix + UnfinishedWork.suffix())
        guard let from = try? source.open(file), let trial = try? folder.open(name, .create) else {
            return false
        }
        defer { try? folder.remove(name) }
        return trial.clone(from)
    }

    /// Writes the manifest and the ready mark, and makes the whole folder durable.
    ///
    /// - Parameters:
    ///   - manifest: What the version holds.
    ///   - readyFile: The mark.
    /// - Throws: ``FileError``.
    func seal(_ manifest: VersionManifest, readyFile: Path) throws(FileError) {
        try write(manifest.bytes, as: VersionManifest.fileName)
        try write([], as: readyFile)
        try folder.sync()
    }

    private func write(_ bytes: [UInt8], as name: Path) throws(FileError) {
        let fresh = Path(UnfinishedWork.linkPrefix + UnfinishedWork.suffix())
        do throws(FileError) {
            let file = try folder.open(fresh, .create)
            try file.append(bytes)
            try file.setMode(0o644)
            try file.sync()
            try folder.replace(name, with: fresh)
        } catch {
            try? folder.remove(fresh)
            throw error
        }
    }

    private func folder(of path: Path) throws(FileError) -> Directory {
        try folder.folder(path.parent)
    }
}
