internal import Cryptography
internal import Files
internal import Manifests
internal import Threads

/// Cuts a database by pages: pages that changed since the parent are gathered in ascending
/// order into chunks of at most 256 KiB, all others keep the parent's extents.
///
/// A chunk of which less than half would still be in use is written anew, and so is the whole
/// file when it would lie in more than one extent for every eight pages.
struct PageCutter {
    static let pageBytes = 4096
    private static let groupBytes = 256 << 10
    /// A table is written anew when its patches pass a quarter of it and this, or this number.
    private static let patchAllowanceBytes = 16 << 10
    private static let patchLimit = 64

    private let tree: TreeWriter

    init(_ tree: TreeWriter) {
        self.tree = tree
    }

    func read(
        _ copy: borrowing OpenFile,
        into item: PendingEntry,
        parent: FileEntry?
    ) throws(RepositoryError) {
        let size = item.entry.sizeBytes
        if let old = try parent.flatMap({ (entry) throws(RepositoryError) in try Old(entry, tree) })
        {
            let digests = try PageDigests(of: copy, sizeBytes: size)
            item.entry.digest = digests.whole
            try writePages(copy, size, plan(old, digests), into: item)
            try writeTable(digests, old, into: item)
        } else {
            try writeAll(copy, size, into: item)
        }
        tree.onRead(Int(size))
    }

    /// Without a parent everything is new: read once, digested and kept on the way.
    private func writeAll(
        _ copy: borrowing OpenFile,
        _ size: UInt64,
        into item: PendingEntry
    ) throws(RepositoryError) {
        var digests = PageDigests(sizeBytes: size)
        var position: UInt64 = 0
        while position < size {
            try tree.checkCancelled()
            let count = Int(min(UInt64(Self.groupBytes), size - position))
            let buffer = tree.writer.pool.lease(count)
            try PageDigests.fill(buffer, count, from: copy, at: position)
            let id = unsafe digests.add(buffer.slice(0..<count))
            let ticket = try tree.writer.submit(buffer, count: count, id: id)
            item.pieces.append(.coming(ticket, offset: 0, length: count))
            position += UInt64(count)
        }
        digests.finish()
        item.entry.digest = digests.whole
        try writeTable(digests, nil, into: item)
    }

    /// The parent's table and extents, where all of it may be relied on.
    private struct Old {
        let entry: FileEntry
        let table: PageTable
        let digests: [UInt8]
        let extents: [Extent]

        init?(_ entry: FileEntry, _ tree: TreeWriter) throws(RepositoryError) {
            guard let table = entry.pages, table.pageBytes == PageCutter.pageBytes else {
                return nil
            }
            self.entry = entry
            self.table = table
            do throws(RepositoryError) {
                guard try tree.isReusable(entry) else { return nil }
                digests = try PageDigests.load(table, tree.reader)
                extents = try tree.extents(of: entry)
            } catch {
                // The memory of the last run is gone, not the source: all of it is written anew.
                guard error.code == .damaged else { throw error }
                return nil
            }
        }
    }

    /// Which extents of the parent to keep, as ranges of pages in ascending order.
    private func plan(_ old: Old, _ new: borrowing PageDigests) -> [(first: Int, last: Int, Extent)]
    {
        var kept: [(first: Int, last: Int, Extent)] = []
        var page = 0
        for extent in old.extents {
            let pages = Int(extent.length) / Self.pageBytes
            // Only whole pages in chunks can be kept; the last, short page is written anew.
            guard case .chunk(let id, let offset, _) = extent else {
                page += (Int(extent.length) + Self.pageBytes - 1) / Self.pageBytes
                continue
            }
            var start = 0
            while start < pages {
                guard new.isSame(page + start, as: old.digests) else {
                    start += 1
                    continue
                }
                var end = start + 1
                while end < pages, new.isSame(page + end, as: old.digests) { end += 1 }
                kept.append(
                    (
                        page + start, page + end - 1,
                        .chunk(
                            id,
                            offset: offset + start * Self.pageBytes,
                            length: (end - start) * Self.pageBytes
                        )
                    )
                )
                start = end
            }
            page += (Int(extent.length) + Self.pageBytes - 1) / Self.pageBytes
        }
        return rebased(kept, pageCount: new.count)
    }

