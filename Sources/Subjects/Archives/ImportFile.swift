internal import Archiving
public import Cryptography
internal import Databases
public import Files
internal import Manifests

/// A file that is to become a snapshot, its bytes proven by the `.sha256` beside it if there is one.
public struct ImportFile: ~Copyable {
    private static let listLimitBytes = 1 << 20
    /// Left free for the rest of the machine.
    private static let reserveBytes: UInt64 = 64 << 20
    private static let memberCountMax = 20_000_000

    /// The file.
    public let path: Path
    /// SHA-256 of its content.
    public let digest: Digest
    /// Whether a `.sha256` beside it says the same.
    public let isProven: Bool
    private let file: OpenFile
    private let status: FileStatus

    /// Opens a file, reads it once, and compares it with its `.sha256`.
    ///
    /// - Parameter path: An absolute path.
    /// - Throws: ``ImportError``; `wrongDigest` where the checksum says otherwise.
    public init(_ path: Path) throws(ImportError) {
        let file = try importing { () throws(FileError) in try OpenFile(path, .read) }
        let status = try importing { () throws(FileError) in try file.status() }
        guard status.kind == .file else {
            throw ImportError(.file, "\(path) is not a regular file")
        }
        let digest = try importing { () throws(FileError) in try ChecksumSidecar.digest(of: file) }
        let stated = try Self.statedDigest(path)
        guard stated == nil || stated == digest else {
            throw ImportError(
                .wrongDigest,
                "\(path) has the SHA-256 \(digest), its \(ChecksumSidecar.suffix) says "
                    + (stated?.hex ?? "")
            )
        }
        self.path = path
        self.digest = digest
        self.file = file
        self.status = status
        isProven = stated != nil
    }

    private static func statedDigest(_ path: Path) throws(ImportError) -> Digest? {
        let sidecar = path.adding(suffix: ChecksumSidecar.suffix)
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try OpenFile(sidecar, .read).readAll(limitBytes: listLimitBytes)
        } catch {
            if error.code == .notFound { return nil }
            throw ImportError(error)
        }
        do throws(ManifestError) {
            return try ChecksumSidecar.digest(of: path.lastComponent, statedBy: bytes)
        } catch {
            throw ImportError(.wrongDigest, "\(sidecar) proves nothing: \(error.message)")
        }
    }

    /// Unpacks the file; a database is copied with the log or journal that lies beside it.
    ///
    /// - Parameter folder: An empty private folder.
    /// - Returns: What is there now.
    /// - Throws: ``ImportError``; the folder may hold a part then.
    public func unpack(into folder: Path) throws(ImportError) -> UnpackedArchive {
        let room = try importing { () throws(FileError) in
            try Directory(folder).asFile().room().availableBytes
        }
        let limit = room > Self.reserveBytes ? room - Self.reserveBytes : 0
        let start = try importing { () throws(FileError) in
            let buffer = AlignedBuffer(byteCount: 512)
            let count = try unsafe file.read(into: buffer.bytes, at: 0)
            return unsafe Array(buffer.slice(0..<count))
        }
        let entries =
            DatabaseHeader.isSQLite(start)
            ? try copyDatabase(into: folder, limit)
            : try extract(into: folder, limit)
        return UnpackedArchive(folder: folder, entries: entries)
    }

    private func extract(
        into folder: Path,
        _ limit: UInt64
    ) throws(ImportError) -> [ArchiveEntry] {
        let target = try importing { () throws(FileError) in try Directory(folder).asFile() }
        var entries: [ArchiveEntry]
        do throws(ArchiveError) {
            entries = try file.withDescriptor { (source) throws(ArchiveError) in
                var reader = try ArchiveReader(
                    descriptor: source,
                    loneName: plainName.bytes,
                    limits: ArchiveLimits(
                        byteCountMax: Int64(clamping: limit),
                        entryCountMax: Self.memberCountMax
                    )
                )
                return try target.withDescriptor { (folder) throws(ArchiveError) in
                    try ArchiveExtractor.extract(&reader, into: folder)
                }
            }
        } catch {
            throw ImportError(error, path)
        }
        // A lone `.gz` says nothing about its content: it is what the file is.
        if entries.count == 1, entries[0].kind == .file(byteCount: nil) {
            entries[0] = entry(entries[0].path, status)
        }
        return entries
    }

    private func copyDatabase(
        into folder: Path,
        _ limit: UInt64
    ) throws(ImportError) -> [ArchiveEntry] {
        var entries: [ArchiveEntry] = []
        var left = limit
        for suffix in [""] + DatabaseSidecars.logSuffixes {
            let source = suffix.isEmpty ? path : path.adding(suffix: suffix)
            do throws(FileError) {
                let file = try OpenFile(source, .read)
                let status = try file.status()
                guard status.sizeBytes <= left else {
                    throw FileError(code: .full, message: "\(folder) has no room for \(source)")
                }
                left -= status.sizeBytes
                let name = plainName.adding(suffix: suffix)
                try file.copyTail(to: try OpenFile(folder.appending(name), .create), from: 0)
                entries.append(entry(name.bytes, status))
            } catch {
                guard !suffix.isEmpty, error.code == .notFound else { throw ImportError(error) }
            }
        }
        return entries
    }

    private func entry(_ name: [UInt8], _ status: FileStatus) -> ArchiveEntry {
        var entry = ArchiveEntry(
            path: name,
            kind: .file(byteCount: Int64(status.sizeBytes)),
            permissions: status.mode
        )
        entry.ownerID = Int64(status.userID)
        entry.groupID = Int64(status.groupID)
        let billion: Int64 = 1_000_000_000
        entry.modifiedSeconds = status.modifiedNanoseconds / billion
        entry.modifiedNanoseconds = Int(status.modifiedNanoseconds % billion)
        return entry
    }

    /// The file's name without what a backup added to it.
    private var plainName: Path {
        var name = path.lastComponent
        for suffix in [".gz", ".backup", ".bak"] {
            let letters = Array(suffix.utf8)
            if name.bytes.count > letters.count, name.bytes.suffix(letters.count) == letters[...] {
                name = Path(bytes: Array(name.bytes.dropLast(letters.count)))
            }
        }
        return name
    }
}
