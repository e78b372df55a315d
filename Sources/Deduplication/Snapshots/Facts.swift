internal import Cryptography
internal import Files
internal import Storage

/// What changes about snapshots and packs after they are written: small files, each made once.
public struct Fact: Codable, Sendable, Equatable {
    /// The kinds of fact, each a folder below `facts/`.
    public enum Kind: String, Sendable {
        /// A snapshot that retention must keep.
        case pin = "pins"
        /// A verification that passed.
        case receipt = "receipts"
        /// A pack or snapshot that is known to be damaged.
        case damage = "damaged"
    }

    /// The snapshot's id or the pack's name that it is about.
    public var subject: String
    /// When it was stated; RFC 3339.
    public var at: String
    /// Why or how: the reason of a pin, the level of a verification, what is damaged.
    public var detail: String
    /// The operation that stated it.
    public var operation: String

    /// States a fact.
    ///
    /// - Parameters:
    ///   - subject: What it is about.
    ///   - detail: Why or how.
    ///   - operation: Who says so.
    public init(subject: String, detail: String, operation: String) {
        self.subject = subject
        at = Moment.now.rfc3339
        self.detail = detail
        self.operation = operation
    }
}

extension Repository {
    /// Writes a fact and makes it durable.
    ///
    /// - Parameters:
    ///   - kind: Its kind.
    ///   - fact: What is stated.
    /// - Throws: ``RepositoryError``.
    public func state(_ kind: Fact.Kind, _ fact: Fact) throws(RepositoryError) {
        try put(kind, fact)
        try storing { () throws(StorageError) in try store.sync() }
    }

    /// Writes a fact; it is durable after the next sync of the store.
    ///
    /// - Returns: The name of its object.
    @discardableResult
    func put(_ kind: Fact.Kind, _ fact: Fact) throws(RepositoryError) -> String {
        let bytes = try CanonicalJSON.encode(fact)
        let mark = SHA256.digest(of: bytes).hex.prefix(8)
        let name = "facts/\(kind.rawValue)/\(fact.subject)-\(mark).json"
        do throws(StorageError) {
            try store.put(name, bytes)
        } catch {
            if error.code != .exists { throw RepositoryError(error) }
        }
        return name
    }

    /// Those of a kind that are as they were written, with the names of their objects.
    func storedFacts(_ kind: Fact.Kind) throws(RepositoryError) -> [(name: String, fact: Fact)] {
        try storing { () throws(StorageError) in try store.list("facts/\(kind.rawValue)") }
            .compactMap { object in fact(object).map { (object.name, $0) } }
    }

    /// All facts of a kind.
    ///
    /// Of a pin or a mark of damage that cannot be read, the file's name still says what it is
    /// about; a receipt states only what it says unharmed.
    ///
    /// - Parameter kind: The kind.
    /// - Returns: In order of subject.
    /// - Throws: ``RepositoryError`` where the store cannot be listed.
    public func facts(_ kind: Fact.Kind) throws(RepositoryError) -> [Fact] {
        let folder = "facts/\(kind.rawValue)"
        var found: [Fact] = []
        for object in try storing({ () throws(StorageError) in try store.list(folder) }) {
            if let fact = fact(object) {
                found.append(fact)
            } else if kind != .receipt, let subject = Fact.subject(object) {
                var fact = Fact(subject: subject, detail: "its note is damaged", operation: "none")
                fact.at = Moment(nanoseconds: 0).rfc3339
                found.append(fact)
            }
        }
        return found
    }

    /// A fact whose bytes are those that its name was made of.
    private func fact(_ object: StoredObject) -> Fact? {
        guard let bytes = try? store.getSmall(object.name, limit: 1 << 20),
            let subject = Fact.subject(object),
            object.lastComponent == "\(subject)-\(SHA256.digest(of: bytes).hex.prefix(8)).json"
        else { return nil }
        return try? CanonicalJSON.decode(bytes, name: object.name)
    }

    /// The names of the facts that are not as they were written.
    func damagedFacts() throws(RepositoryError) -> [String] {
        try storing { () throws(StorageError) in try store.list("facts") }
            .filter { !$0.name.hasPrefix(PackReceipt.folder + "/") && fact($0) == nil }
            .map(\.name) + storedReceipts().filter { $0.receipt == nil }.map(\.name)
    }
}

extension Fact {
    /// What a fact is about, by its name.
    static func subject(_ object: StoredObject) -> String? {
        let name = object.lastComponent
        guard name.hasSuffix(".json"), name.utf8.count > 14 else { return nil }
        return String(name.dropLast(14))
    }
}
