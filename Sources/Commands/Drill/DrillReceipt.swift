internal import Files
internal import FoundationEssentials

/// What a drill tried and proved; kept in the state folder.
struct DrillReceipt: Codable, Sendable {
    /// One thing that was tried.
    struct Check: Codable, Sendable {
        var name: String
        var component: String?
        var passed: Bool
        var detail: String
    }

    private static let folder = Path("drills")

    var operation: String
    var snapshot: String
    var stack: String
    var at: String
    var fault: String?
    var passed: Bool
    /// From an empty folder to data that is proven and opened.
    var recoverySeconds: Double
    var restoredBytes: UInt64
    var files: Int
    var databases: Int
    var collections: Int
    var checks: [Check]

    enum CodingKeys: String, CodingKey {
        case operation, snapshot, stack, fault, passed, files, databases, collections, checks
        case at = "finished_at"
        case recoverySeconds = "recovery_seconds"
        case restoredBytes = "restored_bytes"
    }

    /// Keeps it; durable when this returns.
    ///
    /// - Parameter state: Of the stack.
    /// - Returns: The file.
    /// - Throws: ``FileError``.
    func write(_ state: StateFolder) throws(FileError) -> Path {
        let root = try Directory(state.path)
        do throws(FileError) {
            try root.makeFolder(Self.folder)
        } catch {
            if error.code != .exists { throw error }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else {
            preconditionFailure("texts and numbers always encode")
        }
        let name = Path("\(operation).json")
        try Directory(state.path.appending(Self.folder)).writeNote(name, Array(data) + [0x0A])
        return state.path.appending(Self.folder).appending(name)
    }
}
