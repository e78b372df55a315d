public import Files

/// The operation journal of a stack: one line for every run of a changing command.
public struct OutcomeLog: Sendable {
    private static let file = "operations.jsonl"
    private let log: ChainedLog<Outcome>

    /// Names the journal of a stack.
    ///
    /// - Parameter state: The state folder.
    public init(in state: Path) {
        log = ChainedLog(at: state.appending(Self.file))
    }

    /// The file.
    public var path: Path { log.path }

    /// Adds an outcome; durable when this returns.
    ///
    /// - Parameter outcome: The last thing that an operation makes.
    /// - Throws: ``FileError``.
    public func append(_ outcome: Outcome) throws(FileError) { try log.append(outcome) }

    /// Reads all outcomes and looks at the chain.
    ///
    /// - Returns: The oldest first.
    /// - Throws: ``FileError``.
    public func read() throws(FileError) -> ChainedLog<Outcome>.Reading { try log.read() }
}
