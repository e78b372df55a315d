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
    /// So many small packs are worth making one of.
    private static let smallPackCount = 8

    private let use: PackUse
    private let repository: Repository

    init(_ use: PackUse, _ repository: Repository) {
        self.use = use
        self.repository = repository
    }

    /// Which packs to copy, by number, those with the least to copy for what they free first.
    func choice(limitBytes: UInt64) -> [Int] {
        var sparse: [Int] = []
        var small: [PackFormat.Kind: [Int]] = [:]
        for (number, pack) in use.packs.enumerated()
        where !pack.isCondemned && !pack.isDamaged && pack.isKnown && pack.homeCount > 0 {
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
        func take(_ numbers: [Int]) {
            for number in numbers {
                let bytes = UInt64(use.packs[number].homeBytes)
                if bytes > left { continue }
                left -= bytes
                chosen.append(number)
            }
        }
        take(sparse)
        for kind in PackFormat.Kind.allCases {
            let numbers = small[kind] ?? []
            let bytes = numbers.reduce(0) { $0 + use.packs[$1].homeBytes }
            // One pack of a full day's worth each night would be written again every night.
            guard numbers.count >= Self.smallPackCount || bytes >= smallBytes(kind),
                numbers.count > 1
            else { continue }
            take(numbers)
        }
        return chosen
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
        for number in numbers.sorted() {
            guard cancellation.reason == nil else {
                throw RepositoryError(code: .cancelled, message: "stopped on request")
            }
            let pack = use.packs[number]
            let listing = try repository.index.listing(of: pack.stock)
            for item in listing.items where use.isHome(number, of: item.member.chunk) {
                try copier.copy(item, of: pack.stock.object, kind: pack.kind)
            }
        }
        try copier.finish()
        return copier.writtenBytes
    }
}
