internal import Cryptography
public import Files
public import Manifests
internal import Threads

/// Writes the tree of one component: entries in order of path, each file's content cut and kept.
///
/// Not thread-safe. Memory does not grow with the number of files: lines leave as soon as the
/// chunks of all earlier files have their ids.
public final class TreeWriter {
    /// How the reading of a file went.
    public enum ReadOutcome: Sendable, Equatable {
        /// The file was the same before and after.
        case steady
        /// It changed while it was read: what is stored may be of no one moment.
        case changed
        /// It ended early.
        case shrank
    }

    private static let pendingLimit = 2048

    let writer: ChunkWriter
    let reader: ChunkReader
    let onRead: (Int) -> Void
    private let isCancelled: () -> Bool
    private let parentParts: [Digest]
    private var parent: ParentCursor
    private let rereading: Bool
    private let weakChunks: Set<Digest>
    private var parts: PartWriter
    private var lineWriter = LineWriter()
    private var pending: [PendingEntry] = []
    private var pendingHead = 0
    private var linked: [String: PendingEntry] = [:]
    private var batchedBytes: [Digest: Int] = [:]
    private var totals = TreeTotals()
    private(set) lazy var content = ContentCutter(self)
    private var lastParent: (entry: FileEntry, line: ArraySlice<UInt8>)?

    init(
        writer: ChunkWriter,
        reader: ChunkReader,
        parent: Snapshot.Component?,
        rereading: Bool,
        isCancelled: @escaping () -> Bool,
        onRead: @escaping (Int) -> Void
    ) {
        self.writer = writer
        self.reader = reader
        self.onRead = onRead
        self.isCancelled = isCancelled
        self.rereading = rereading
        parentParts = (parent?.parts ?? []).compactMap { Digest(hex: $0) }
        self.parent = ParentCursor(reader, parts: parentParts)
        weakChunks = Set((parent?.weak ?? []).compactMap { Digest(hex: $0) })
        parts = PartWriter(writer)
    }

    /// Asked between the blocks of a file, so that a large one does not hold up a stop.
    func checkCancelled() throws(RepositoryError) {
        if isCancelled() { throw RepositoryError(code: .cancelled, message: "stopped on request") }
    }

    /// Why the previous snapshot's manifest could not be used to its end; nil where it could.
    public var parentFault: String? { parent.fault }

    /// What the previous snapshot holds at this path.
    ///
    /// Ask in ascending order.
    ///
    /// - Parameter path: The path from the component's root.
    /// - Returns: Its entry, or nil.
    /// - Throws: ``RepositoryError``.
    public func parentEntry(at path: Path) throws(RepositoryError) -> FileEntry? {
        lastParent = try parent.entry(at: path)
        return lastParent?.entry
    }

    /// Takes over the entry that ``parentEntry(at:)`` gave last, without reading the file.
    ///
    /// - Returns: False, and nothing done, where one of its chunks cannot be relied on or lies
    ///   in a shared chunk that is mostly dead: then the file is to be read.
    /// - Throws: ``RepositoryError``.
    public func reuseParentEntry() throws(RepositoryError) -> Bool {
        guard !rereading, let (entry, line) = lastParent else { return false }
        if !entry.isElsewhere, try !isReusable(entry) { return false }
        totals.unchangedFiles += entry.kind == .file ? 1 : 0
        let item = PendingEntry(entry)
        if case .inline(let extents) = entry.extents { item.pieces = extents.map { .known($0) } }
        item.isBatched = isBatched(entry)
        if let hardlink = entry.hardlink { linked[hardlink] = item }
        try enqueue(item, line: line)
        return true
    }

    /// Adds a folder or a link.
    ///
    /// - Parameter entry: Not a file.
    /// - Throws: ``RepositoryError``.
    public func add(_ entry: FileEntry) throws(RepositoryError) {
        precondition(entry.kind != .file)
        try enqueue(PendingEntry(entry))
    }

    /// Adds a further name of a file that was added in this run.
    ///
    /// - Parameter entry: With the `hardlink` that the first name had.
    /// - Returns: False, and nothing done, where no such name was added.
    /// - Throws: ``RepositoryError``.
    public func addLinked(_ entry: FileEntry) throws(RepositoryError) -> Bool {
        guard let key = entry.hardlink, let first = linked[key] else { return false }
        // A number is used again once its file is gone: the rest must agree too.
        guard first.entry.modifiedNanoseconds == entry.modifiedNanoseconds,
            first.entry.sizeBytes == entry.sizeBytes
        else { return false }
        // The first name may wait for a shared chunk that has no id to wait for yet.
        if !first.isResolved { try content.flush() }
        let item = PendingEntry(entry)
        item.entry.digest = first.entry.digest
        item.entry.sizeBytes = first.entry.sizeBytes
        item.entry.extents = first.entry.extents
        item.pieces = first.pieces
        item.isBatched = first.isBatched
        try enqueue(item)
        return true
    }

