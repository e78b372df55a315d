internal import Cryptography
internal import Files
internal import Storage

/// Puts few index segments in the place of many, without the packs that are about to go.
///
/// The new ones are durable before an old one goes; the index is derived, so that on a full disk
/// the old ones may go first.
struct IndexMerge {
    /// So many entries make a segment that is left alone: 32 MiB of it.
    private static let fullEntryCount = 1 << 20
    /// So many smaller segments are left alone.
    private static let segmentLimit = 8

    private let index: ChunkIndex
    private let store: any Store

    init(_ repository: Repository) {
        index = repository.index
        store = repository.store
    }

    /// Merges where it is worth while, or where packs are to be left out.
    ///
    /// - Parameters:
    ///   - stocks: What ``ChunkIndex/inventory()`` has found.
    ///   - leaving: The names of packs that are about to go.
    /// - Returns: Whether anything was written.
    /// - Throws: ``RepositoryError``.
    @discardableResult
    func run(_ stocks: [ChunkIndex.Stock], leaving: Set<String> = []) throws(RepositoryError)
        -> Bool
    {
        let present = Set(stocks.map(\.object.name)).subtracting(leaving)
        let contents = index.segmentContents
        var old = Set(index.brokenSegments)
        for content in contents {
            let names = content.packs.map { PackFormat.objectName($0.kind, $0.id) }
            if !names.allSatisfy(present.contains) { old.insert(content.name) }
        }
        let small = contents.filter { $0.entryCount < Self.fullEntryCount / 2 }.map(\.name)
        let uncovered = stocks.contains { stock in
            guard case .members = stock.source else { return false }
            return present.contains(stock.object.name)
        }
        if small.count > Self.segmentLimit || !old.isEmpty { old.formUnion(small) }
        if old.isEmpty && !uncovered { return false }
        try replace(old, stocks.filter { present.contains($0.object.name) })
        return true
    }

    private func replace(
        _ old: Set<String>,
        _ stocks: [ChunkIndex.Stock]
    ) throws(RepositoryError) {
        let names = index.segmentContents.map(\.name)
        let affected = stocks.filter { stock in
            switch stock.source {
            case .segment(let number, _): old.contains(names[number])
            case .members: true
            case .nobody: false
            }
        }
        var written: Set<String> = []
        do throws(RepositoryError) {
            // What the index takes in must be durable, whoever put it; what it has is so already.
            for stock in affected {
                if case .members = stock.source { store.adopt(stock.object.name) }
            }
            try storing { () throws(StorageError) in try store.sync() }
            for batch in Self.batches(affected) { written.insert(try write(batch)) }
        } catch {
            guard error.code == .full else { throw error }
        }
        try storing { () throws(StorageError) in
            for name in old.subtracting(written).sorted() { try store.delete(name) }
            try store.sync()
        }
    }

    /// Packs in groups of which each makes one segment.
    private static func batches(_ stocks: [ChunkIndex.Stock]) -> [[ChunkIndex.Stock]] {
        var batches: [[ChunkIndex.Stock]] = []
        var count = fullEntryCount
        for stock in stocks {
            let entries =
                switch stock.source {
                case .segment(_, let entries): entries.count
                case .members(let members): members.count
                case .nobody: 0
                }
            if count + entries > fullEntryCount {
                batches.append([])
                count = 0
            }
            batches[batches.count - 1].append(stock)
            count += entries
        }
        return batches
    }

    private func write(_ stocks: [ChunkIndex.Stock]) throws(RepositoryError) -> String {
        var sources: [(IndexSegment.Pack, IndexSegment, [UInt32])] = []
        var others: [(IndexSegment.Pack, [PackBuilder.Member])] = []
        for stock in stocks {
            switch stock.source {
            case .segment(let number, let entries):
                sources.append((stock.pack, index.segments[number], entries))
            case .members(let members): others.append((stock.pack, members))
            case .nobody: break
            }
        }
        return try IndexSegment.put(IndexSegment.merge(sources, adding: others), in: store)
    }
}
