internal import Cryptography
internal import Files
internal import Storage
public import Threads

/// Checks a repository and names all that is damaged, with every file that it touches.
///
/// Reads only. One pass gathers what snapshots refer to, one looks at the packs; who is touched
/// is traced afterwards, in a second walk that a whole repository never needs.
public struct RepositoryCheck {
    private let repository: Repository
    private let level: CheckLevel
    private let budget: CheckBudget?
    private let cancellation: Cancellation
    private let onBytes: @Sendable (Int) -> Void
    private let watch = Stopwatch()
    private let ledger = ReadLedger()

    /// Prepares a check.
    ///
    /// - Parameters:
    ///   - repository: Opened not long ago.
    ///   - level: How thorough to be.
    ///   - budget: How much to take; then the packs come first that were verified longest ago, of
    ///     all others the sizes are compared, and no snapshot counts as proven unless each pack was
    ///     looked at, or not too long ago.
    ///   - cancellation: Raised to stop between files.
    ///   - onBytes: Told how many bytes were checked, from any thread.
    public init(
        _ repository: Repository,
        level: CheckLevel,
        budget: CheckBudget? = nil,
        cancellation: Cancellation,
        onBytes: @escaping @Sendable (Int) -> Void
    ) {
        self.repository = repository
        self.level = level
        self.budget = budget
        self.cancellation = cancellation
        self.onBytes = onBytes
    }

    /// Checks snapshots and the packs that they need.
    ///
    /// - Parameters:
    ///   - listed: What the listing of snapshots holds, or some of it.
    ///   - isWhole: Whether it is all of the listing: then every pack is looked at, and the
    ///     chain of snapshots.
    /// - Returns: What was covered and found.
    /// - Throws: ``RepositoryError`` where the store cannot be listed or does not answer, or
    ///   `cancelled`.
    public func run(
        _ listed: [Repository.Listed],
        isWhole: Bool
    ) throws(RepositoryError) -> CheckReport {
        var report = CheckReport(level: level)
        var snapshots: [Snapshot] = []
        for item in listed {
            switch item {
            case .snapshot(let snapshot): snapshots.append(snapshot)
            case .unreadable(let name, let error):
                var damage = Damage(.snapshot, name, [error.message])
                damage.touches = [
                    .init(snapshot: Self.id(name), component: nil, path: nil, what: "all of it")
                ]
                report.damage.append(damage)
            }
        }
        report.snapshots = snapshots.map(\.id)
        for snapshot in snapshots {
            for (name, part) in snapshot.components.sorted(by: { $0.key < $1.key }) {
                guard let what = part.elsewhere else { continue }
                report.elsewhere.append((snapshot.id, name, what))
            }
        }
        repository.index.search()
        if isWhole { report.damage += try SnapshotChain.gaps(listed, repository.store) }
        let found = try survey(snapshots, &report)
        let listing = try PackPlaces(repository, found.chunks)
        let packs = isWhole ? listing.listed : listing.needed
        let look = try look(at: packs)
        let findings = look.findings + look.sizes
        report.packs = look.findings.count
        if level != .quick {
            report.wholePacks = look.findings.filter { $0.faults.isEmpty }
                .compactMap { PackFormat.pack($0.object)?.id.hex }
        }
        report.storedBytes = ledger.storedBytes + findings.reduce(0) { $0 + $1.readBytes }
        report.notes += indexNotes
        if isWhole { report.notes += try notes(listing) }
        let ledgerOfDamage = DamageLedger(
            repository,
            found,
            listing,
            findings,
            failedPlaces: ledger.failed
        )
        let traced = try ledgerOfDamage.trace(snapshots)
        report.damage += traced.damage
        if !report.damage.isEmpty {
            // Of a store that is gone nothing is damaged, as far as anybody knows.
            let store = repository.store
            _ = try storing { () throws(StorageError) in
                try store.steadily { () throws(StorageError) in
                    try store.getSmall("FORMAT", limit: 64)
                }
            }
        }
        if look.isCovering {
            report.passed = report.snapshots.filter { !traced.unproven.contains($0) }
        }
        return report
    }

    /// What came of looking at packs.
    private struct Look {
        /// One for each pack that was read as the level says.
        var findings: [PackCheck.Finding] = []
        /// One for each other, of which only the size was compared.
        var sizes: [PackCheck.Finding] = []
        /// Whether these others were found whole not too long ago.
        var isCovering = true
    }

