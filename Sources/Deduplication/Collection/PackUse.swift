internal import Cryptography
internal import Files
internal import Storage

/// Which packs the snapshots need, and how much of each.
///
/// Every needed chunk has one home. Where it lies in several packs, the one that is used most is
/// its home; one that is condemned or damaged only where there is no other.
struct PackUse {
    struct Pack {
        let stock: ChunkIndex.Stock
        let isCondemned: Bool
        let isDamaged: Bool
        /// What its members take, headers and padding with them.
        var totalBytes = 0
        /// The members that some snapshot needs, wherever else they lie.
        var neededBytes = 0
        /// The members that have their home here.
        var homeBytes = 0
        var homeCount = 0

        var name: String { stock.object.name }
        var kind: PackFormat.Kind { stock.pack.kind }
        /// Whether it is known what is in it.
        var isKnown: Bool {
            if case .nobody = stock.source { return false }
            return true
        }
    }

    let repository: Repository
    private(set) var packs: [Pack] = []
    /// The pack in which each needed chunk has its home, by number.
    private(set) var homes: [ChunkKey: Int32] = [:]
    private let reader: ChunkReader
    private let room = AlignedBuffer(byteCount: PackFormat.chunkLimit)

    /// Counts.
    ///
    /// - Throws: ``RepositoryError``; `damaged` where a needed chunk lies nowhere.
    init(
        _ repository: Repository,
        _ needed: NeededChunks,
        condemned: Set<String>
    ) throws(RepositoryError) {
        self.repository = repository
        reader = ChunkReader(store: repository.store, index: repository.index)
        let damaged = try Repository.damagedPacks(repository.store)
        homes.reserveCapacity(needed.keys.count)
        for key in needed.keys { homes[key] = -1 }
        for stock in repository.index.inventory() {
            var pack = Pack(
                stock: stock,
                isCondemned: condemned.contains(stock.object.name),
                isDamaged: damaged.contains(stock.pack.id)
            )
            repository.index.forEachMember(of: stock) { key, storedBytes in
                let bytes = TarHeader.byteCount + TarHeader.padded(storedBytes)
                pack.totalBytes += bytes
                if homes[key] != nil { pack.neededBytes += bytes }
            }
            packs.append(pack)
        }
        for number in packs.indices.sorted(by: isBetterHome) { settle(number) }
        let lost = homes.values.count { $0 < 0 }
        if lost == 0 { return }
        // Of a store that is gone nothing is lost, as far as anybody knows.
        let store = repository.store
        _ = try storing { () throws(StorageError) in
            try store.steadily { () throws(StorageError) in
                try store.getSmall("FORMAT", limit: 64)
            }
        }
        throw RepositoryError(
            code: .damaged,
            message: "\(lost) chunks that snapshots need lie in no pack that can be read"
        )
    }

    private func isBetterHome(_ one: Int, _ other: Int) -> Bool {
        func rank(_ pack: Pack) -> (Int, Double, String) {
            let share = Double(pack.neededBytes) / Double(max(1, pack.totalBytes))
            return (pack.isDamaged ? 2 : pack.isCondemned ? 1 : 0, -share, pack.name)
        }
        return rank(packs[one]) < rank(packs[other])
    }

    private mutating func settle(_ number: Int) {
        var (bytes, count) = (0, 0)
        repository.index.forEachMember(of: packs[number].stock) { key, storedBytes in
            guard homes[key] == -1 else { return }
            homes[key] = Int32(number)
            bytes += TarHeader.byteCount + TarHeader.padded(storedBytes)
            count += 1
        }
        packs[number].homeBytes = bytes
        packs[number].homeCount = count
    }

    /// Whether a chunk has its home in a pack.
    func isHome(_ number: Int, of chunk: Digest) -> Bool {
        Self.isHome(number, of: chunk, in: homes)
    }

    /// The same for a thread that has the homes alone.
    static func isHome(_ number: Int, of chunk: Digest, in homes: [ChunkKey: Int32]) -> Bool {
        homes[ChunkKey(chunk)] == Int32(number)
    }

    /// Whether nothing would be missed without a pack: what is needed of it was read from its home
    /// just now.
    ///
    /// - Throws: ``RepositoryError`` where the store does not answer.
    func isSpare(_ number: Int) throws(RepositoryError) -> Bool {
        let pack = packs[number]
        guard pack.isKnown, pack.homeCount == 0 else { return false }
        if pack.neededBytes == 0 { return true }
        let listing: PackListing
        do throws(RepositoryError) {
            listing = try repository.index.listing(of: pack.stock)
        } catch {
            return false
        }
        for item in listing.items {
            let chunk = item.member.chunk
            guard let home = homes[ChunkKey(chunk)], home >= 0 else { continue }
            let object = packs[Int(home)].name
            let places = repository.index.locations(of: chunk).filter { $0.object == object }
            let isThere = places.contains {
                (try? unsafe reader.find(chunk, near: $0, into: room.bytes, true)) != nil
            }
            if !isThere { return false }
        }
        return true
    }
}
