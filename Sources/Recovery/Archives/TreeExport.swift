internal import Archiving
internal import Cryptography
internal import Deduplication
internal import Files
internal import Manifests
internal import Threads

/// Writes the entries of components into an archive, in the order of their manifests.
struct TreeExport {
    private struct Step {
        let entry: FileEntry
        /// The name that came first, for a further name of the same file.
        let first: Path?
    }

    private static let lookAhead = 2048
    /// What entries that are read ahead may take, but for the last of them.
    private static let aheadBytesLimit = 32 << 20
    private static let zeros = [UInt8](repeating: 0, count: 1 << 16)

    /// SHA-256 of every regular file, in the order of the archive.
    private(set) var digests: [Digest] = []
    private(set) var files = 0
    private(set) var contentBytes: UInt64 = 0
    private(set) var withoutAttributes = 0
    /// Files of which there is only the hash; they are not in the archive.
    private(set) var elsewhereFiles = 0
    private(set) var elsewhereBytes: UInt64 = 0
    private let content: ContentReader
    private let isZip: Bool
    private let cancellation: Cancellation

    init(_ content: ContentReader, _ format: ArchiveFormat, _ cancellation: Cancellation) {
        self.content = content
        isZip = format == .zip
        self.cancellation = cancellation
    }

    mutating func add(
        _ tree: TreeReader,
        as name: String,
        to writer: inout ArchiveWriter
    ) throws(RecoveryError) {
        var tree = tree
        var originals: [String: (path: Path, digest: Digest?)] = [:]
        var ahead: [Step] = []
        var aheadBytes = 0
        var isAtEnd = false
        while true {
            while !isAtEnd, content.hasRoom, ahead.count < Self.lookAhead,
                aheadBytes < Self.aheadBytesLimit
            {
                guard let entry = try fetching({ () throws(RepositoryError) in try tree.next() })
                else {
                    isAtEnd = true
                    break
                }
                if entry.isElsewhere {
                    elsewhereFiles += 1
                    elsewhereBytes += entry.sizeBytes
                    continue
                }
                let first = first(of: entry, among: &originals)
                if entry.kind == .file, first == nil {
                    try fetching { () throws(RepositoryError) in try content.announce(entry) }
                }
                ahead.append(Step(entry: entry, first: first))
                aheadBytes += entry.weightBytes
            }
            if ahead.isEmpty { return }
            // Half of them, so that reading ahead never runs dry.
            let batch = ahead.prefix((ahead.count + 1) / 2)
            for step in batch {
                if cancellation.reason != nil { throw .stopped }
                try add(step, below: Path(name), to: &writer)
                aheadBytes -= step.entry.weightBytes
            }
            ahead.removeFirst(batch.count)
        }
    }

    /// A zip knows no hard links: there every name is a file of its own.
    private func first(
        of entry: FileEntry,
        among originals: inout [String: (path: Path, digest: Digest?)]
    ) -> Path? {
        guard let key = entry.hardlink, entry.kind == .file, !isZip else { return nil }
        if let original = originals[key] {
            return original.digest == entry.digest ? original.path : nil
        }
        originals[key] = (entry.path, entry.digest)
        return nil
    }

    private mutating func add(
        _ step: Step,
        below prefix: Path,
        to writer: inout ArchiveWriter
    ) throws(RecoveryError) {
        let entry = step.entry
        var member = ArchiveEntry(entry, below: prefix)
        if isZip, !member.dropAttributes() { withoutAttributes += 1 }
        if let first = step.first {
            member.kind = .hardLink(target: prefix.appending(first).bytes)
        } else if entry.kind == .file, !isZip {
            let ranges = content.dataRanges
            if ranges != [0..<entry.sizeBytes], entry.sizeBytes > 0 {
                member.dataRanges = ranges.map { Int64($0.lowerBound)..<Int64($0.upperBound) }
            }
        }
        try archiving { () throws(ArchiveError) in try writer.add(member) }
        guard entry.kind == .file else { return }
        files += 1
        contentBytes += entry.sizeBytes
        guard step.first == nil else { return }
        try copy(entry, to: &writer)
        guard let digest = entry.digest else {
            preconditionFailure("a file was read by its digest")
        }
        digests.append(digest)
    }

    private func copy(
        _ entry: FileEntry,
        to writer: inout ArchiveWriter
    ) throws(RecoveryError) {
        var position: UInt64 = 0
        var failure: ArchiveError?
        do throws(RepositoryError) {
            try unsafe content.read(entry) { (bytes, offset) throws(FileError) in
                if cancellation.reason != nil {
                    throw FileError(code: .other, message: RecoveryError.stopped.message)
                }
                do throws(ArchiveError) {
                    try Self.fill(offset - position, of: &writer)
                    try writer.write(unsafe Span(_unsafeBytes: bytes))
                    position = offset + UInt64(bytes.count)
                } catch {
                    failure = error
                    throw FileError(code: .other, message: error.message)
                }
            }
        } catch {
            if let failure { throw RecoveryError(failure) }
            if error.code == .source { throw .stopped }
            throw RecoveryError(error)
        }
        let rest = entry.sizeBytes - position
        try archiving { () throws(ArchiveError) in try Self.fill(rest, of: &writer) }
    }

    /// Writes the zeros of a hole.
    private static func fill(
        _ byteCount: UInt64,
        of writer: inout ArchiveWriter
    ) throws(ArchiveError) {
        var left = byteCount
        while left > 0 {
            let count = Int(min(left, UInt64(zeros.count)))
            try writer.write(zeros.span.extracting(..<count))
            left -= UInt64(count)
        }
    }
}
