internal import Cryptography
public import Files
internal import FoundationEssentials

/// What was captured at one time: the small document whose appearance is the commit.
///
/// On disk: canonical JSON, keys sorted, with `digest`, the SHA-256 of the document without it.
public struct Snapshot: Codable, Sendable, Equatable {
    /// One captured component.
    public struct Component: Codable, Sendable, Equatable {
        /// What was left out or changed while it was read.
        public struct Problem: Codable, Sendable, Equatable {
            /// A word that never changes, such as `unreadable`.
            public var code: String
            /// The path from the component's root, for people.
            public var path: String
            /// What happened.
            public var message: String

            /// States a problem.
            ///
            /// - Parameters:
            ///   - code: A word that never changes.
            ///   - path: The path, for people.
            ///   - message: What happened.
            public init(code: String, path: String, message: String) {
                self.code = code
                self.path = path
                self.message = message
            }
        }

        /// `captured`, or `failed`: then there are no parts.
        public var outcome: String
        /// Whether all of the source is in it.
        public var complete = false
        /// Where it came from.
        public var source: String
        /// Whether the source was a mount point.
        public var mount = false
        /// `barrier`, `per-database`, `quiesced` or `file`.
        public var consistency = "file"
        /// Why the consistency is less than `barrier`, where it is.
        public var consistencyReason: String?
        /// When the capture of this component began and ended.
        public var startedAt: String
        /// When it ended.
        public var finishedAt: String
        /// The instant of the barrier, for databases.
        public var instant: String?
        /// The snapshot whose manifest served as the file cache.
        public var parent: String?
        /// How many regular files, databases among them.
        public var files = 0
        /// How many folders.
        public var folders = 0
        /// How many symbolic links.
        public var links = 0
        /// How many databases.
        public var databases = 0
        /// The length of all files together.
        public var sizeBytes: UInt64 = 0
        /// The files of which only length and digest were kept; nil where there are none.
        public var elsewhere: Elsewhere?
        /// Sockets, pipes and devices that were passed over.
        public var specials = 0
        /// Why entries are missing or may be newer than the rest; the first thousand.
        public var problems: [Problem] = []
        /// How many problems there were.
        public var problemCount = 0
        /// SHA-256 over the ids of the parts, each followed by a line feed.
        public var digest = ""
        /// The chunks in `meta/` whose plaintexts are the manifest's lines, in order of path.
        public var parts: [String] = []
        /// Chunks of small files of which less than half is still in use.
        public var weak: [String] = []
        /// Of a folder of model versions: what was in use.
        public var models: Models?

        /// Describes a capture of which nothing more is known yet.
        ///
        /// - Parameters:
        ///   - outcome: `captured` or `failed`.
        ///   - source: Where it came from.
        ///   - startedAt: When it began; the end is taken as now.
        public init(outcome: String, source: String, startedAt: Moment) {
            self.outcome = outcome
            self.source = source
            self.startedAt = startedAt.rfc3339
            finishedAt = Moment.now.rfc3339
        }

        enum CodingKeys: String, CodingKey {
            case outcome
            case complete
            case source
            case mount
            case consistency
            case consistencyReason = "consistency_reason"
            case startedAt = "started_at"
            case finishedAt = "finished_at"
            case instant
            case parent
            case files
            case folders
            case links
            case databases
            case sizeBytes = "size_bytes"
            case elsewhere
            case specials
            case problems
            case problemCount = "problem_count"
            case digest
            case parts
            case weak
            case models
        }

        /// Files whose content is not in the repository.
        public struct Elsewhere: Codable, Sendable, Equatable {
            /// How many.
            public var files: Int
            /// Their length together.
            public var sizeBytes: UInt64

            /// Counts them.
            ///
            /// - Parameters:
            ///   - files: How many.
            ///   - sizeBytes: Their length together.
            public init(files: Int, sizeBytes: UInt64) {
                self.files = files
                self.sizeBytes = sizeBytes
            }

            enum CodingKeys: String, CodingKey {
                case files
                case sizeBytes = "size_bytes"
            }
        }

        /// What a folder of model versions had in use.
        public struct Models: Codable, Sendable, Equatable {
            /// The link's name.
            public var link: String
            /// The version that it named.
            public var current: String?
            /// The version that served well before.
            public var lastGood: String?
            /// The versions that were ready, in order of creation.
            public var versions: [String]

            /// States what was in use.
            ///
            /// - Parameters:
            ///   - link: The link's name.
            ///   - current: The version that it named.
            ///   - lastGood: The version that served well before.
            ///   - versions: The versions that were ready.
            public init(link: String, current: String?, lastGood: String?, versions: [String]) {
                self.link = link
                self.current = current
                self.lastGood = lastGood
                self.versions = versions
            }

            enum CodingKeys: String, CodingKey {
                case link
                case current
                case lastGood = "last_good"
                case versions
            }
        }
    }

