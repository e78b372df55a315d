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
        if collections.isEmpty { return }
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
            try Directory(state.path).writeNote(Self.file(component), Array(data))
        } catch {
            var failure = CommandFailure(error, doing: "note the restore")
            failure.state = "nothing live was touched"
            throw failure
        }
    }

    /// A note that is there and cannot be read may have named any collection: then each counts as
    /// restored, until the next snapshot knows that.
    private func read(_ component: String) -> [String: [String]] {
        let unknown = [QdrantSource.everyCollection: ["a note that could not be read"]]
        do throws(FileError) {
            let bytes = try Directory(state.path).readNote(Self.file(component))
            guard let bytes else { return [:] }
            let known = try? JSONDecoder().decode([String: [String]].self, from: Data(bytes))
            return known ?? unknown
        } catch {
            return unknown
        }
    }

    private static func file(_ component: String) -> Path {
        Path("collections-restored-\(component).json")
    }
}
