internal import Cryptography
internal import Storage
internal import Threads

/// Copies what is needed of packs that hold little of it, or that are small, into new ones.
///
/// The old packs stay: a collection condemns them once the new ones are durable.
struct Repacking {
    /// A pack of which less is needed is worth copying, in hundredths.
    private static let neededPercentMinimum = 80
    /// Less than this is not worth a copy of anything: a pack has as much of its own.
    private static let sparseBytesMinimum = 64 << 10
    private static let nightlyBytesMinimum: UInt64 = 64 << 20
    /// So many packs are read at once, to keep the disk busy.
    private static let threadCount = 4
    /// So many small packs are worth making one of.
    private static let smallPackCount = 8

    private let use: PackUse
    private let repository: Repository

    init(_ use: PackUse, _ repository: Repository) {
        self.use = use
        self.repository = repository
    }

    /// Which packs to copy, by number, those with the least to copy for what they free first.
    ///
    /// - Parameters:
    ///   - limitBytes: At most so much is copied.
    ///   - allowedPercent: So much of what stays may be unneeded; nothing is copied for less.
    /// - Returns: Their numbers.
    func choice(limitBytes: UInt64, allowedPercent: Int) -> [Int] {
        var (keptBytes, unneededBytes) = (0, 0)
        var sparse: [Int] = []
        var small: [PackFormat.Kind: [Int]] = [:]
        for (number, pack) in use.packs.enumerated()
        where !pack.isCondemned && !pack.isDamaged && pack.isKnown && pack.homeCount > 0 {
            keptBytes += pack.totalBytes
            unneededBytes += pack.totalBytes - pack.homeBytes
            let isSparse = pack.homeBytes * 100 < pack.totalBytes * Self.neededPercentMinimum
            if isSparse, pack.totalBytes - pack.homeBytes >= Self.sparseBytesMinimum {
                sparse.append(number)
            } else if pack.stock.object.sizeBytes < smallBytes(pack.kind) {
                small[pack.kind, default: []].append(number)
            }
        }
        sparse.sort { share($0) < share($1) }
        var chosen: [Int] = []
        var left = limitBytes
        func take(_ number: Int) {
            let pack = use.packs[number]
            if UInt64(pack.homeBytes) > left { return }
            left -= UInt64(pack.homeBytes)
            keptBytes -= pack.totalBytes - pack.homeBytes
            unneededBytes -= pack.totalBytes - pack.homeBytes
            chosen.append(number)
        }
        for number in sparse where unneededBytes * 100 > keptBytes * allowedPercent { take(number) }
        for kind in PackFormat.Kind.allCases {
            let numbers = small[kind] ?? []
            let bytes = numbers.reduce(0) { $0 + use.packs[$1].homeBytes }
            // One pack of a full day's worth each night would be written again every night.
            guard numbers.count >= Self.smallPackCount || bytes >= smallBytes(kind),
                numbers.count > 1
            else { continue }
            for number in numbers { take(number) }
        }
        return chosen
    }

    /// What a night may copy: it takes room twice until the originals' time is up.
    var nightlyBytes: UInt64 {
        let total = use.packs.reduce(0) { $0 + $1.stock.object.sizeBytes }
        return max(total / 200, Self.nightlyBytesMinimum)
    }

    private func share(_ number: Int) -> Double {
        Double(use.packs[number].homeBytes) / Double(max(1, use.packs[number].totalBytes))
    }

    private func smallBytes(_ kind: PackFormat.Kind) -> Int {
        (kind == .data ? repository.settings.packBytes : repository.settings.metaPackBytes) / 4
    }

    /// Copies what is needed of some packs and makes it durable.
    ///
    /// - Returns: How many bytes were written.
    func run(
        _ numbers: Set<Int>,
        _ cancellation: Cancellation
    ) throws(RepositoryError) -> UInt64 {
        if numbers.isEmpty { return 0 }
        let copier = PackCopier(repository.store, repository.settings)
        let packs = numbers.sorted().map { (number: $0, pack: use.packs[$0]) }
        try WorkPool.run(packs, threadCount: Self.threadCount) {
            [repository, homes = use.homes] (number, pack) throws(RepositoryError) in
            guard cancellation.reason == nil else {
                throw RepositoryError(code: .cancelled, message: "stopped on request")
            }
            let lane = PackCopier.Lane()
            let listing = try repository.index.listing(of: pack.stock)
            for item in listing.items where PackUse.isHome(number, of: item.member.chunk, in: homes)
            {
                try copier.copy(item, of: pack.stock.object, kind: pack.kind, in: lane)
            }
        }
        try copier.finish()
        return copier.writtenBytes
    }
}
