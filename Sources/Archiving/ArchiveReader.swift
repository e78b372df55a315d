internal import CArchive

/// Reads a tar (plain or compressed by gzip, zstd, xz or bzip2), a zip or a lone `.gz`.
///
/// Truncation, damage and a missing end mark are errors, never the end. The data of every member
/// are read to their end, asked for or not, since checksums count only then.
@safe
public struct ArchiveReader: ~Copyable {
    private static let skipByteCount = 1 << 18

    /// What the archive may hold.
    public let limits: ArchiveLimits

    private let content: ArchiveContent
    private var current: ArchiveEntry?
    private var currentByteCount: Int64 = 0
    private var isInLastHole = false
    private var byteCount: Int64 = 0
    private var entryCount = 0
    private var isFinished = false

    /// Opens an archive and finds out of what kind it is.
    ///
    /// - Parameters:
    ///   - descriptor: A seekable file, open for reading; read from its start, its offset is lost.
    ///     Stays the caller's and must stay open.
    ///   - loneName: Name for the member of a lone `.gz`, usually the file's without `.gz`.
    ///   - limits: What the archive may hold.
    /// - Throws: ``ArchiveError`` with code `notAnArchive` when it is of no known kind.
    public init(
        descriptor: Int32,
        loneName: [UInt8],
        limits: ArchiveLimits
    ) throws(ArchiveError) {
        content = try ArchiveContent.open(descriptor, loneName: loneName)
        self.limits = limits
    }

    /// Goes on to the next member.
    ///
    /// - Returns: The member, or `nil` at the proper end of the archive.
    /// - Throws: ``ArchiveError``; nothing more can be read after it.
    public mutating func next() throws(ArchiveError) -> ArchiveEntry? {
        guard !isFinished else { return nil }
        try skipRest()
        guard let entry = try content.next() else {
            isFinished = true
            return nil
        }
        entryCount += 1
        guard entryCount <= limits.entryCountMax else {
            throw ArchiveError(
                .limitExceeded,
                "more than \(limits.entryCountMax) members in the archive"
            )
        }
        if case .file(let announced?) = entry.kind { try demandRoom(announced, entry) }
        current = entry
        currentByteCount = 0
        isInLastHole = false
        return entry
    }

    /// Reads the next data of the member that ``next()`` returned last.
    ///
    /// - Parameter buffer: Its front is overwritten; must not be empty.
    /// - Returns: The number of bytes; 0 at the end of the member.
    /// - Throws: ``ArchiveError``; nothing more can be read after it.
    public mutating func read(into buffer: inout [UInt8]) throws(ArchiveError) -> Int {
        precondition(!buffer.isEmpty)
        guard let entry = current else { return 0 }
        var count = isInLastHole ? 0 : try content.read(into: &buffer)
        if count == 0 { count = fillHole(of: entry, &buffer) }
        guard count > 0 else {
            current = nil
            if case .file(let announced?) = entry.kind, announced != currentByteCount {
                throw ArchiveError(
                    .damaged,
                    "\(printable(entry.path)) is not as long as the archive says"
                )
            }
            return 0
        }
        try demandRoom(Int64(count), entry)
        byteCount += Int64(count)
        currentByteCount += Int64(count)
        return count
    }

    /// libarchive gives the holes between data as zeros, but not the one at the end.
    private mutating func fillHole(of entry: ArchiveEntry, _ buffer: inout [UInt8]) -> Int {
        guard let ranges = entry.dataRanges, case .file(let announced?) = entry.kind,
            currentByteCount >= ranges.last?.upperBound ?? 0, currentByteCount < announced
        else { return 0 }
        // What libarchive does when asked again differs from version to version.
        isInLastHole = true
        let count = Int(min(Int64(buffer.count), announced - currentByteCount))
        _ = unsafe buffer.withUnsafeMutableBytes {
            unsafe UnsafeMutableRawBufferPointer(rebasing: $0[..<count])
                .initializeMemory(as: UInt8.self, repeating: 0)
        }
        return count
    }

    private mutating func skipRest() throws(ArchiveError) {
        guard current != nil else { return }
        var buffer = [UInt8](repeating: 0, count: Self.skipByteCount)
        while try read(into: &buffer) > 0 {}
    }

    private func demandRoom(_ wanted: Int64, _ entry: ArchiveEntry) throws(ArchiveError) {
        guard wanted <= limits.byteCountMax - byteCount else {
            throw ArchiveError(
                .limitExceeded,
                "more than \(limits.byteCountMax) bytes in the archive, at \(printable(entry.path))"
            )
        }
    }
}
