internal import Cryptography
public import Files
internal import Storage
public import Threads

extension Repository {
    /// Asks every pack what it holds, on a thread of its own: a collection need not ask again.
    ///
    /// - Returns: The thread; it is to be joined.
    public func survey() -> OwnedThread {
        OwnedThread { [index] in _ = index.inventory() }
    }
}

/// Removes from a repository what no snapshot needs: condemned first, deleted by a later run.
///
/// It runs beside backups, of this machine and of others, without a lock. A list of condemned
/// packs is written before anything else is asked; sessions are read before snapshots; and only
/// what all of them leave over goes. Every step may be the last one: the next run goes on.
///
/// While one removes packs and lists, no other does: it opens a session before it reads those of
/// the others, and theirs forbid it. Of two, the one that opened later sees the other, or finds
/// the lists gone that the other has removed before that look.
public struct RepositoryCollection {
    /// How a collection goes about it.
    public struct Settings: Sendable {
        /// This machine.
        public var host: String
        /// Who does it.
        public var operation: String
        /// This process, for people.
        public var processID = 0
        /// So long condemned packs stay in place; 0 is for a full disk.
        public var waitSeconds: Int64
        /// At most so many bytes are copied to make room; nil for a small part of what is there.
        public var copyBytesLimit: UInt64?
        /// So much of what stays may be unneeded, in hundredths, before anything is copied for it.
        public var allowedPercent = 5
        /// The present.
        public var now: Moment

        /// Settles it.
        ///
        /// - Parameters:
        ///   - host: This machine.
        ///   - operation: Who does it.
        ///   - waitSeconds: So long condemned packs stay in place.
        ///   - copyBytesLimit: At most so many bytes are copied to make room; nil for a two-hundredth
        ///     of what is there, and 64 MiB at least.
        ///   - now: The present.
        public init(
            host: String,
            operation: String,
            waitSeconds: Int64,
            copyBytesLimit: UInt64?,
            now: Moment
        ) {
            self.host = host
            self.operation = operation
            self.waitSeconds = waitSeconds
            self.copyBytesLimit = copyBytesLimit
            self.now = now
        }
    }

    private let repository: Repository
    private let settings: Settings
    private let cancellation: Cancellation
    private var store: any Store { repository.store }

    /// Prepares a collection.
    ///
    /// - Parameters:
    ///   - repository: Opened for this.
    ///   - settings: How to go about it.
    ///   - cancellation: Raised to stop between steps.
    public init(_ repository: Repository, _ settings: Settings, cancellation: Cancellation) {
        self.repository = repository
        self.settings = settings
        self.cancellation = cancellation
    }

    /// Finds out what would be done; changes nothing.
    ///
    /// - Parameter forgetting: Snapshots that would be forgotten before.
    /// - Returns: What is unneeded and what would be copied.
    /// - Throws: ``RepositoryError``.
    public func plan(forgetting: Set<SnapshotID> = []) throws(RepositoryError) -> CollectionReport {
        var report = CollectionReport()
        let lists = try CondemnedList.all(store)
        let sessions = try Leftovers.others(store, host: settings.host).living
        let use = try use(lists, without: forgetting)
        count(use, into: &report)
        for stored in lists where isDue(stored) {
            if isBlocked(stored.name, sessions) {
                report.blockedLists += 1
                continue
            }
            let names = Set((stored.list?.packs ?? []).map(\.name))
            for pack in use.packs where names.contains(pack.name) && pack.homeCount == 0 {
                report.deletedPacks += 1
                report.freedBytes += pack.stock.object.sizeBytes
            }
        }
        for pack in use.packs where !pack.isCondemned && pack.isKnown && pack.homeCount == 0 {
            report.condemnedPacks += 1
            report.condemnedBytes += pack.stock.object.sizeBytes
        }
        let chosen = choice(Repacking(use, repository))
        report.repackedPacks = chosen.count
        report.repackedBytes = chosen.reduce(0) { $0 + UInt64(use.packs[$1].homeBytes) }
        return report
    }

    /// Collects.
    ///
    /// - Parameter isCopying: Whether packs that are partly unneeded are copied.
    /// - Returns: What was done.
    /// - Throws: ``RepositoryError``; then what was done so far stays, and the next run goes on.
    public func run(isCopying: Bool = true) throws(RepositoryError) -> CollectionReport {
        var report = CollectionReport()
        do throws(RepositoryError) {
            try collect(isCopying: isCopying, &report)
            return report
        } catch {
            // A snapshot may lean on packs that came after the index was read.
            guard error.code == .damaged else { throw error }
        }
        return try runAnew(isCopying, after: report)
    }

    /// With what was done before the index turned out to be too old.
    private func runAnew(
        _ isCopying: Bool,
        after former: CollectionReport
    ) throws(RepositoryError) -> CollectionReport {
        let before = try snapshotNames()
        var sum = former
        var report = CollectionReport()
        do throws(RepositoryError) {
            try RepositoryCollection(Repository(store), settings, cancellation: cancellation)
                .collect(isCopying: isCopying, &report)
            sum.add(report)
            return sum
        } catch {
            // Another prune may have forgotten a snapshot and deleted its content meanwhile.
            guard error.code == .damaged, try snapshotNames() != before else { throw error }
        }
        sum.add(report)
        return try runAnew(isCopying, after: sum)
    }

