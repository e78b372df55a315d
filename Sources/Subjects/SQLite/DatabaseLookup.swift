public import Files

/// What the walk through a component takes in the place of a live database.
public protocol DatabaseLookup {
    /// Asked for every file before it is opened.
    ///
    /// - Parameters:
    ///   - path: From the component's root.
    ///   - status: What the walk found.
    /// - Returns: Nil for a file that is no database as far as was known before the walk.
    func outcome(at path: Path, _ status: FileStatus) -> DatabaseOutcome?

    /// Asked where the walk opened a file, found a database, and closed it again: it appeared
    /// after the databases of the stack were pinned.
    ///
    /// - Parameter path: From the component's root.
    /// - Returns: Its own capture, at a later instant.
    func late(at path: Path) -> DatabaseOutcome
}

/// How a database was captured.
public enum DatabaseOutcome: Sendable {
    /// Nothing moved since the parent.
    case unchanged
    /// A finished private copy, and what is known about it as a JSON object.
    case copy(Path, facts: [UInt8], problem: Problem?)
    /// Not by SQLite: the file and its sidecars are taken as files.
    case asFiles
    /// Not at all.
    case failed(code: String, message: String)

    /// What is to be said about a copy.
    public struct Problem: Sendable {
        /// A word that never changes.
        public let code: String
        /// Whether the snapshot must not count as complete.
        public let isIncomplete: Bool
        /// What was found.
        public let message: String
    }
}
