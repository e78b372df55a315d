internal import Cryptography
internal import Files
internal import Manifests
internal import Threads

/// Reads files and cuts them by what they are: small ones share a chunk, large ones are cut in
/// fixed blocks, the rest where the content says.
///
/// Holes are kept as holes.
final class ContentCutter {
    private static let smallLimit: UInt64 = 128 << 10
    private static let fixedMinimum: UInt64 = 64 << 20
    private static let groupBytes = 256 << 10
    private static let inlineExtentLimit = 4000
    /// An archive stands among records that are new each time, in one part of the manifest: what
    /// is long of it has chunks of its own, which are kept once while it stays the same.
    private static let streamedExtentLimit = 256
    /// Bytes of literals that a line may hold; it must stay well below 4 MiB.
    private static let inlineLiteralLimit = 64 << 10

    private unowned let tree: TreeWriter
    private let window = AlignedBuffer(byteCount: BufferPool.largeBytes)
    private let cutter = ContentDefinedCutter()
    private var hasher = SHA256()
    private var nested = NestedDigests()
    private var group: (buffer: AlignedBuffer, used: Int, members: [(PendingEntry, Int, Int)])?

    init(_ tree: TreeWriter) {
        self.tree = tree
    }

    /// Reads a file to the length in `status`, or to its end if that comes first.
    func read(
        _ file: borrowing OpenFile,
        _ status: FileStatus,
        into item: PendingEntry,
        parent: FileEntry?
    ) throws(RepositoryError) {
        let isSparse = status.allocatedBytes + 65_536 < status.sizeBytes
        if status.sizeBytes <= Self.smallLimit {
            try readSmall(file, Int(status.sizeBytes), into: item, parent: parent)
        } else {
            file.adviseSequential()
            do throws(RepositoryError) {
                try readLarge(file, status.sizeBytes, isSparse: isSparse, into: item)
            } catch {
                _ = hasher.finish()
                _ = nested.finish()
                throw error
            }
            file.adviseDone(offset: 0, length: status.sizeBytes)
        }
        tree.onRead(Int(item.entry.sizeBytes))
    }

    private func readSmall(
        _ file: borrowing OpenFile,
        _ size: Int,
        into item: PendingEntry,
        parent: FileEntry?
    ) throws(RepositoryError) {
        let count = try reading { () throws(FileError) in
            try unsafe file.read(into: window.room(0..<size), at: 0)
        }
        item.entry.sizeBytes = UInt64(count)
        let digest = unsafe hasher.digest(of: RawSpan(_unsafeBytes: window.slice(0..<count)))
        item.entry.digest = digest
        if count == 0 { return }
        item.isBatched = true
        if let parent, parent.digest == digest, parent.pages == nil, try tree.isReusable(parent) {
            item.pieces = try tree.extents(of: parent).map { .known($0) }
            return
        }
        if let used = group?.used, used + count > Self.groupBytes { try flush() }
        if group == nil { group = (tree.writer.pool.lease(Self.groupBytes), 0, []) }
        guard let open = group else { return }
        unsafe open.buffer.room(open.used..<(open.used + count))
            .copyMemory(from: window.slice(0..<count))
        group?.members.append((item, open.used, count))
        group?.used += count
        // Resolved once the shared chunk is full: a piece that is not known yet.
        item.pieces = [.coming(ChunkWriter.Ticket(), offset: open.used, length: count)]
    }

    /// Queues the shared chunk of small files as it is.
    func flush() throws(RepositoryError) {
        guard let full = group else { return }
        group = nil
        let ticket = try tree.writer.submit(full.buffer, count: full.used)
        for (item, offset, length) in full.members {
            item.pieces = [.coming(ticket, offset: offset, length: length)]
        }
    }

    private func readLarge(
        _ file: borrowing OpenFile,
        _ size: UInt64,
        isSparse: Bool,
        into item: PendingEntry
    ) throws(RepositoryError) {
        var position: UInt64 = 0
        while position < size {
            let data: Range<UInt64>? =
                isSparse ? file.nextData(from: position, sizeBytes: size) : position..<size
            let start = data?.lowerBound ?? size
            if start > position {
                item.pieces.append(.known(.hole(start - position)))
                try hashZeros(start - position)
            }
            guard let data else {
                position = size
                break
            }
            let end =
                size >= Self.fixedMinimum
                ? try readFixed(file, data, into: item, isWhole: !isSparse)
                : try readCut(file, data, into: item, isWhole: !isSparse)
            position = end
            if end < data.upperBound { break }
        }
        item.entry.sizeBytes = position
        item.entry.digest = isSparse ? hasher.finish() : nested.finish()
    }