    private func snapshotNames() throws(RepositoryError) -> [String] {
        try storing { () throws(StorageError) in try store.list("snapshots") }.map(\.name)
    }

    private func collect(
        isCopying: Bool,
        _ report: inout CollectionReport
    ) throws(RepositoryError) {
        let leftovers = try Leftovers(store, host: settings.host)
        report.endedSessions = leftovers.sessions.count
        report.removedDrafts = leftovers.drafts.count
        if !leftovers.sessions.isEmpty || !leftovers.drafts.isEmpty { try leftovers.remove(store) }
        let session = try OpenSession.collecting(in: repository, settings)
        defer { session.release() }
        // In this order. Who opens a session later sees these lists; who has closed one has
        // published what it needs.
        let lists = try CondemnedList.all(store)
        let others = try Leftovers.others(store, host: settings.host, than: session.id)
        let use = try use(lists, without: [])
        count(use, into: &report)
        let gone = try delete(lists, session, others, use, &report)
        try checkCancelled()
        var copied: Set<Int> = []
        if isCopying {
            let repacking = Repacking(use, repository)
            copied = Set(choice(repacking))
            report.repackedBytes = try repacking.run(copied, cancellation)
            report.repackedPacks = copied.count
        }
        try condemn(use, copied, others.living, &report)
        report.runsBeside = others.living.map { session in
            session.map { "\($0.host) since \($0.startedAt)" } ?? "one that cannot be read"
        }
        // Where packs went, the index was merged before.
        if gone.isEmpty { try IndexMerge(repository).run(use.packs.map(\.stock)) }
        // The packs of a list that stays for somebody asleep alone are gone.
        let idle = lists.map(\.name).filter { name in
            others.collected.contains(name) && !isBlocked(name, others.living)
        }
        try countWaiting(without: Set(idle), &report)
    }

    private func choice(_ repacking: Repacking) -> [Int] {
        repacking.choice(
            limitBytes: settings.copyBytesLimit ?? repacking.nightlyBytes,
            allowedPercent: settings.allowedPercent
        )
    }

    private func checkCancelled() throws(RepositoryError) {
        guard cancellation.reason != nil else { return }
        throw RepositoryError(code: .cancelled, message: "stopped on request")
    }

    private func use(
        _ lists: [CondemnedList.Stored],
        without forgotten: Set<SnapshotID>
    ) throws(RepositoryError) -> PackUse {
        var snapshots: [Snapshot] = []
        for item in try repository.listSnapshots() {
            switch item {
            case .snapshot(let snapshot):
                if !forgotten.contains(snapshot.id) { snapshots.append(snapshot) }
            case .unreadable(let name, let error):
                throw RepositoryError(
                    code: .damaged,
                    message: "what \(name) needs is not known, so nothing may go: \(error.message)"
                )
            }
        }
        var needed = NeededChunks(repository, cancellation)
        try needed.add(snapshots)
        let condemned = Set(lists.flatMap { $0.list?.packs ?? [] }.map(\.name))
        return try PackUse(repository, needed, condemned: condemned)
    }

    private func count(_ use: PackUse, into report: inout CollectionReport) {
        report.packs = use.packs.count
        for pack in use.packs {
            report.packBytes += pack.stock.object.sizeBytes
            report.neededBytes += UInt64(pack.homeBytes)
        }
    }

    private func countWaiting(
        without idle: Set<String>,
        _ report: inout CollectionReport
    ) throws(RepositoryError) {
        let lists = try CondemnedList.all(store).filter { !idle.contains($0.name) || !isDue($0) }
        for pack in Set(lists.flatMap { $0.list?.packs ?? [] }) {
            report.waitingPacks += 1
            report.waitingBytes += pack.bytes
        }
    }

    private func isDue(_ stored: CondemnedList.Stored) -> Bool {
        guard let list = stored.list, let at = Moment(rfc3339: list.at) else { return false }
        return settings.now.secondsSince1970 - at.secondsSince1970 >= settings.waitSeconds
    }

    /// Whether a session does not know a list: then it may lean on what is in it.
    private func isBlocked(_ name: String, _ sessions: [Session?]) -> Bool {
        sessions.contains { $0?.condemned?.contains(name) != true }
    }

    // MARK: Deleting