    /// Checks packs, all of them or those for which the budget is enough.
    private func look(at packs: [StoredObject]) throws(RepositoryError) -> Look {
        let check = PackCheck(repository, level, ledger, cancellation, onBytes: onBytes)
        guard let budget else { return Look(findings: try check.run(packs)) }
        var receipts = try repository.packReceipts()
        // Of what is damaged it says nothing that it once was whole.
        for fact in try repository.facts(.damage) { receipts[fact.subject] = nil }
        func age(_ object: StoredObject) -> (Moment, String) {
            let at = PackFormat.pack(object.name).flatMap { receipts[$0.id.hex] }
            return (at ?? Moment(nanoseconds: .min), object.name)
        }
        var look = Look()
        let lists = PackCheck(repository, .quick, ledger, cancellation) { _ in }
        look.sizes = try lists.run(packs)
        var rest = packs.sorted { age($0) < age($1) }[...]
        var bytes: UInt64 = 0
        while !rest.isEmpty, bytes < budget.bytes ?? .max,
            watch.seconds < budget.seconds ?? .infinity
        {
            // As many as there are threads: with one more the time would be less even.
            let batch = Array(rest.prefix(OwnedThread.recommendedCount))
            rest = rest.dropFirst(batch.count)
            look.findings += try check.run(batch)
            bytes += batch.reduce(0) { $0 + $1.sizeBytes }
        }
        let left = Set(rest.map(\.name))
        look.sizes.removeAll { !left.contains($0.object) }
        if let oldest = rest.first {
            let since = budget.provenSince ?? Moment(nanoseconds: .max)
            look.isCovering = age(oldest).0 >= since
        }
        return look
    }

    /// The snapshot that an unreadable document was, or the document's name.
    private static func id(_ objectName: String) -> String {
        SnapshotID(objectName: objectName)?.text ?? objectName
    }

    private func survey(
        _ snapshots: [Snapshot],
        _ report: inout CheckReport
    ) throws(RepositoryError) -> ManifestSurvey.Found {
        let reader = ChunkReader(store: repository.store, index: repository.index, ledger: ledger)
        let proof = level == .deep ? FileProof(repository, ledger, onBytes: onBytes) : nil
        let check = { [cancellation] () throws(RepositoryError) in
            guard cancellation.reason != nil else { return }
            throw RepositoryError(code: .cancelled, message: "stopped on request")
        }
        var survey = ManifestSurvey(reader, proof, check: check)
        let found = try survey.run(snapshots)
        if let proof {
            try proof.finish(check)
            found.badFiles.merge(proof.failed) { first, _ in first }
            report.contentBytes = proof.provenBytes
        }
        for id in snapshots.compactMap(\.configuration).compactMap({ Digest(hex: $0) }) {
            _ = try? reader.read(id)
        }
        report.files = found.files
        return found
    }

    /// What is wrong about the index harms nobody: it is derived.
    private var indexNotes: [String] {
        let index = repository.index
        let unreadable = index.brokenSegments.map { "\($0) cannot be read; it is derived" }
        return unreadable
            + index.lies.map {
                "\($0.segment) is wrong about \($0.packs.count) packs; it is derived"
            }
    }

    private func notes(_ places: PackPlaces) throws(RepositoryError) -> [String] {
        var notes = try repository.damagedFacts().map { "\($0) is not as it was written" }
        notes += try SnapshotChain.unreadableForgotten(repository.store).map {
            "\($0) cannot be read; it only tells of a snapshot that was removed"
        }
        let lists = try CondemnedList.all(repository.store)
        notes += lists.filter { $0.list == nil }.map { "\($0.name) is not as it was written" }
        let condemned = Set(lists.flatMap { $0.list?.packs ?? [] }.map(\.name))
        // What is condemned is known to be unneeded, and waits for its time.
        let unused = places.listed.filter {
            !places.neededNames.contains($0.name) && !condemned.contains($0.name)
        }
        if !unused.isEmpty {
            let total = unused.reduce(0) { $0 + $1.sizeBytes }
            notes.append("\(unused.count) packs of \(total) bytes are in no snapshot")
        }
        let store = repository.store
        let drafts = try storing { () throws(StorageError) in try store.list("tmp") }
        if !drafts.isEmpty { notes.append("\(drafts.count) unfinished files lie in tmp/") }
        return notes
    }
}
