internal import Cryptography
internal import Files
internal import Storage
internal import Threads

extension Repository {
    /// Brings a forgotten snapshot back, as long as all of its content is still there.
    ///
    /// What lies in condemned packs is copied into new ones first, under a session like that of a
    /// backup: a collection that runs meanwhile takes nothing of it.
    ///
    /// - Parameters:
    ///   - snapshot: Of ``forgottenSnapshots()``; this repository was opened just now.
    ///   - host: This machine.
    ///   - processID: This process.
    ///   - operation: Who does it; a pin says so, or retention would forget it again.
    /// - Throws: ``RepositoryError``; `notFound` where some of its content is gone for good.
    public func undelete(
        _ snapshot: Snapshot,
        host: String,
        processID: Int,
        operation: String
    ) throws(RepositoryError) {
        try Leftovers(store, host: host).remove(store)
        let taken = try storing { () throws(StorageError) in try store.list("snapshots") }
        if taken.contains(where: { $0.name == snapshot.id.objectName }) {
            throw Self.taken(snapshot)
        }
        let session = try open(snapshot.id, host: host, processID: processID)
        defer { session.release() }
        try keepContent(of: snapshot)
        try LeanedPacks(repository: self, session: session).secure()
        try state(
            .pin,
            Fact(subject: snapshot.id.text, detail: "brought back", operation: operation)
        )
        try publish(snapshot)
    }

    private func open(
        _ id: SnapshotID,
        host: String,
        processID: Int
    ) throws(RepositoryError) -> OpenSession {
        do throws(RepositoryError) {
            return try OpenSession(
                id,
                in: store,
                host: host,
                processID: processID,
                startedAt: Moment.now
            )
        } catch {
            guard error.cause?.code == .exists else { throw error }
            throw RepositoryError(
                code: .occupied,
                message: "somebody else is bringing snapshot \(id) back",
                cause: error.cause
            )
        }
    }

    private func publish(_ snapshot: Snapshot) throws(RepositoryError) {
        let (name, bytes) = (snapshot.id.objectName, try snapshot.encoded())
        do throws(StorageError) {
            try store.put(name, bytes)
        } catch {
            guard error.code == .exists else { throw RepositoryError(error) }
            let found = try storing { () throws(StorageError) in
                try store.getSmall(name, limit: 64 << 20)
            }
            // Whoever took this process for dead has taken the name, and may have deleted content.
            guard found == bytes else { throw Self.taken(snapshot) }
            store.adopt(name)
        }
        try storing { () throws(StorageError) in
            try store.sync()
            try store.delete(ForgottenSnapshot.objectName(snapshot.id))
            try store.sync()
        }
    }

    private static func taken(_ snapshot: Snapshot) -> RepositoryError {
        RepositoryError(
            code: .revoked,
            message: "the name of snapshot \(snapshot.id) is taken: an attempt to bring it back "
                + "was given up for dead"
        )
    }

    /// Copies what lies in condemned packs only.
    private func keepContent(of snapshot: Snapshot) throws(RepositoryError) {
        var needed = NeededChunks(self, Cancellation())
        do throws(RepositoryError) {
            try needed.add([snapshot])
        } catch {
            guard error.code == .damaged else { throw error }
            throw Self.gone(snapshot, error.message)
        }
        let use: PackUse
        do throws(RepositoryError) {
            let lists = try CondemnedList.all(store)
            let condemned = Set(lists.flatMap { $0.list?.packs ?? [] }.map(\.name))
            use = try PackUse(self, needed, condemned: condemned)
        } catch {
            guard error.code == .damaged else { throw error }
            throw Self.gone(snapshot, error.message)
        }
        let copier = PackCopier(store, settings)
        let lane = PackCopier.Lane()
        for (number, pack) in use.packs.enumerated() where pack.homeCount > 0 {
            guard pack.isCondemned else {
                index.lean(on: pack.name)
                continue
            }
            let listing = try index.listing(of: pack.stock)
            for item in listing.items where use.isHome(number, of: item.member.chunk) {
                try copier.copy(item, of: pack.stock.object, kind: pack.kind, in: lane)
            }
        }
        try copier.finish()
        for (pack, members) in copier.packs { index.add(pack, members) }
    }

    private static func gone(_ snapshot: Snapshot, _ why: String) -> RepositoryError {
        RepositoryError(
            code: .notFound,
            message: "snapshot \(snapshot.id) cannot be brought back: \(why)"
        )
    }
}