    /// Deletes what has waited long enough and is still unneeded; frees what is needed again.
    ///
    /// - Returns: The packs that are gone.
    private func delete(
        _ lists: [CondemnedList.Stored],
        _ session: OpenSession,
        _ others: (living: [Session?], collected: Set<String>),
        _ use: PackUse,
        _ report: inout CollectionReport
    ) throws(RepositoryError) -> Set<String> {
        var spare: [String: Bool] = [:]
        for (number, pack) in use.packs.enumerated() where pack.isCondemned {
            spare[pack.name] = try use.isSpare(number)
        }
        var doomed: Set<String> = []
        var finished: [CondemnedList.Stored] = []
        for stored in lists {
            let isDue = isDue(stored)
            // Of one that came later nobody knows that this collection goes by it.
            guard session.seen.contains(stored.name), !isBlocked(stored.name, others.living) else {
                if isDue { report.blockedLists += 1 }
                continue
            }
            guard let list = stored.list else {
                // Nothing is known of it but that it is a list: its packs are looked at anew.
                finished.append(stored)
                continue
            }
            let names = list.packs.map(\.name).filter { spare[$0] != nil }
            if isDue {
                doomed.formUnion(names.filter { spare[$0] == true })
                finished.append(stored)
            } else if names.contains(where: { spare[$0] == false }) {
                if others.collected.contains(stored.name) { continue }
                try renew(list, names.filter { spare[$0] == true })
                finished.append(stored)
            }
        }
        report.sparedPacks = spare.values.count { !$0 }
        try remove(doomed, finished, keeping: others.collected, use, &report)
        return doomed
    }

    /// Writes a list anew without what is needed again; it keeps its time.
    private func renew(_ list: CondemnedList, _ names: [String]) throws(RepositoryError) {
        if names.isEmpty { return }
        let left = Set(names)
        try CondemnedList.write(
            list.packs.filter { left.contains($0.name) },
            at: list.at,
            host: list.host,
            operation: list.operation,
            in: store
        )
    }

    private func remove(
        _ doomed: Set<String>,
        _ finished: [CondemnedList.Stored],
        keeping collected: Set<String>,
        _ use: PackUse,
        _ report: inout CollectionReport
    ) throws(RepositoryError) {
        if !doomed.isEmpty {
            // No index names a pack that is gone.
            try IndexMerge(repository).run(use.packs.map(\.stock), leaving: doomed)
            let lists = Set(finished.map(\.name))
            for pack in use.packs where doomed.contains(pack.name) {
                try checkCancelled()
                // Another prune may have done it before the sessions were read: then no list warns a
                // backup any more that writes the same content again, under the same name.
                guard try CondemnedList.names(store).isSuperset(of: lists) else { return }
                try storing { () throws(StorageError) in try store.delete(pack.name) }
                report.deletedPacks += 1
                report.freedBytes += pack.stock.object.sizeBytes
            }
            try storing { () throws(StorageError) in try store.sync() }
            try forgetFacts(about: doomed)
        }
        if finished.isEmpty { return }
        // Last: as long as a list is there, whoever leans on its packs knows it. So it stays where
        // a collection that was taken for dead may wake up and delete one of them.
        try storing { () throws(StorageError) in
            for stored in finished where !collected.contains(stored.name) {
                try store.delete(stored.name)
            }
            try store.sync()
        }
    }

    /// What was stated about packs that are gone.
    private func forgetFacts(about packs: Set<String>) throws(RepositoryError) {
        let ids = Set(packs.compactMap { PackFormat.pack($0)?.id.hex })
        try storing { () throws(StorageError) in
            for fact in try store.list("facts/damaged") {
                if let subject = Fact.subject(fact), ids.contains(subject) {
                    try store.delete(fact.name)
                }
            }
        }
    }

    // MARK: Condemning

    /// Writes down what is unneeded now.
    ///
    /// Beside a backup at work only what was copied, or what forgotten snapshots needed: the rest
    /// may be what that backup has just written.
    private func condemn(
        _ use: PackUse,
        _ copied: Set<Int>,
        _ sessions: [Session?],
        _ report: inout CollectionReport
    ) throws(RepositoryError) {
        let old = sessions.isEmpty ? nil : try formerlyNeeded(use)
        var packs: [CondemnedList.Pack] = []
        for (number, pack) in use.packs.enumerated() where !pack.isCondemned {
            if !copied.contains(number) {
                if let old, !old.contains(number) { continue }
                guard try use.isSpare(number) else { continue }
            }
            packs.append(.init(name: pack.name, bytes: pack.stock.object.sizeBytes))
        }
        if packs.isEmpty { return }
        try CondemnedList.write(
            packs,
            at: settings.now.rfc3339,
            host: settings.host,
            operation: settings.operation,
            in: store
        )
        report.condemnedPacks = packs.count
        report.condemnedBytes = packs.reduce(0) { $0 + $1.bytes }
    }

    /// The packs that forgotten snapshots needed, as far as their manifests are still there.
    private func formerlyNeeded(_ use: PackUse) throws(RepositoryError) -> Set<Int> {
        var needed = NeededChunks(repository, cancellation)
        for snapshot in try SnapshotChain.forgotten(store) { try? needed.add([snapshot]) }
        var found: Set<Int> = []
        for (number, pack) in use.packs.enumerated() {
            repository.index.forEachMember(of: pack.stock) { key, _ in
                if needed.keys.contains(key) { found.insert(number) }
            }
        }
        return found
    }
}
