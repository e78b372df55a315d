internal import Cryptography
internal import Files
public import Storage
public import Threads

/// Puts a repository back in order: what is derived is made anew, what is damaged is replaced by
/// what is still good and by what live files still hold, what is lost is named.
///
/// Nothing is removed before what takes its place is durable, so that a repair may end at any
/// moment and be run again.
public struct RepositoryRepair {
    private let store: any Store
    private let texts: [String: String]
    private let host: String
    private let configuration: [UInt8]
    private let live: LiveReader
    private let cancellation: Cancellation
    private let onBytes: @Sendable (Int) -> Void

    /// Prepares a repair.
    ///
    /// - Parameters:
    ///   - store: Where the repository lies.
    ///   - texts: The files for people, by name.
    ///   - host: This machine's name.
    ///   - configuration: The configuration's bytes.
    ///   - cancellation: Raised to stop between files.
    ///   - live: Reads files as they are now.
    ///   - onBytes: Told how many bytes were checked, from any thread.
    public init(
        _ store: any Store,
        texts: [String: String],
        host: String,
        configuration: [UInt8],
        cancellation: Cancellation,
        live: @escaping LiveReader,
        onBytes: @escaping @Sendable (Int) -> Void
    ) {
        self.store = store
        self.texts = texts
        self.host = host
        self.configuration = configuration
        self.live = live
        self.cancellation = cancellation
        self.onBytes = onBytes
    }

    /// Finds out what is to be done; changes nothing.
    ///
    /// - Returns: The steps, what is damaged and what is lost.
    /// - Throws: ``RepositoryError``; `missing` where there is nothing to repair.
    public func plan() throws(RepositoryError) -> RepairPlan {
        let foundations = try Foundations(store, texts: texts)
        let repository = try Repository(store, assuming: foundations.settings)
        var plan = RepairPlan()
        for replacement in try foundations.replacements + documents(repository) {
            plan.steps.append(.init(kind: .rewrite, name: replacement.name, why: replacement.why))
        }
        let report = try check(repository)
        plan.damage = report.damage
        let packs = Self.packs(report)
        let snapshots = try repository.snapshots()
        let repair = PackRepair(repository: repository, snapshots: snapshots)
        let findings = try repair.look(try present(packs))
        // Each is looked for again when it is written: all of them may not fit into memory.
        let lost = lostChunks(findings.lost, snapshots, repository)
        let recovered = findings.lost.filter { lost.find($0) != nil }
        plan.recovered = recovered.count
        plan.lost = findings.lost.subtracting(recovered).map(\.hex).sorted()
        for (pack, good) in findings.good.sorted(by: { $0.key < $1.key }) {
            let lost = findings.lostIn[pack] ?? []
            let found = lost.intersection(recovered).count
            var why = "\(good.count) chunks are whole, \(found) are taken from live files"
            if lost.count > found { why += ", \(lost.count - found) are lost; it stays for them" }
            plan.steps.append(.init(kind: .pack, name: pack, why: why))
        }
        let homeless = recovered.filter { chunk in
            !findings.lostIn.values.contains { $0.contains(chunk) }
        }
        for chunk in homeless.map(\.hex).sorted() {
            let why = "the pack that held it is gone, a live file has it"
            plan.steps.append(.init(kind: .recapture, name: chunk, why: why))
        }
        let index = try IndexRepair(try Repository(store, assuming: foundations.settings))
        if index.isNeeded {
            let why =
                "\(index.bad.count) files of it are wrong, \(index.unnamed.count) packs are in none"
            plan.steps.append(.init(kind: .index, name: "index/", why: why))
        }
        plan.steps += try leftovers()
        for mark in try marks(report) {
            plan.steps.append(.init(kind: .unmark, name: mark, why: "what it is about is whole"))
        }
        return plan
    }

    /// Repairs what can be repaired.
    ///
    /// - Parameter operation: Who notes what is still damaged.
    /// - Returns: What was done and what is lost.
    /// - Throws: ``RepositoryError``; then what was done so far stays, and running it again goes
    ///   on from there.
    public func run(operation: String) throws(RepositoryError) -> RepairOutcome {
        var outcome = RepairOutcome()
        let before = try plan()
        outcome.steps = before.steps
        let foundations = try Foundations(store, texts: texts)
        try write(foundations.replacements)
        let documents = try documents(try Repository(store))
        try write(documents)
        outcome.recovered = try replacePacks(operation)
        let index = try IndexRepair(try Repository(store))
        if index.isNeeded { try index.run(store) }
        try Leftovers(store, host: host).remove(store)
        let repository = try Repository(store)
        let after = try check(repository)
        try repository.record(after, operation: operation)
        let whole = try marks(after)
        do throws(StorageError) {
            for name in whole { try store.delete(name) }
            try store.sync()
        } catch {
            throw RepositoryError(error)
        }
        let touched = Set(before.damage.flatMap(\.touches).map(\.snapshot))
        outcome.healed = after.passed.filter { touched.contains($0.text) }
        outcome.damage = after.damage
        return outcome
    }

    private func check(_ repository: Repository) throws(RepositoryError) -> CheckReport {
        try RepositoryCheck(
            repository,
            level: .deep,
            cancellation: cancellation,
            onBytes: onBytes
        ).run(try repository.listSnapshots(), isWhole: true)
    }