    private func rebased(
        _ kept: [(first: Int, last: Int, Extent)],
        pageCount: Int
    ) -> [(first: Int, last: Int, Extent)] {
        var live: [Digest: Int] = [:]
        for case (_, _, .chunk(let id, _, let length)) in kept { live[id, default: 0] += length }
        let sound = kept.filter { item in
            guard case .chunk(let id, _, _) = item.2, let plain = tree.reader.plainBytes(of: id)
            else { return false }
            return live[id, default: 0] * 2 >= plain
        }
        return sound.count > max(16, pageCount / 8) ? [] : sound
    }

    private func writePages(
        _ copy: borrowing OpenFile,
        _ size: UInt64,
        _ reused: [(first: Int, last: Int, Extent)],
        into item: PendingEntry
    ) throws(RepositoryError) {
        var group = Group(tree.writer)
        var position: UInt64 = 0
        for (first, last, extent) in reused {
            let start = UInt64(first * Self.pageBytes)
            try group.add(copy, position..<start, into: item)
            item.pieces.append(.known(extent))
            position = UInt64((last + 1) * Self.pageBytes)
        }
        try group.add(copy, position..<size, into: item)
        try group.submit(into: item)
    }

    /// The chunk that is being filled with changed pages.
    private struct Group {
        let writer: ChunkWriter
        private var buffer: AlignedBuffer?
        private var used = 0
        /// Which pieces of the item wait for this chunk.
        private var waiting: [(index: Int, offset: Int, length: Int)] = []

        init(_ writer: ChunkWriter) {
            self.writer = writer
        }

        mutating func add(
            _ copy: borrowing OpenFile,
            _ range: Range<UInt64>,
            into item: PendingEntry
        ) throws(RepositoryError) {
            var position = range.lowerBound
            while position < range.upperBound {
                let buffer = self.buffer ?? writer.pool.lease(PageCutter.groupBytes)
                self.buffer = buffer
                let start = used
                let count = Int(
                    min(range.upperBound - position, UInt64(PageCutter.groupBytes - start))
                )
                let read = try reading { () throws(FileError) in
                    try unsafe copy.read(into: buffer.room(start..<(start + count)), at: position)
                }
                guard read == count else {
                    throw RepositoryError(
                        code: .source,
                        message: "\(copy.path) shrank while it was read"
                    )
                }
                waiting.append((item.pieces.count, start, count))
                item.pieces.append(.known(.hole(0)))
                used += count
                position += UInt64(count)
                if used == PageCutter.groupBytes { try submit(into: item) }
            }
        }

        mutating func submit(into item: PendingEntry) throws(RepositoryError) {
            guard let full = buffer, used > 0 else { return }
            let ticket = try writer.submit(full, count: used)
            for (index, offset, length) in waiting {
                item.pieces[index] = .coming(ticket, offset: offset, length: length)
            }
            buffer = nil
            used = 0
            waiting = []
        }
    }

    /// Stores the table whole, or as a patch of the parent's while that stays small.
    private func writeTable(
        _ new: borrowing PageDigests,
        _ old: Old?,
        into item: PendingEntry
    ) throws(RepositoryError) {
        if let old {
            let patch = new.patch(since: old.digests)
            let patched = old.table.patches.reduce(patch.count) { sum, chunk in
                sum + (tree.reader.plainBytes(of: chunk) ?? 0)
            }
            let isShort = patched * 4 <= old.digests.count + Self.patchAllowanceBytes
            let isPart = patch.count * 4 <= old.digests.count
            if isPart, isShort, old.table.patches.count < Self.patchLimit {
                item.entry.pages = old.table
                item.entry.pages?.pageCount = new.count
                item.pagePatch = try tree.writer.submit(
                    patch,
                    kind: .meta,
                    chunkBytes: PageDigests.patchChunkBytes
                )
                return
            }
        }
        item.entry.pages = PageTable(
            pageBytes: Self.pageBytes,
            pageCount: new.count,
            base: [],
            patches: []
        )
        item.pageBase = try tree.writer.submit(
            new.bytes,
            kind: .meta,
            chunkBytes: BufferPool.smallBytes
        )
    }
}