    /// Adds a regular file and reads it to the length that it has now.
    ///
    /// - Parameters:
    ///   - entry: Its metadata; length and digest are filled in from what is read.
    ///   - file: The open file.
    /// - Returns: Whether it held still.
    /// - Throws: ``RepositoryError``; `source` where the file could not be read.
    public func add(
        _ entry: FileEntry,
        content file: borrowing OpenFile
    ) throws(RepositoryError) -> ReadOutcome {
        let before = try reading { () throws(FileError) in try file.status() }
        let item = PendingEntry(entry)
        item.entry.sizeBytes = before.sizeBytes
        let parent = lastParent.flatMap { $0.entry.path == entry.path ? $0.entry : nil }
        try content.read(file, before, into: item, parent: parent)
        return try finish(item, file, before)
    }

    /// Adds a regular file of which only length and digest are kept, and reads it for them.
    ///
    /// - Parameters:
    ///   - entry: Its metadata; length and digest are filled in from what is read.
    ///   - file: The open file.
    /// - Returns: Whether it held still.
    /// - Throws: ``RepositoryError``; `source` where the file could not be read.
    public func add(
        _ entry: FileEntry,
        digestOf file: borrowing OpenFile
    ) throws(RepositoryError) -> ReadOutcome {
        let before = try reading { () throws(FileError) in try file.status() }
        let item = PendingEntry(entry)
        (item.entry.digest, item.entry.sizeBytes) = try digest(of: file, before.sizeBytes)
        // What is empty is here as much as anywhere.
        if item.entry.sizeBytes > 0 { item.entry.extents = .elsewhere }
        return try finish(item, file, before)
    }

    /// The digest of a file to the length it had, or to its end if that comes first.
    private func digest(
        of file: borrowing OpenFile,
        _ limitBytes: UInt64
    ) throws(RepositoryError) -> (Digest, UInt64) {
        file.adviseSequential()
        let buffer = AlignedBuffer(byteCount: 1 << 20)
        var hasher = SHA256()
        var position: UInt64 = 0
        while position < limitBytes {
            try checkCancelled()
            let wanted = Int(min(UInt64(1 << 20), limitBytes - position))
            let count = try reading { () throws(FileError) in
                try unsafe file.read(into: buffer.room(0..<wanted), at: position)
            }
            if count == 0 { break }
            unsafe hasher.update(RawSpan(_unsafeBytes: buffer.slice(0..<count)))
            position += UInt64(count)
            onRead(count)
        }
        file.adviseDone(offset: 0, length: position)
        return (hasher.finish(), position)
    }

    /// Queues a file that was read, and tells whether it held still meanwhile.
    private func finish(
        _ item: PendingEntry,
        _ file: borrowing OpenFile,
        _ before: FileStatus
    ) throws(RepositoryError) -> ReadOutcome {
        let after = try reading { () throws(FileError) in try file.status() }
        let isSteady = FileMark(before) == FileMark(after)
        if !isSteady { item.entry.isRacy = true }
        if let hardlink = item.entry.hardlink { linked[hardlink] = item }
        totals.readBytes += item.entry.sizeBytes
        try enqueue(item)
        if item.entry.sizeBytes < before.sizeBytes { return .shrank }
        return isSteady ? .steady : .changed
    }

    /// Adds a database from its finished private copy, page by page against the parent.
    ///
    /// - Parameters:
    ///   - entry: The metadata of the live file, with the facts in `database`.
    ///   - copy: The copy; nobody writes to it.
    /// - Throws: ``RepositoryError``.
    public func add(
        _ entry: FileEntry,
        pagesOf copy: borrowing OpenFile
    ) throws(RepositoryError) {
        let item = PendingEntry(entry)
        item.entry.sizeBytes = try reading { () throws(FileError) in try copy.status() }.sizeBytes
        let parent = lastParent.flatMap { $0.entry.path == entry.path ? $0.entry : nil }
        try PageCutter(self).read(copy, into: item, parent: parent)
        totals.readBytes += item.entry.sizeBytes
        try enqueue(item)
    }

    /// All files of the previous snapshot.
    ///
    /// For a component that has few: they are all in memory.
    ///
    /// - Returns: In order of path; none where every file is to be read anew.
    /// - Throws: ``RepositoryError``.
    public func parentFiles() throws(RepositoryError) -> [FileEntry] {
        if rereading { return [] }
        var cursor = ParentCursor(reader, parts: parentParts)
        var files: [FileEntry] = []
        while let entry = try cursor.next() {
            if entry.kind == .file { files.append(entry) }
        }
        return files
    }

