internal import Files
internal import FoundationEssentials
internal import Glibc

/// What was done to a model folder, by whom and why: JSON lines, each durable before the next step.
///
/// The journal is also what a rollback goes by, see ``goodVersions(_:)``.
public struct ModelJournal: ~Copyable {
    /// What was done.
    public enum Action: String, Codable, Sendable {
        /// A version was published.
        case publish
        /// The link was switched forwards.
        case `switch`
        /// The link was switched back to a version that was good before.
        case rollback
        /// A version was removed.
        case prune
        /// Versions and link came back from a snapshot.
        case restore
    }

    /// How far it came.
    public enum Outcome: String, Codable, Sendable {
        /// It is about to be done.
        case intent
        /// It was done, and passed its health check where there was one.
        case done
        /// It was not done; nothing changed.
        case failed
        /// It was done and taken back.
        case reverted
        /// The run ended before it said; what is on disk was found by the next run.
        case found
    }

    /// One line.
    public struct Line: Codable, Sendable, Equatable {
        /// Counts from 1.
        public var seq: Int
        /// RFC 3339.
        public var time: String
        /// What was done.
        public var action: Action
        /// How far it came.
        public var outcome: Outcome
        /// The version in use before.
        public var from: String?
        /// The version it is about.
        public var to: String?
        /// Why: the operator's words, or the failing check.
        public var why: String?
        /// The account.
        public var user: String
        /// The account behind sudo.
        public var sudoUser: String?
        /// The machine.
        public var host: String

        enum CodingKeys: String, CodingKey {
            case seq
            case time
            case action
            case outcome
            case from
            case to
            case why
            case user
            case sudoUser = "sudo_user"
            case host
        }
    }

    /// Adds a line when what it states can no longer be undone: a full disk does not change that.
    ///
    /// - Returns: Why it could not be written; nil where it was.
    mutating func note(
        _ action: Action,
        _ outcome: Outcome,
        from: String? = nil,
        to: String? = nil,
        why: String? = nil
    ) -> String? {
        do throws(ModelError) {
            try write(action, outcome, from: from, to: to, why: why)
            return nil
        } catch {
            return error.message
        }
    }

    static let folder = Path(".recover")
    static let file = Path("journal.jsonl")

    private let log: OpenFile
    private var lastSeq: Int

    /// Opens the journal for writing and makes it where it is missing.
    init(in root: borrowing Directory) throws(ModelError) {
        // Both or none: what owns a descriptor cannot be half made.
        let seq = try Self.lines(in: root).last?.seq ?? 0
        let opened = try ModelError.doing("open the journal") { () throws(FileError) in
            try Self.open(root)
        }
        log = opened
        lastSeq = seq
    }

    private static func open(_ root: borrowing Directory) throws(FileError) -> OpenFile {
        let folder = try root.folder(folder)
        let log = try folder.open(file, .append)
        // A line that a dying run left half must not swallow the next one.
        let sizeBytes = try log.status().sizeBytes
        if sizeBytes > 0 {
            let last = AlignedBuffer(byteCount: 1)
            _ = try unsafe folder.open(file, .read).read(into: last.bytes, at: sizeBytes - 1)
            if unsafe last.bytes[0] != 0x0A { try log.append([0x0A]) }
        }
        try folder.sync()
        return log
    }

    /// Adds a line and makes it durable.
    mutating func write(
        _ action: Action,
        _ outcome: Outcome,
        from: String? = nil,
        to: String? = nil,
        why: String? = nil
    ) throws(ModelError) {
        let line = Line(
            seq: lastSeq + 1,
            time: Moment.now.rfc3339,
            action: action,
            outcome: outcome,
            from: from,
            to: to,
            why: why,
            user: Self.userName,
            sudoUser: Self.environment("SUDO_USER"),
            host: Self.hostName
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(line) else {
            preconditionFailure("a line holds only texts and numbers")
        }
        do throws(FileError) {
            try log.append(Array(bytes) + [0x0A])
            try log.sync()
        } catch {
            throw ModelError("write the journal", error)
        }
        lastSeq += 1
    }

    /// Reads a journal; a line that a dying run left half is passed over.
    static func lines(in root: borrowing Directory) throws(ModelError) -> [Line] {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try root.folder(folder).open(file, .read).readAll()
        } catch {
            if error.code == .notFound { return [] }
            throw ModelError("read the journal", error)
        }
        let decoder = JSONDecoder()
        return bytes.split(separator: 0x0A).compactMap { line in
            try? decoder.decode(Line.self, from: FoundationEssentials.Data(line))
        }
    }

    /// The versions that served well, the last one last.
    ///
    /// A version counts from the moment its switch was done, or another took its place. One whose
    /// run was killed before it could ask does not count yet; one that was rolled back from, taken
    /// back by its health check, or pruned, counts no longer.
    ///
    /// - Parameter lines: A whole journal.
    /// - Returns: Their names.
    public static func goodVersions(_ lines: [Line]) -> [String] {
        var good: [String] = []
        var unasked: Set<String> = []
        func serve(_ version: String?) {
            guard let version else { return }
            unasked.remove(version)
            good.removeAll { $0 == version }
            good.append(version)
        }
        for line in lines {
            let isDone = line.outcome == .done
            let isUnasked = line.outcome == .intent || line.outcome == .found
            switch line.action {
            case .publish: continue
            case .switch where isDone || isUnasked, .restore where isDone:
                if let from = line.from, !good.contains(from), !unasked.contains(from) {
                    good.append(from)
                }
                if isDone { serve(line.to) } else if let to = line.to { unasked.insert(to) }
            case .rollback where isDone || line.outcome == .found:
                good.removeAll { $0 == line.from }
                if isDone { serve(line.to) }
            case .prune where line.outcome != .failed: good.removeAll { $0 == line.to }
            default:
                if line.outcome == .reverted { good.removeAll { $0 == line.to } }
            }
        }
        return good
    }

    private static var userName: String {
        let identity = geteuid()
        guard let record = unsafe getpwuid(identity), let name = unsafe record.pointee.pw_name
        else { return String(identity) }
        return unsafe String(cString: name)
    }

    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&name, name.count - 1) == 0 else { return "unknown" }
        return String(
            decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) },
            as: UTF8.self
        )
    }

    private static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }
}