    /// `recover-snapshot/1`.
    public var schema: String
    /// The name, from the second of the start and a random suffix.
    public var id: SnapshotID
    /// One more than the highest number seen of this stack: the order of snapshots.
    public var seq: Int
    /// The stack's name.
    public var stack: String
    /// The machine's name.
    public var host: String
    /// The program and its version.
    public var tool: String
    /// Why it was taken, such as `nightly` or `manual`.
    public var reason: String
    /// The deployed TAG that it belongs to.
    public var tag: String?
    /// A person's note.
    public var note: String?
    /// When the run began; RFC 3339 with offset.
    public var startedAt: String
    /// When it ended.
    public var finishedAt: String
    /// Whether every component of the run is complete.
    public var complete: Bool
    /// `full`, or `partial` for a run over named components.
    public var scope: String
    /// SHA-256 of the file of the previous snapshot of this stack.
    public var previous: String?
    /// The chunk that holds the configuration as it was.
    public var configuration: String?
    /// Bytes that this run added to the repository's packs.
    public var addedBytes: UInt64
    /// By name.
    public var components: [String: Component]
    /// SHA-256 of the canonical document without this field.
    public var digest: String?

    enum CodingKeys: String, CodingKey {
        case schema
        case id
        case seq
        case stack
        case host
        case tool
        case reason
        case tag
        case note
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case complete
        case scope
        case previous
        case configuration
        case addedBytes = "added_bytes"
        case components
        case digest
    }

    /// The word in `schema` that this version writes and reads.
    public static let currentSchema = "recover-snapshot/1"

    /// The reason of a snapshot that was made of an archive.
    public static let importReason = "import"

    /// Whether it was made of an archive: it is of another time than its id says, so that it is
    /// nobody's parent and taken only by its id.
    public var isImport: Bool { reason == Self.importReason }

    /// The canonical document, digest included, without a line feed at its end.
    func encoded() throws(RepositoryError) -> [UInt8] {
        var copy = self
        copy.digest = nil
        copy.digest = SHA256.digest(of: try CanonicalJSON.encode(copy)).hex
        return try CanonicalJSON.encode(copy)
    }

    /// Reads a document and checks its digest.
    static func decode(_ bytes: [UInt8], name: String) throws(RepositoryError) -> Snapshot {
        let snapshot: Snapshot = try CanonicalJSON.decode(bytes, name: name)
        guard snapshot.schema == currentSchema else {
            throw RepositoryError(
                code: .unsupported,
                message: "\(name) is a \(snapshot.schema), unknown to this version"
            )
        }
        guard let digest = snapshot.digest, CanonicalJSON.hasDigest(bytes, digest) else {
            throw RepositoryError(code: .damaged, message: "\(name) does not have its own digest")
        }
        guard snapshot.hasPossibleNumbers else {
            throw RepositoryError(
                code: .damaged,
                message: "\(name) holds a number that nothing was ever counted to"
            )
        }
        // A name becomes a folder's name in a restore.
        guard snapshot.components.keys.allSatisfy({ isComponentName($0) }) else {
            throw RepositoryError(
                code: .damaged,
                message: "\(name) holds a component of an impossible name"
            )
        }
        return snapshot
    }

    /// Whether all numbers, and what components count together, are below 2^53: whoever adds
    /// them up need not think of overflow.
    private var hasPossibleNumbers: Bool {
        let limit: UInt64 = 1 << 53
        guard (0..<Int(limit)).contains(seq), addedBytes < limit else { return false }
        var totals = [UInt64](repeating: 0, count: 7)
        for part in components.values {
            let counts = [
                part.files, part.folders, part.links, part.databases, part.specials,
                part.problemCount,
            ]
            for (index, count) in counts.enumerated() {
                guard let number = UInt64(exactly: count), number < limit else { return false }
                totals[index] += number
            }
            guard part.sizeBytes < limit else { return false }
            // What is elsewhere is part of the whole.
            if let apart = part.elsewhere {
                guard (1...max(1, part.files)).contains(apart.files),
                    apart.sizeBytes <= part.sizeBytes
                else { return false }
            }
            totals[6] += part.sizeBytes
            guard totals.allSatisfy({ $0 < limit }) else { return false }
        }
        return true
    }

    private static func isComponentName(_ name: String) -> Bool {
        let letters = Array(name.utf8)
        guard let first = letters.first, letters.count <= 64 else { return false }
        func isPlain(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
        }
        return isPlain(first)
            && letters.allSatisfy { isPlain($0) || [0x2E, 0x2D, 0x5F].contains($0) }
    }
}

/// JSON with sorted keys and no slash escapes, as `jq -cS` writes it.
enum CanonicalJSON {
    static func encode(_ value: some Encodable) throws(RepositoryError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch {
            throw RepositoryError(code: .storage, message: "cannot write a document: \(error)")
        }
    }

    /// Whether a document has a digest over its own bytes without that field, whatever other
    /// fields it has that this version does not know.
    static func hasDigest(_ bytes: [UInt8], _ digest: String) -> Bool {
        // The value is the digest of this very document, so it stands in it only once. Bytes, not
        // text: what is no UTF-8 would be repaired on the way, and the damage hidden.
        for field in ["\"digest\":\"\(digest)\",", ",\"digest\":\"\(digest)\""] {
            guard let range = bytes.firstRange(of: field.utf8) else { continue }
            let rest = Array(bytes[..<range.lowerBound] + bytes[range.upperBound...])
            return SHA256.digest(of: rest).hex == digest
        }
        return false
    }

    static func decode<Value: Decodable>(
        _ bytes: [UInt8],
        name: String
    ) throws(RepositoryError) -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(bytes))
        } catch {
            throw RepositoryError(code: .damaged, message: "\(name) is not readable: \(error)")
        }
    }
}
