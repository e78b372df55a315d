internal import Cryptography
internal import Files
internal import Manifests
internal import Threads

/// The folder in which a version is made; other runs see by its lock that somebody works there.
final class Staging: Sendable {
    private let folder: Directory
    private let held: OpenFile?
    private let source: Path
    private let begunAt = Moment.now
    private static let clockGrainNanoseconds: Int64 = 2_000_000_000

    init(_ folder: consuming Directory, _ source: Path) {
        held = try? folder.asFile()
        _ = try? held?.tryLock()
        self.folder = folder
        self.source = source
    }

    /// Copies all that a source holds, on all cores, the largest files first.
    ///
    /// - Parameters:
    ///   - survey: What the source holds.
    ///   - copying: Copies one file.
    /// - Returns: A line for each file, and whether all blocks are shared with the source.
    /// - Throws: ``ModelError``.
    func fill(
        _ survey: SourceSurvey,
        _ copying: FileCopy
    ) throws(ModelError) -> (lines: [ChecksumLine], isShared: Bool) {
        try ModelError.doing("make the folders of the version") { () throws(FileError) in
            for made in survey.folders {
                try self.folder(of: made.path).makeFolder(
                    made.path.lastComponent,
                    mode: made.status.mode | 0o700
                )
            }
        }
        let copied = Monitor<[Path: Digest]>([:])
        let files = survey.largestFirst
        try WorkPool.run(files) { (file) throws(ModelError) in
            let digest = try self.copy(file, copying)
            copied.change { $0[file.path] = digest }
        }
        var digests = copied.change { $0 }
        let shared = files.filter { digests[$0.path] == nil }
        digests.merge(try digestsOfShared(shared, copying)) { $1 }
        try WorkPool.run(files) { (file) throws(ModelError) in try self.finish(file) }
        try ModelError.doing("finish the folders of the version") { () throws(FileError) in
            for link in survey.links {
                try self.folder(of: link.path).makeLink(link.path.lastComponent, to: link.target)
            }
            for made in survey.folders.reversed() {
                let inner = try self.folder.folder(made.path)
                try inner.sync()
                try inner.asFile().setMode(made.status.mode)
            }
        }
        let lines = digests.map { ChecksumLine(digest: $0.value, path: $0.key) }
        return (lines, shared.count == files.count)
    }

    /// The digest, but for a copy that shares its blocks and is still to be read.
    private func copy(
        _ file: SourceSurvey.File,
        _ copying: FileCopy
    ) throws(ModelError) -> Digest? {
        let from = try ModelError.doing("open") { () throws(FileError) in
            try OpenFile(source.appending(file.path), .read)
        }
        let to = try ModelError.doing("copy") { () throws(FileError) in
            try folder(of: file.path).open(file.path.lastComponent, .create)
        }
        let digest = try copying.run(from, to)
        try ModelError.doing("copy") { () throws(FileError) in
            let now = try from.status()
            guard now.sizeBytes == file.status.sizeBytes,
                now.modifiedNanoseconds == file.status.modifiedNanoseconds
            else {
                throw FileError(
                    code: .other,
                    message: "\(from.path) changed while it was read; publish it when it is whole"
                )
            }
        }
        return digest
    }

    /// Shared blocks are read by the source's name: under it the page cache still holds what was just written.
    ///
    /// That says what the copy holds only where the source is at rest; any other file is read in the copy.
    private func digestsOfShared(
        _ files: [SourceSurvey.File],
        _ copying: FileCopy
    ) throws(ModelError) -> [Path: Digest] {
        // A change within the clock's grain of the one before shows in no time.
        let oldest = begunAt.nanoseconds - Self.clockGrainNanoseconds
        let settled = files.filter { $0.status.changedNanoseconds < oldest }
        let read = try copying.digests(of: settled.map { source.appending($0.path) })
        var digests: [Path: Digest] = [:]
        for (file, digest) in zip(settled, read) where isUnchanged(file) {
            digests[file.path] = digest
        }
        let others = files.filter { digests[$0.path] == nil }
        let again = try copying.digests(of: others.map { folder.path.appending($0.path) })
        for (file, digest) in zip(others, again) { digests[file.path] = digest }
        return digests
    }

    private func isUnchanged(_ file: SourceSurvey.File) -> Bool {
        guard let now = try? OpenFile(source.appending(file.path), .read).status() else {
            return false
        }
        return now.inode == file.status.inode && now.device == file.status.device
            && now.sizeBytes == file.status.sizeBytes
            && now.modifiedNanoseconds == file.status.modifiedNanoseconds
            && now.changedNanoseconds == file.status.changedNanoseconds
    }

    /// Last of all: a mode may forbid us to read.
    private func finish(_ file: SourceSurvey.File) throws(ModelError) {
        try ModelError.doing("finish") { () throws(FileError) in
            let made = try folder(of: file.path).open(file.path.lastComponent, .update)
            try made.setModified(nanoseconds: file.status.modifiedNanoseconds)
            try made.setMode(file.status.mode & 0o777)
            try made.sync()
        }
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

    /// Digests files where they lie.
    ///
    /// - Parameters:
    ///   - survey: Which files.
    ///   - place: Their folder.
    ///   - copying: Reads one file.
    /// - Returns: A line for each.
    /// - Throws: ``ModelError``.
    static func digests(
        of survey: SourceSurvey,
        in place: Path,
        _ copying: FileCopy
    ) throws(ModelError) -> [ChecksumLine] {
        let files = survey.largestFirst
        let digests = try copying.digests(of: files.map { place.appending($0.path) })
        return zip(files, digests).map { ChecksumLine(digest: $1, path: $0.path) }
    }

    private func folder(of path: Path) throws(FileError) -> Directory {
        try folder.folder(path.parent)
    }
}
