internal import Cryptography
public import Files
internal import Storage

/// Which packs a verification has found whole, and when: `facts/verified/<time>-<xxxxxxxx>.json`.
///
/// One file for each run. A later run removes those that say nothing that newer ones do not.
struct PackReceipt: Codable, Sendable {
    static let folder = "facts/verified"
    static let currentSchema = "recover-verified/1"

    var schema = currentSchema
    var at: String
    var level: String
    var operation: String
    /// The ids.
    var packs: [String]
    var digest: String?
}

/// How much of a repository was verified, and how long ago.
public struct VerificationCoverage: Sendable {
    /// Packs that are there.
    public internal(set) var packs = 0
    /// What they take.
    public internal(set) var packBytes: UInt64 = 0
    /// Those that were found whole since the given moment.
    public internal(set) var coveredPacks = 0
    /// What these take.
    public internal(set) var coveredBytes: UInt64 = 0
    /// The verification of that pack which was verified longest ago; nil where one never was, and
    /// where there is none.
    public internal(set) var oldest: Moment?
}

extension Repository {
    /// When each pack was last found whole, by id.
    ///
    /// What is not as it was written says nothing, nor what is of the future: a clock was wrong, and
    /// nobody knows when that was.
    func packReceipts() throws(RepositoryError) -> [String: Moment] {
        var found: [String: Moment] = [:]
        let now = Moment.now
        for (_, receipt) in try storedReceipts() {
            guard let receipt, let at = Moment(rfc3339: receipt.at), !at.isOfTheFuture(at: now)
            else { continue }
            for pack in receipt.packs where (found[pack] ?? at) <= at { found[pack] = at }
        }
        return found
    }

    /// All of them, nil where one is not as it was written.
    func storedReceipts() throws(RepositoryError) -> [(name: String, receipt: PackReceipt?)] {
        var found: [(name: String, receipt: PackReceipt?)] = []
        for object in try storing({ () throws(StorageError) in
            try store.list(PackReceipt.folder)
        }) {
            let bytes = try? store.getSmall(object.name, limit: 64 << 20)
            let receipt: PackReceipt? = bytes.flatMap {
                try? CanonicalJSON.decode($0, name: object.name)
            }
            let isWhole =
                receipt?.schema == PackReceipt.currentSchema
                && CanonicalJSON.hasDigest(bytes ?? [], receipt?.digest ?? "")
            found.append((object.name, isWhole ? receipt : nil))
        }
        return found
    }

    /// How much was verified since a moment.
    ///
    /// - Parameter since: The moment.
    /// - Returns: The coverage of the packs that are there now.
    /// - Throws: ``RepositoryError`` where the store cannot be listed.
    public func coverage(since: Moment) throws(RepositoryError) -> VerificationCoverage {
        let receipts = try packReceipts()
        var coverage = VerificationCoverage()
        var isAnyUnknown = false
        for object in try storedPacks() {
            coverage.packs += 1
            coverage.packBytes += object.sizeBytes
            let at = PackFormat.pack(object.name).flatMap { receipts[$0.id.hex] }
            guard let at else {
                isAnyUnknown = true
                continue
            }
            coverage.oldest = min(coverage.oldest ?? at, at)
            if at >= since {
                coverage.coveredPacks += 1
                coverage.coveredBytes += object.sizeBytes
            }
        }
        if isAnyUnknown { coverage.oldest = nil }
        return coverage
    }

    /// The packs that are there, of both kinds.
    func storedPacks() throws(RepositoryError) -> [StoredObject] {
        var found: [StoredObject] = []
        for kind in PackFormat.Kind.allCases {
            found += try storing { () throws(StorageError) in try store.list(kind.folder) }
                .filter { PackFormat.pack($0.name) != nil }
        }
        return found
    }

    /// Notes packs that were found whole, and removes notes that newer ones make idle.
    func noteWhole(
        _ packs: [String],
        level: CheckLevel,
        operation: String
    ) throws(RepositoryError) {
        if packs.isEmpty { return }
        var receipt = PackReceipt(
            at: Moment.now.rfc3339,
            level: level.rawValue,
            operation: operation,
            packs: packs.sorted()
        )
        receipt.digest = SHA256.digest(of: try CanonicalJSON.encode(receipt)).hex
        let bytes = try CanonicalJSON.encode(receipt)
        let mark = SHA256.digest(of: bytes).hex.prefix(8)
        let name = "\(PackReceipt.folder)/\(Moment.now.compactUTC)-\(mark).json"
        try storing { () throws(StorageError) in
            do throws(StorageError) {
                try store.put(name, bytes)
            } catch {
                if error.code != .exists { throw error }
            }
            try store.sync()
        }
        let present = Set(try storedPacks().compactMap { PackFormat.pack($0.name)?.id.hex })
        let newest = try packReceipts()
        for (old, receipt) in try storedReceipts() where old != name {
            let at = receipt.flatMap { Moment(rfc3339: $0.at) }
            let isNeeded = receipt?.packs.contains { present.contains($0) && newest[$0] == at }
            if isNeeded == true { continue }
            try storing { () throws(StorageError) in try store.delete(old) }
        }
        try storing { () throws(StorageError) in try store.sync() }
    }
}