    private func readFixed(
        _ file: borrowing OpenFile,
        _ range: Range<UInt64>,
        into item: PendingEntry,
        isWhole: Bool
    ) throws(RepositoryError) -> UInt64 {
        var position = range.lowerBound
        while position < range.upperBound {
            try tree.checkCancelled()
            let block = UInt64(BufferPool.largeBytes)
            // Aligned to the file, so that a hole does not move the blocks behind it.
            let wanted = Int(min(block - position % block, range.upperBound - position))
            let buffer = tree.writer.pool.lease(BufferPool.largeBytes)
            let count: Int
            do throws(RepositoryError) {
                count = try reading { () throws(FileError) in
                    try unsafe file.read(into: buffer.room(0..<wanted), at: position)
                }
            } catch {
                tree.writer.pool.giveBack(buffer)
                throw error
            }
            if count == 0 {
                tree.writer.pool.giveBack(buffer)
                break
            }
            let id = unsafe digest(buffer.slice(0..<count), isWhole)
            let ticket = try tree.writer.submit(buffer, count: count, id: id)
            item.pieces.append(.coming(ticket, offset: 0, length: count))
            position += UInt64(count)
            if count < wanted { break }
        }
        return position
    }

    private func readCut(
        _ file: borrowing OpenFile,
        _ range: Range<UInt64>,
        into item: PendingEntry,
        isWhole: Bool
    ) throws(RepositoryError) -> UInt64 {
        var next = range.lowerBound
        var start = 0
        var end = 0
        var isAtEnd = false
        while true {
            if !isAtEnd, end - start < ContentDefinedCutter.maximumBytes {
                unsafe window.bytes.copyMemory(from: window.slice(start..<end))
                end -= start
                start = 0
                let room = min(BufferPool.largeBytes - end, Int(clamping: range.upperBound - next))
                let filled = end
                let count = try reading { () throws(FileError) in
                    try unsafe file.read(into: window.room(filled..<(filled + room)), at: next)
                }
                next += UInt64(count)
                end += count
                isAtEnd = count < room || next == range.upperBound
            }
            if start == end { return next }
            let length = unsafe cutter.cut(window.slice(start..<end))
            let chunk = unsafe window.slice(start..<(start + length))
            let id = unsafe digest(chunk, isWhole)
            let buffer = tree.writer.pool.lease(length)
            unsafe buffer.bytes.copyMemory(from: chunk)
            let ticket = try tree.writer.submit(buffer, count: length, id: id)
            item.pieces.append(.coming(ticket, offset: 0, length: length))
            start += length
        }
    }

    /// Without holes the file's digest and the chunk's are made in one pass; else the chunk's is
    /// left to others.
    private func digest(_ chunk: UnsafeRawBufferPointer, _ isWhole: Bool) -> Digest? {
        if isWhole { return unsafe nested.add(chunk) }
        unsafe hasher.update(RawSpan(_unsafeBytes: chunk))
        return nil
    }

    private func hashZeros(_ count: UInt64) throws(RepositoryError) {
        unsafe window.bytes.initializeMemory(as: UInt8.self, repeating: 0)
        var left = count
        while left > 0 {
            // A hole of terabytes takes no room, but hours.
            try tree.checkCancelled()
            let piece = Int(min(left, UInt64(BufferPool.largeBytes)))
            unsafe hasher.update(RawSpan(_unsafeBytes: window.slice(0..<piece)))
            left -= UInt64(piece)
        }
    }

    /// Turns pieces into extents; waits for chunks that are still on their way.
    func resolve(_ item: PendingEntry) throws(RepositoryError) {
        var extents: [Extent] = []
        if !item.pieces.isEmpty || item.entry.sizeBytes == 0 {
            for piece in item.pieces {
                switch piece {
                case .known(let extent): extents.appendJoining(extent)
                case .coming(let ticket, let offset, let length):
                    let id = try tree.writer.resolve([ticket])[0]
                    extents.appendJoining(.chunk(id, offset: offset, length: length))
                }
            }
            item.pieces = extents.map { .known($0) }
            let limit = item.isStreamed ? Self.streamedExtentLimit : Self.inlineExtentLimit
            item.entry.extents = try list(extents, inlineLimit: limit)
        }
        if !item.pageBase.isEmpty {
            item.entry.pages?.base = try tree.writer.resolve(item.pageBase)
        }
        item.entry.pages?.patches += try tree.writer.resolve(item.pagePatch)
    }

    private func list(
        _ extents: [Extent],
        inlineLimit: Int
    ) throws(RepositoryError) -> ExtentList {
        let literalBytes = extents.reduce(0) { sum, extent in
            guard case .literal(let bytes) = extent else { return sum }
            return sum + bytes.count
        }
        guard extents.count > inlineLimit || literalBytes > Self.inlineLiteralLimit
        else { return .inline(extents) }
        var lines = LineWriter()
        lines.write(extents)
        let tickets = try tree.writer.submit(
            lines.bytes,
            kind: .meta,
            chunkBytes: BufferPool.smallBytes
        )
        return .indirect(try tree.writer.resolve(tickets))
    }
}
