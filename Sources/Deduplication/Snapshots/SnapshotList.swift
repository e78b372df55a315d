internal import Cryptography
internal import Storage

extension Repository {
    /// A snapshot, or why the file that should hold it does not.
    public enum Listed: Sendable {
        /// A readable snapshot.
        case snapshot(Snapshot)
        /// The file's name and what is wrong with it.
        case unreadable(name: String, RepositoryError)
    }

    /// All snapshots, oldest first by `seq`, with the files that are none.
    ///
    /// - Parameter stack: Only of this stack; nil for all.
    /// - Returns: What the listing holds now.
    /// - Throws: ``RepositoryError`` where the store cannot be listed or does not answer.
    public func listSnapshots(of stack: String? = nil) throws(RepositoryError) -> [Listed] {
        var readable: [Snapshot] = []
        var unreadable: [Listed] = []
        for object in try storing({ () throws(StorageError) in try store.list("snapshots") }) {
            do throws(RepositoryError) {
                let snapshot = try readSnapshotTwice(object)
                if let snapshot, stack == nil || snapshot.stack == stack {
                    readable.append(snapshot)
                }
            } catch {
                // A prune has forgotten it since the listing, and has noted it before.
                if error.cause?.code == .notFound { continue }
                // Who takes the next number and names the newest must know all there are.
                try store.expectAnswer(after: error.cause)
                unreadable.append(.unreadable(name: object.name, error))
            }
        }
        readable.sort { ($0.seq, $0.id.text) < ($1.seq, $1.id.text) }
        return readable.map { .snapshot($0) } + unreadable
    }

    /// The readable snapshots, oldest first by `seq`.
    ///
    /// - Parameter stack: Only of this stack; nil for all.
    /// - Returns: The snapshots.
    /// - Throws: ``RepositoryError`` where the store cannot be listed.
    public func snapshots(of stack: String? = nil) throws(RepositoryError) -> [Snapshot] {
        try listSnapshots(of: stack).compactMap { listed in
            guard case .snapshot(let snapshot) = listed else { return nil }
            return snapshot
        }
    }

    /// The newest that is whole; only where none is, the newest of all.
    private static func newest(_ snapshots: [Snapshot]) -> Snapshot? {
        snapshots.last { $0.complete && $0.scope == "full" } ?? snapshots.last
    }

    /// Looks again before it takes a document for damaged: half of it may have come.
    private func readSnapshotTwice(_ object: StoredObject) throws(RepositoryError) -> Snapshot? {
        do throws(RepositoryError) {
            return try readSnapshot(object)
        } catch {
            return try readSnapshot(object)
        }
    }

    /// Nil for a tombstone: a name that was taken so that a dead backup cannot publish it.
    private func readSnapshot(_ object: StoredObject) throws(RepositoryError) -> Snapshot? {
        let name = object.lastComponent
        guard name.hasSuffix(".json"), let id = SnapshotID(String(name.dropLast(5))) else {
            throw RepositoryError(code: .damaged, message: "\(object.name) is no snapshot's name")
        }
        let bytes = try storing { () throws(StorageError) in
            try store.steadily { () throws(StorageError) in
                try store.getSmall(object.name, limit: 64 << 20)
            }
        }
        if bytes == Array(Self.tombstone.utf8) { return nil }
        let snapshot = try Snapshot.decode(bytes, name: object.name)
        guard snapshot.id == id else {
            throw RepositoryError(
                code: .damaged,
                message: "\(object.name) holds the snapshot \(snapshot.id)"
            )
        }
        return snapshot
    }

    /// The newest that is whole, unless a file that may be newer cannot be read.
    ///
    /// Numbers order snapshots, and that of such a file is unknown. It is an older one where its
    /// name is of an earlier second and its number can be one of those that nobody else has; a
    /// clock may have been set back.
    private static func latest(
        _ snapshots: [Snapshot],
        _ unreadable: [(id: String, cause: RepositoryError)]
    ) throws(RepositoryError) -> Snapshot? {
        let last = newest(snapshots.filter { !$0.isImport })
        var newer = unreadable.last { !(last?.id.isLater(than: $0.id) ?? false) }
        let numbers = Set(snapshots.map(\.seq))
        if unreadable.count > (numbers.max() ?? 0) - numbers.count {
            newer = newer ?? unreadable.last
        }
        guard let newer else { return last }
        let hint = last.map { "; the newest before it is \($0.id)" } ?? ""
        throw RepositoryError(code: newer.cause.code, message: newer.cause.message + hint)
    }

    static let tombstone = "{\"revoked\":true}"

    /// Finds a snapshot by what a person typed.
    ///
    /// - Parameters:
    ///   - text: An id, a unique beginning of one, `latest`, or `latest:TAG`; imports are found
    ///     by their id only.
    ///   - stack: The stack of `latest`.
    /// - Returns: The snapshot.
    /// - Throws: ``RepositoryError``; `notFound` naming the newest there are, `ambiguous`, or
    ///   `damaged` where the file cannot be read: an older one is never taken unasked.
    public func snapshot(_ text: String, stack: String?) throws(RepositoryError) -> Snapshot {
        var all: [Snapshot] = []
        var unreadable: [(id: String, cause: RepositoryError)] = []
        for listed in try listSnapshots(of: text.hasPrefix("latest") ? stack : nil) {
            switch listed {
            case .snapshot(let snapshot): all.append(snapshot)
            case .unreadable(let name, let cause):
                unreadable.append((String(name.dropFirst("snapshots/".count)), cause))
            }
        }
        if text == "latest" {
            if let last = try Self.latest(all, unreadable) { return last }
        } else if text.hasPrefix("latest:") {
            let tag = String(text.dropFirst(7))
            if let last = Self.newest(all.filter { $0.tag == tag }) { return last }
        } else {
            let found = all.filter { $0.id.text.hasPrefix(text) }
            if found.count == 1 || found.first?.id.text == text { return found[0] }
            if found.count > 1 {
                throw RepositoryError(
                    code: .ambiguous,
                    message: "\(found.count) snapshots begin with \(text): "
                        + found.prefix(5).map(\.id.text).joined(separator: ", ")
                )
            }
            if let meant = unreadable.first(where: { $0.id.hasPrefix(text) }) { throw meant.cause }
        }
        let names = all.suffix(3).reversed().map { $0.id.text + ($0.tag.map { " (\($0))" } ?? "") }
        let hint =
            names.isEmpty ? "there is none yet" : "the newest are " + names.joined(separator: ", ")
        throw RepositoryError(code: .notFound, message: "no snapshot \(text): \(hint)")
    }
}
