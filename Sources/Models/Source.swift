internal import Cryptography
internal import Files
internal import Manifests
internal import Threads

/// A source, held open as it was surveyed: what becomes of its names afterwards cannot change which
/// bytes are meant.
final class Source: Sendable {
    private enum Holding: ~Copyable, Sendable {
        case folder(Directory)
        case file(OpenFile)
    }

    /// The path it was named by, for messages.
    let path: Path
    /// What it is itself.
    let status: FileStatus
    /// What it holds.
    let survey: SourceSurvey
    /// The manifest that a folder brings.
    let stated: VersionManifest?
    private let holding: Holding
    private let reserved: Set<Path>

    var isFolder: Bool { status.kind == .folder }

    /// Opens a source and looks at all of it.
    ///
    /// - Parameters:
    ///   - path: A folder or a file; a link to one is followed, once.
    ///   - reserved: Names at its top that a publication makes itself.
    /// - Throws: ``ModelError``.
    init(_ path: Path, reserved: Set<Path>) throws(ModelError) {
        self.path = path
        self.reserved = reserved
        let found = try ModelError.doing("look at the source") { () throws(FileError) in
            try FileStatus(of: path, following: true)
        }
        if found.kind == .folder {
            let folder = try ModelError.doing("open the source") { () throws(FileError) in
                try Directory(path)
            }
            status = try ModelError.doing("look at the source") { () throws(FileError) in
                try folder.status(Path(""))
            }
            survey = try SourceSurvey(folder, reserved: reserved)
            stated = try Self.stated(in: folder)
            holding = .folder(folder)
        } else {
            let file = try ModelError.doing("open the source") { () throws(FileError) in
                try OpenFile(path, .read)
            }
            status = try ModelError.doing("look at the source") { () throws(FileError) in
                try file.status()
            }
            survey = try SourceSurvey(file, status, reserved: reserved)
            stated = nil
            holding = .file(file)
        }
    }

    private static func stated(
        in folder: borrowing Directory
    ) throws(ModelError) -> VersionManifest? {
        do throws(ModelError) {
            return try VersionManifest.read(in: folder, Path("."))
        } catch {
            guard error.code == .notReady else { throw error }
            return nil
        }
    }

    /// Opens a file and compares it with the survey.
    ///
    /// - Parameter file: One of the survey.
    /// - Returns: The file that was surveyed, open for reading.
    /// - Throws: ``ModelError``.
    func open(_ file: SourceSurvey.File) throws(ModelError) -> OpenFile {
        let found = try ModelError.doing("open") { () throws(FileError) in
            switch holding {
            case .folder(let folder):
                try folder.folder(file.path.parent).open(file.path.lastComponent, .read)
            case .file(let open): try open.duplicate()
            }
        }
        try file.check(found)
        return found
    }

    /// Digests the files where they lie, on all cores and two at a time on each.
    ///
    /// - Parameter reading: Reads one file.
    /// - Returns: A line for each.
    /// - Throws: ``ModelError``, also where a file changed meanwhile.
    func digests(_ reading: FileCopy) throws(ModelError) -> [ChecksumLine] {
        let lines = Monitor<[ChecksumLine]>([])
        try WorkPool.run(survey.largestFirst.grouped(by: 2)) { (files) throws(ModelError) in
            let digests = try self.digests(of: files, reading)
            lines.change { lines in
                for (file, digest) in zip(files, digests) {
                    lines.append(ChecksumLine(digest: digest, path: file.path))
                }
            }
        }
        return lines.change { $0 }
    }

    private func digests(
        of files: [SourceSurvey.File],
        _ reading: FileCopy
    ) throws(ModelError) -> [Digest] {
        let first = try open(files[0])
        guard files.count > 1 else {
            let digest = try reading.doing("read") { () throws(FileError) in
                try reading.digest(of: first)
            }
            try files[0].check(first)
            return [digest]
        }
        let second = try open(files[1])
        let both = try reading.doing("read") { () throws(FileError) in
            try reading.digests(of: first, second)
        }
        try files[0].check(first)
        try files[1].check(second)
        return [both.0, both.1]
    }

    /// Looks at all of it once more.
    ///
    /// - Throws: ``ModelError`` where a name came, went, or stands for something else than before.
    func checkUnchanged() throws(ModelError) {
        switch holding {
        case .folder(let folder):
            let now = try SourceSurvey(folder, reserved: reserved)
            guard let changed = now.difference(from: survey) else { return }
            throw ModelError.changed(path.appending(changed))
        case .file(let open): try survey.files[0].check(open)
        }
    }
}

extension ModelError {
    static func changed(_ path: Path) -> ModelError {
        ModelError(.failed, "\(path) changed while it was read; publish it when it is whole")
    }
}

extension Array {
    /// The elements in runs of a length; the last may be shorter.
    func grouped(by length: Int) -> [[Element]] {
        stride(from: 0, to: count, by: length).map {
            Array(self[$0..<Swift.min($0 + length, count)])
        }
    }
}
