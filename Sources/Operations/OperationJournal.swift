public import Files

/// The steps of one operation: what is about to be done is durable before it is begun, and that it
/// is done before the next one.
///
/// Each operation has a folder of its own in the state folder, `operations/<id>`, so that what
/// belongs to it (a plan, archives) lies beside its journal.
public final class OperationJournal {
    /// How far a step came.
    public enum Phase: String, Codable, Sendable {
        /// The operation began.
        case begin
        /// It is about to be done.
        case intent
        /// It is done.
        case done
        /// It failed; what it changed is still there, unless a later line says otherwise.
        case failed
        /// Something that was learnt.
        case note
        /// Nothing is left to do, also not for a later run.
        case end
    }

    /// One line.
    public struct Entry: Codable, Sendable, Equatable {
        /// RFC 3339.
        public var at: String
        /// The step's name.
        public var step: String
        /// How far it came.
        public var phase: Phase
        /// What it is about, for who must undo it.
        public var detail: [String: String]
    }

    private static let folder = "operations"
    private static let file = "journal.jsonl"

    /// Names the operation.
    public let operation: String
    /// The folder of the operation.
    public let folder: Path
    /// All that was written so far, the oldest first.
    public private(set) var entries: [Entry]
    private let log: ChainedLog<Entry>

    private init(_ state: Path, _ operation: String, _ entries: [Entry]) {
        self.operation = operation
        folder = state.appending(Self.folder).appending(operation)
        log = ChainedLog(at: folder.appending(Self.file))
        self.entries = entries
    }

    /// Where the lines are.
    public var path: Path { log.path }

    /// Begins the journal of a new operation.
    ///
    /// - Parameters:
    ///   - state: The state folder of the stack; its lock is held.
    ///   - operation: A name that no other run has.
    ///   - kind: What it is: the command.
    ///   - detail: What a later run needs to know.
    /// - Returns: The journal with its first line.
    /// - Throws: ``FileError``.
    public static func begin(
        in state: Path,
        operation: String,
        kind: String,
        detail: [String: String] = [:]
    ) throws(FileError) -> OperationJournal {
        let journal = OperationJournal(state, operation, [])
        do throws(FileError) {
            try Directory(state).makeFolder(Path(folder))
        } catch {
            if error.code != .exists { throw error }
        }
        let all = try Directory(state.appending(folder))
        try all.makeFolder(Path(operation))
        try journal.write(kind, .begin, detail)
        try all.sync()
        try Directory(state).sync()
        return journal
    }

    /// Opens the journal of an operation that was begun.
    ///
    /// - Parameters:
    ///   - state: The state folder of the stack.
    ///   - operation: Its name.
    /// - Returns: Nil where there is none.
    /// - Throws: ``FileError``; also where its lines cannot be read.
    public static func open(
        in state: Path,
        operation: String
    ) throws(FileError) -> OperationJournal? {
        let empty = OperationJournal(state, operation, [])
        let reading = try empty.log.read()
        if reading.records.isEmpty { return nil }
        return OperationJournal(state, operation, reading.records)
    }

    /// The operations that did not come to their end.
    ///
    /// - Parameter state: The state folder of the stack.
    /// - Returns: Their journals, the oldest first.
    /// - Throws: ``FileError``.
    public static func unfinished(in state: Path) throws(FileError) -> [OperationJournal] {
        let names: [Path]
        do throws(FileError) {
            names = try Directory(state.appending(folder)).names()
        } catch {
            if error.code == .notFound { return [] }
            throw error
        }
        var found: [OperationJournal] = []
        for name in names.sorted() {
            guard let text = name.text, let journal = try open(in: state, operation: text),
                !journal.isEnded
            else { continue }
            found.append(journal)
        }
        return found
    }

    /// Whether nothing is left to do.
    public var isEnded: Bool { entries.last?.phase == .end }

    /// What kind of operation it is.
    public var kind: String { entries.first?.step ?? "" }

    /// Adds a line and makes it durable.
    ///
    /// - Parameters:
    ///   - step: The step's name.
    ///   - phase: How far it came.
    ///   - detail: What it is about.
    /// - Throws: ``FileError``.
    public func write(
        _ step: String,
        _ phase: Phase,
        _ detail: [String: String] = [:]
    ) throws(FileError) {
        let entry = Entry(at: Moment.now.rfc3339, step: step, phase: phase, detail: detail)
        try log.append(entry)
        entries.append(entry)
    }

    /// The detail of the last line of a step in a phase.
    ///
    /// - Parameters:
    ///   - step: The step's name.
    ///   - phase: How far it came.
    /// - Returns: Nil where there is no such line.
    public func detail(of step: String, _ phase: Phase) -> [String: String]? {
        entries.last { $0.step == step && $0.phase == phase }?.detail
    }
}
