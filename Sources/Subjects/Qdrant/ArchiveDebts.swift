internal import Files
internal import FoundationEssentials

/// Archives that we asked a server to make, and that are to be deleted there again.
///
/// Each is noted durably before the server is asked, so that the next run deletes what a killed
/// one left. Where that run never learned the name, an archive counts as ours only if it is the
/// only new one of the shard and was begun within seconds of our question, by the server's own
/// clock. All others are somebody's and stay.
final class ArchiveDebts {
    /// One archive, from before it is asked for.
    struct Debt: Codable, Equatable {
        let url: String
        let collection: String
        let shard: Int
        /// The archives that the shard had before.
        let before: [String]
        /// What the server's clock said then, in seconds since 1970.
        let askedAt: Int64?
        /// What it is called, once the server said so.
        var name: String?

        enum CodingKeys: String, CodingKey {
            case url
            case collection
            case shard
            case before
            case askedAt = "asked_at"
            case name
        }
    }

    /// So long after our question an archive may have been begun that is ours.
    private static let windowSeconds: Int64 = 10
    private static let fileBytes = 16 << 20

    private let folder: Path
    private let name: Path
    private var debts: [Debt] = []
    /// Why nobody knows what earlier runs noted.
    private var fault: String?

    /// Reads what earlier runs noted.
    ///
    /// - Parameters:
    ///   - folder: Private, and kept between runs.
    ///   - component: Whose notes they are.
    init(in folder: Path, of component: String) {
        self.folder = folder
        name = Path("qdrant-\(component).json")
        do throws(FileError) {
            let bytes = try Directory(folder).readNote(name, limitBytes: Self.fileBytes)
            guard let bytes else { return }
            guard let known = try? JSONDecoder().decode([Debt].self, from: Data(bytes)) else {
                fault = "\(folder.appending(name)) is no note of ours"
                return
            }
            debts = known
        } catch {
            fault = error.message
        }
    }

    /// Notes that an archive is about to be asked for.
    ///
    /// - Throws: ``CaptureError`` where that cannot be made durable: then do not ask.
    func open(_ debt: Debt) throws(CaptureError) {
        debts.append(debt)
        do throws(FileError) {
            try write()
        } catch {
            debts.removeLast()
            throw CaptureError(
                code: .source,
                message: "no archive was asked for, since that cannot be noted: \(error.message)",
                cause: error
            )
        }
    }

    /// Notes what the archive that was asked for last is called.
    func name(_ name: String) {
        guard let last = debts.indices.last else { return }
        debts[last].name = name
        // Without the name the next run looks for it.
        try? write()
    }

    /// Deletes the archive that was asked for last; a server that cannot now is asked next time.
    func close(at node: QdrantClient) {
        guard let debt = debts.last, let name = debt.name else { return }
        do throws(QdrantError) {
            try node.deleteArchive(name, of: debt.collection, shard: debt.shard)
        } catch {
            return
        }
        debts.removeLast()
        try? write()
    }

    /// Forgets what was asked for last: the server refused.
    func cancel() {
        debts.removeLast()
        try? write()
    }

    /// Deletes what earlier runs left.
    ///
    /// - Parameter nodes: All that we know.
    /// - Returns: What is left, for people.
    func settle(at nodes: [QdrantClient]) -> [String] {
        var words: [String] = []
        if let fault {
            words.append("an archive of a killed run may be left on the server: \(fault)")
        }
        if debts.isEmpty { return words }
        debts = debts.filter { debt in
            guard let node = nodes.first(where: { $0.address.url == debt.url }) else {
                words.append(
                    "\(debt.url) is no longer named: an archive of \(debt.collection) may be left"
                )
                return false
            }
            do throws(QdrantError) {
                return try !settle(debt, at: node, &words)
            } catch {
                // A collection that is gone shows its archives to nobody.
                if error.code == .notFound { return false }
                words.append("what an earlier run left there is not deleted: \(error.message)")
                return true
            }
        }
        try? write()
        return words
    }

    /// - Returns: Whether nothing is left to do.
    private func settle(
        _ debt: Debt,
        at node: QdrantClient,
        _ words: inout [String]
    ) throws(QdrantError) -> Bool {
        if let name = debt.name {
            try node.deleteArchive(name, of: debt.collection, shard: debt.shard)
            return true
        }
        let (archives, now) = try node.listing(of: debt.collection, shard: debt.shard)
        let new = archives.map(\.name).filter { !debt.before.contains($0) }
        let ours = new.filter { isOurs($0, debt) }
        if ours.count == 1 {
            try node.deleteArchive(ours[0], of: debt.collection, shard: debt.shard)
            return true
        }
        if ours.count > 1 || debt.askedAt == nil && !new.isEmpty {
            words.append(
                "one of these archives of \(debt.collection) is of a run that was killed, and which "
                    + "is not known: \(new.joined(separator: ", ")); delete it on the server"
            )
            return true
        }
        // A server that was asked goes on though nobody waits.
        guard let asked = debt.askedAt, let now else { return true }
        return now - asked > Int64(node.address.creationSeconds)
    }

    private func isOurs(_ name: String, _ debt: Debt) -> Bool {
        guard name.hasPrefix(debt.collection), let asked = debt.askedAt,
            let begun = ServerTime.name(name)
        else { return false }
        return (asked - 1...asked + Self.windowSeconds).contains(begun)
    }

    private func write() throws(FileError) {
        let place = try Directory(folder)
        guard !debts.isEmpty else {
            do throws(FileError) {
                try place.remove(name)
            } catch {
                if error.code != .notFound { throw error }
            }
            return
        }
        guard let data = try? JSONEncoder().encode(debts) else {
            preconditionFailure("a note that cannot be written")
        }
        try place.writeNote(name, Array(data))
    }
}