    /// The packs that a check found damaged.
    private static func packs(_ report: CheckReport) -> Set<String> {
        Set(report.damage.filter { $0.kind == .pack }.map(\.name))
    }

    private func present(_ packs: Set<String>) throws(RepositoryError) -> Set<String> {
        var found: Set<String> = []
        for kind in PackFormat.Kind.allCases {
            found.formUnion(
                try storing { () throws(StorageError) in try store.list(kind.folder) }.map(\.name)
            )
        }
        return packs.intersection(found)
    }

    private func lostChunks(
        _ lost: Set<Digest>,
        _ snapshots: [Snapshot],
        _ repository: Repository
    ) -> LostChunks {
        LostChunks(lost, snapshots, repository, live, configuration: configuration)
    }

    /// Documents of snapshots of which one bit was flipped.
    private func documents(
        _ repository: Repository
    ) throws(RepositoryError) -> [Foundations.Replacement] {
        var healed: [Foundations.Replacement] = []
        for case .unreadable(let name, _) in try repository.listSnapshots() {
            guard let bytes = try? store.getSmall(name, limit: 64 << 20),
                let right = OneBit.heal(bytes),
                let snapshot = try? Snapshot.decode(right, name: name),
                snapshot.id.objectName == name
            else { continue }
            healed.append(.init(name: name, bytes: right, why: "one bit of it was flipped"))
        }
        return healed
    }

    private func write(_ replacements: [Foundations.Replacement]) throws(RepositoryError) {
        do throws(StorageError) {
            for replacement in replacements {
                try store.replace(replacement.name, replacement.bytes)
                try store.sync()
            }
        } catch {
            throw RepositoryError(error)
        }
    }

    /// Marks damaged packs, copies what is good in them, and removes those that are spare then.
    ///
    /// - Returns: How many lost chunks were found again.
    private func replacePacks(_ operation: String) throws(RepositoryError) -> Int {
        let report = try check(try Repository(store))
        try Repository(store).record(report, operation: operation)
        let damaged = try present(Self.packs(report))
        // Opened anew: from here on no chunk counts as kept that lies in a damaged pack only.
        let repository = try Repository(store)
        var snapshots: [Snapshot] = []
        var isAllReadable = true
        for item in try repository.listSnapshots() {
            switch item {
            case .snapshot(let snapshot): snapshots.append(snapshot)
            case .unreadable: isAllReadable = false
            }
        }
        let repair = PackRepair(repository: repository, snapshots: snapshots)
        let findings = try repair.look(damaged)
        let lost = lostChunks(findings.lost, snapshots, repository)
        let recovered = try repair.rescue(findings, lost)
        // What a snapshot needs that cannot be read is not known: somebody may have a copy of it.
        guard isAllReadable else { return recovered.count }
        // A pack that was made again to the letter is whole now.
        let spare = damaged.filter { pack in
            (findings.lostIn[pack] ?? []).isSubset(of: recovered)
                && !PackRepair.isWhole(pack, store)
        }
        if spare.isEmpty { return recovered.count }
        try proveRescue(findings, recovered, without: spare)
        try IndexRepair(try Repository(store), leaving: spare).run(store)
        do throws(StorageError) {
            for pack in spare.sorted() { try store.delete(pack) }
            try store.sync()
        } catch {
            throw RepositoryError(error)
        }
        return recovered.count
    }

    /// Reads every rescued chunk from where it lies now, before the old place goes.
    private func proveRescue(
        _ findings: PackRepair.Findings,
        _ recovered: Set<Digest>,
        without spare: Set<String>
    ) throws(RepositoryError) {
        let repository = try Repository(store)
        let reader = ChunkReader(store: store, index: repository.index)
        let room = AlignedBuffer(byteCount: PackFormat.chunkLimit)
        for chunk in Set(findings.good.values.joined()).union(recovered) {
            let isKept = repository.index.locations(of: chunk).contains { place in
                guard !spare.contains(place.object) else { return false }
                return (try? unsafe reader.find(chunk, near: place, into: room.bytes, true)) != nil
            }
            guard isKept else {
                throw RepositoryError(
                    code: .storage,
                    message: "chunk \(chunk) was copied and cannot be read; nothing was removed"
                )
            }
        }
    }

    private func leftovers() throws(RepositoryError) -> [RepairPlan.Step] {
        let left = try Leftovers(store, host: host)
        var steps: [RepairPlan.Step] = []
        for session in left.sessions {
            steps.append(.init(kind: .remove, name: session.object, why: "its process is gone"))
        }
        for draft in left.drafts {
            steps.append(.init(kind: .remove, name: draft, why: "nobody will finish it"))
        }
        return steps
    }

    /// The notes about damage whose subject a check of everything found whole, or gone.
    private func marks(_ report: CheckReport) throws(RepositoryError) -> [String] {
        var damaged = Set(report.damage.flatMap(\.touches).map(\.snapshot))
        for damage in report.damage {
            if let pack = PackFormat.pack(damage.name) { damaged.insert(pack.id.hex) }
        }
        return try storing { () throws(StorageError) in try store.list("facts/damaged") }
            .filter { object in Fact.subject(object).map { !damaged.contains($0) } ?? false }
            .map(\.name)
    }
}
