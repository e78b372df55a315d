internal import Cryptography
internal import Storage
internal import Threads

/// Checks many packs on all cores.
struct PackCheck {
    /// What was found out about one pack.
    struct Finding: Sendable {
        let object: String
        /// One text for each damaged place.
        var faults: [String] = []
        var readBytes: UInt64 = 0
    }

    private let repository: Repository
    private let level: CheckLevel
    private let ledger: ReadLedger
    private let cancellation: Cancellation
    private let onBytes: @Sendable (Int) -> Void

    init(
        _ repository: Repository,
        _ level: CheckLevel,
        _ ledger: ReadLedger,
        _ cancellation: Cancellation,
        onBytes: @escaping @Sendable (Int) -> Void
    ) {
        self.repository = repository
        self.level = level
        self.ledger = ledger
        self.cancellation = cancellation
        self.onBytes = onBytes
    }

    /// Checks packs of a listing.
    ///
    /// - Returns: One finding each, in the order of the packs.
    func run(_ objects: [StoredObject]) throws(RepositoryError) -> [Finding] {
        let packs = objects.map(Self.pack)
        let claims = repository.index.claims(about: Set(packs.compactMap { $0 }))
        let recorded = repository.index.recordedSizes
        let next = Monitor(0)
        let findings = Monitor([Finding?](repeating: nil, count: objects.count))
        let threads = (0..<min(OwnedThread.recommendedCount, objects.count)).map { _ in
            OwnedThread { [self] in
                let scan = PackScan(repository.store)
                while let number = take(next, objects.count) {
                    let object = objects[number]
                    let claimed = packs[number].flatMap { claims[$0] }
                    var finding = check(object, claimed, scan)
                    // An error that passes is no damage.
                    if !finding.faults.isEmpty { finding = check(object, claimed, scan) }
                    let sizes = recorded[object.name] ?? []
                    if !finding.faults.isEmpty, let size = sizes.first,
                        !sizes.contains(object.sizeBytes)
                    {
                        finding.faults.insert(
                            "it has \(object.sizeBytes) bytes instead of \(size)",
                            at: 0
                        )
                    }
                    let found = finding
                    findings.change { $0[number] = found }
                }
            }
        }
        for thread in threads { thread.join() }
        if cancellation.reason != nil {
            throw RepositoryError(code: .cancelled, message: "stopped on request")
        }
        return findings.change { $0 }.compactMap { $0 }
    }

    private func take(_ next: Monitor<Int>, _ count: Int) -> Int? {
        if cancellation.reason != nil { return nil }
        return next.change { number in
            defer { number += 1 }
            return number < count ? number : nil
        }
    }

    private static func pack(_ object: StoredObject) -> IndexSegment.Pack? {
        PackFormat.pack(object.name).map {
            IndexSegment.Pack(id: $0.id, kind: $0.kind, sizeBytes: object.sizeBytes)
        }
    }

    private func check(
        _ object: StoredObject,
        _ claimed: [IndexSegment.Claim]?,
        _ scan: PackScan
    ) -> Finding {
        var finding = Finding(object: object.name)
        let listing: PackListing
        do throws(RepositoryError) {
            listing = try list(object, claimed)
        } catch {
            finding.faults = [error.message]
            return finding
        }
        if level == .quick { return finding }
        let before = scan.readBytes
        let isProven: ((PackBuilder.Member) -> Bool)? =
            level == .full
            ? nil
            : { member in
                ledger.isProven(
                    ChunkIndex.Location(
                        object: object.name,
                        offset: member.offset,
                        storedBytes: member.storedBytes,
                        plainBytes: member.plainBytes
                    )
                )
            }
        finding.faults = scan.faults(of: object, listing.items, isProven: isProven)
        // Sizes are in no sums: where the index was wrong about them, the pack is not damaged.
        if !finding.faults.isEmpty, let claimed,
            let own = try? PackListing(repository.store, object), !own.isStated(by: claimed)
        {
            repository.index.believe(object, own)
            finding.faults = scan.faults(of: object, own.items, isProven: isProven)
        }
        finding.readBytes = scan.readBytes - before
        onBytes(Int(finding.readBytes))
        return finding
    }

    /// What the pack holds, by the index where it covers the pack, else by the pack's headers.
    private func list(
        _ object: StoredObject,
        _ claimed: [IndexSegment.Claim]?
    ) throws(RepositoryError) -> PackListing {
        let store = repository.store
        guard let claimed else { return try PackListing(store, object) }
        do throws(RepositoryError) {
            return try PackListing(store, object, claimed: claimed)
        } catch {
            return try PackListing(store, object)
        }
    }
}
