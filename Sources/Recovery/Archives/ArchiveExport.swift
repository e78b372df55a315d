public import Archiving
public import Cryptography
public import Deduplication
public import Files
internal import Manifests
public import Threads

/// Writes components of a snapshot into one plain archive, with its `.sha256` beside it.
///
/// Members are `<component>/<path>`. The archive is written under a name of ours in the target's
/// folder, synced, read back until every file has its SHA-256 again, and only then given its
/// name, never in the place of another file. After an error nothing is left.
public struct ArchiveExport {
    /// What was written.
    public struct Outcome: Sendable {
        /// Regular files.
        public var files = 0
        /// Their length together.
        public var contentBytes: UInt64 = 0
        /// The length of the archive.
        public var archiveBytes: UInt64 = 0
        /// SHA-256 of the archive, as its sidecar has it.
        public var digest: Digest
        /// Files of which the snapshot has only the hashes: they are not in the archive.
        public var elsewhereFiles = 0
        /// Their length together.
        public var elsewhereBytes: UInt64 = 0
        /// Members whose attributes or access lists a zip cannot hold.
        public var withoutAttributes = 0
    }

    private let repository: Repository
    private let cancellation: Cancellation

    /// Prepares an export.
    ///
    /// - Parameters:
    ///   - repository: Where the snapshot lies.
    ///   - cancellation: Raised to stop.
    public init(from repository: Repository, cancellation: Cancellation) {
        self.repository = repository
        self.cancellation = cancellation
    }

    /// Writes the archive and its sidecar.
    ///
    /// - Parameters:
    ///   - names: Captured components of the snapshot.
    ///   - snapshot: Of the repository.
    ///   - target: The archive; neither it nor its sidecar may exist.
    ///   - format: The kind of archive.
    /// - Returns: What was written.
    /// - Throws: ``RecoveryError``; then there is neither an archive nor a sidecar.
    public func write(
        _ names: [String],
        of snapshot: Snapshot,
        to target: Path,
        as format: ArchiveFormat
    ) throws(RecoveryError) -> Outcome {
        let folder = try filing { () throws(FileError) in try Directory(target.parent) }
        let mark = String(UInt64.random(in: 0 ... .max), radix: 36)
        let temporary = Path(".recover-export-" + mark)
        let sidecar = temporary.adding(suffix: ChecksumSidecar.suffix)
        do throws(RecoveryError) {
            let outcome = try fill(temporary, in: folder, names, snapshot, format)
            try filing { () throws(FileError) in
                let line = ChecksumLine(digest: outcome.digest, path: target.lastComponent)
                let file = try folder.open(sidecar, .create)
                try file.append(line.bytes)
                try file.sync()
                try Self.publish(temporary, sidecar, as: target.lastComponent, in: folder)
            }
            return outcome
        } catch {
            try? folder.remove(temporary)
            try? folder.remove(sidecar)
            throw error
        }
    }

    private func fill(
        _ name: Path,
        in folder: borrowing Directory,
        _ names: [String],
        _ snapshot: Snapshot,
        _ format: ArchiveFormat
    ) throws(RecoveryError) -> Outcome {
        let file = try filing { () throws(FileError) in try folder.open(name, .create) }
        var export = TreeExport(repository.contentReader(), format, cancellation)
        try file.withDescriptor { (descriptor) throws(RecoveryError) in
            var writer = try archiving { () throws(ArchiveError) in
                try ArchiveWriter(descriptor: descriptor, format: format)
            }
            for name in names {
                guard let component = snapshot.components[name] else {
                    preconditionFailure("the names were taken from the snapshot")
                }
                let tree = try fetching { () throws(RepositoryError) in
                    try repository.tree(component, name: name)
                }
                try export.add(tree, as: name, to: &writer)
            }
            try archiving { () throws(ArchiveError) in try writer.finish() }
        }
        var outcome = Outcome(digest: try prove(file, export.digests))
        outcome.files = export.files
        outcome.contentBytes = export.contentBytes
        outcome.elsewhereFiles = export.elsewhereFiles
        outcome.elsewhereBytes = export.elsewhereBytes
        outcome.withoutAttributes = export.withoutAttributes
        outcome.archiveBytes = try filing { () throws(FileError) in try file.status().sizeBytes }
        return outcome
    }

    /// Reads back what is on disk: every file in it must have its digest again.
    private func prove(
        _ file: borrowing OpenFile,
        _ digests: [Digest]
    ) throws(RecoveryError) -> Digest {
        let digest = try filing { () throws(FileError) in
            try file.sync()
            // From the disk and not from memory, as far as the kernel lets us.
            file.adviseDone(offset: 0, length: try file.status().sizeBytes)
            return try ChecksumSidecar.digest(of: file)
        }
        let found: [Digest]
        do throws(ArchiveError) {
            found = try file.withDescriptor { (descriptor) throws(ArchiveError) in
                try Self.digests(in: descriptor, cancellation)
            }
        } catch {
            throw RecoveryError(
                code: .unproven,
                message: "the archive cannot be read back: \(error)"
            )
        }
        if cancellation.reason != nil { throw RecoveryError.stopped }
        guard found == digests else {
            throw RecoveryError(
                code: .unproven,
                message: "the archive on disk does not hold what was written to it"
            )
        }
        return digest
    }

    private static func digests(
        in descriptor: Int32,
        _ cancellation: Cancellation
    ) throws(ArchiveError) -> [Digest] {
        var reader = try ArchiveReader(
            descriptor: descriptor,
            loneName: [],
            limits: ArchiveLimits(byteCountMax: .max, entryCountMax: .max)
        )
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var hasher = SHA256()
        var found: [Digest] = []
        while let entry = try reader.next(), cancellation.reason == nil {
            guard case .file = entry.kind else { continue }
            while case let count = try reader.read(into: &buffer), count > 0 {
                unsafe hasher.update(buffer.span.extracting(..<count).bytes)
            }
            found.append(hasher.finish())
        }
        return found
    }

    /// Both names or none, and durable.
    private static func publish(
        _ archive: Path,
        _ sidecar: Path,
        as name: Path,
        in folder: borrowing Directory
    ) throws(FileError) {
        var published: [Path] = []
        do throws(FileError) {
            for (draft, final) in [
                (archive, name), (sidecar, name.adding(suffix: ChecksumSidecar.suffix)),
            ] {
                try folder.rename(draft, to: folder, final)
                published.append(final)
            }
            try folder.sync()
        } catch {
            for final in published { try? folder.remove(final) }
            throw error
        }
    }
}
