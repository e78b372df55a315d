internal import Files
internal import FoundationEssentials
internal import Subjects

/// What this machine remembers of its own restores into servers: after one, a server counts its
/// operations anew, and nothing that it says tells so.
struct RestoredCollections {
    /// Enough: one that every later snapshot knows says nothing any more.
    private static let operationLimit = 32

    private let state: StateFolder

    init(_ state: StateFolder) {
        self.state = state
    }

    /// A source with what is remembered of its collections.
    ///
    /// - Parameter source: A server.
    /// - Returns: The same source.
    func noted(in source: QdrantSource) -> QdrantSource {
        var source = source
        source.restores = read(source.name)
        return source
    }

    /// Remembers a restore, durably, before it changes anything.
    ///
    /// - Parameters:
    ///   - operation: The restore.
    ///   - collections: What it is about to replace.
    ///   - component: Of which server.
    /// - Throws: ``CommandFailure``; nothing live was touched.
    func note(
        _ operation: String,
        of collections: [String],
        in component: String
    ) throws(CommandFailure) {
        var known = read(component)
        for name in collections {
            known[name] = Array(((known[name] ?? []) + [operation]).suffix(Self.operationLimit))
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(known) else {
            preconditionFailure("texts always encode")
        }
        do throws(FileError) {
            try StateNote.write(Array(data), as: Self.file(component), in: state.path)
        } catch {
            var failure = CommandFailure(error, doing: "note the restore")
            failure.state = "nothing live was touched"
            throw failure
        }
    }

    private func read(_ component: String) -> [String: [String]] {
        guard let bytes = StateNote.read(Self.file(component), in: state.path) else { return [:] }
        return (try? JSONDecoder().decode([String: [String]].self, from: Data(bytes))) ?? [:]
    }

    private static func file(_ component: String) -> Path {
        Path("collections-restored-\(component).json")
    }
}

/// Small files of the state folder: whole or as they were.
enum StateNote {
    static func write(_ bytes: [UInt8], as name: Path, in place: Path) throws(FileError) {
        let folder = try Directory(place)
        let draft = Path(".\(name).new")
        try? folder.remove(draft)
        let file = try folder.open(draft, .create)
        try file.append(bytes)
        try file.sync()
        try folder.replace(name, with: draft)
        try folder.sync()
    }

    static func read(_ name: Path, in place: Path) -> [UInt8]? {
        try? Directory(place).open(name, .read).readAll(limitBytes: 1 << 20)
    }
}