    /// The content of a file of the previous snapshot.
    ///
    /// - Parameter entry: The file.
    /// - Returns: Nil where one of its chunks cannot be relied on.
    /// - Throws: ``RepositoryError``.
    public func storedContent(of entry: FileEntry) throws(RepositoryError) -> StoredContent? {
        guard try isReusable(entry) else { return nil }
        return StoredContent(try extents(of: entry), reader)
    }

    /// Begins the content of a file that is not read from a file.
    ///
    /// - Returns: To be filled, then given to ``add(_:_:)``.
    public func beginContent() -> StreamedContent {
        StreamedContent(self)
    }

    /// Adds a regular file whose content flowed by.
    ///
    /// - Parameters:
    ///   - entry: Its metadata; length and digest are filled in.
    ///   - content: All of it.
    /// - Throws: ``RepositoryError``.
    public func add(_ entry: FileEntry, _ content: StreamedContent) throws(RepositoryError) {
        let item = PendingEntry(entry)
        try content.finish(into: item)
        totals.readBytes += item.entry.sizeBytes
        try enqueue(item)
    }

    /// Writes what is left of the manifest.
    ///
    /// - Returns: What was written.
    /// - Throws: ``RepositoryError``.
    public func finish() throws(RepositoryError) -> TreeTotals {
        try content.flush()
        while pendingHead < pending.count { try writeFirst() }
        let ids = try parts.finish()
        totals.parts = ids.map(\.hex)
        totals.digest = SHA256.digest(of: Array(ids.map { $0.hex + "\n" }.joined().utf8)).hex
        totals.weak = batchedBytes.compactMap { chunk, live in
            guard let plain = reader.plainBytes(of: chunk), live * 2 < plain else { return nil }
            return chunk.hex
        }.sorted()
        return totals
    }

    /// Whether the content is here, all chunks of it may be relied on and none is mostly dead.
    func isReusable(_ entry: FileEntry) throws(RepositoryError) -> Bool {
        if entry.isElsewhere { return false }
        var chunks: [Digest] = entry.pages.map { $0.base + $0.patches } ?? []
        if case .indirect(let list) = entry.extents {
            chunks += list
            guard areReusable(chunks) else { return false }
        }
        for case .chunk(let id, _, _) in try extents(of: entry) { chunks.append(id) }
        return areReusable(chunks)
    }

    private func areReusable(_ chunks: [Digest]) -> Bool {
        chunks.allSatisfy {
            !weakChunks.contains($0) && writer.index.reusableLocation(of: $0) != nil
        }
    }

    /// An entry's extents, from its line or from the chunks that hold them.
    func extents(of entry: FileEntry) throws(RepositoryError) -> [Extent] {
        try reader.extents(of: entry)
    }

    private func isBatched(_ entry: FileEntry) -> Bool {
        guard case .inline(let extents) = entry.extents, extents.count == 1,
            case .chunk(let id, let offset, let length) = extents[0]
        else { return false }
        return offset > 0 || reader.plainBytes(of: id) ?? length > length
    }

    private func enqueue(
        _ item: PendingEntry,
        line: ArraySlice<UInt8>? = nil
    ) throws(RepositoryError) {
        count(item.entry)
        if let line, pendingHead == pending.count {
            try write(line, item)
            return
        }
        pending.append(item)
        while pendingHead < pending.count, pending[pendingHead].isResolved { try writeFirst() }
        if pending.count - pendingHead > Self.pendingLimit {
            // The first may wait for the shared chunk that is still being filled.
            try content.flush()
            try writeFirst()
        }
        if pendingHead > Self.pendingLimit {
            pending.removeFirst(pendingHead)
            pendingHead = 0
        }
    }

    private func count(_ entry: FileEntry) {
        switch entry.kind {
        case .file:
            totals.files += 1
            totals.sizeBytes += entry.sizeBytes
            totals.databases += entry.database == nil ? 0 : 1
            guard entry.isElsewhere else { return }
            totals.elsewhereFiles += 1
            totals.elsewhereBytes += entry.sizeBytes
        case .folder: totals.folders += 1
        case .link: totals.links += 1
        }
    }

    private func writeFirst() throws(RepositoryError) {
        let item = pending[pendingHead]
        pendingHead += 1
        try content.resolve(item)
        lineWriter.reset()
        lineWriter.write(item.entry)
        try write(lineWriter.bytes[...], item)
    }

    private func write(_ line: ArraySlice<UInt8>, _ item: PendingEntry) throws(RepositoryError) {
        if item.isBatched, case .inline(let extents) = item.entry.extents {
            for case .chunk(let id, _, let length) in extents {
                batchedBytes[id, default: 0] += length
            }
        }
        try parts.append(line, path: item.entry.path)
    }
}
