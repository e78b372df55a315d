internal import Files
internal import FoundationEssentials
internal import Subjects

/// The note of a restore into a server that is at work, kept in the state folder.
///
/// It names what is made on the server, before there is any. A run that is killed leaves its note;
/// the next one deletes what it left and says what it cannot know.
struct ServerRestoreNote {
    private static let prefix = "server-restore-"

    /// What the note says.
    struct Content: Codable {
        var operation: String
        var component: String
        /// Collections that are made.
        var staged: [String]
        /// Collections that are being replaced.
        var replaced: [String] = []
        /// The snapshot of what those were.
        var safety: String?
        /// Collections that are being replaced and could not be read: of these there is none.
        var unsaved: [String]?
    }

    var content: Content
    private let state: Path

    /// Prepares a note without writing it.
    init(_ state: StateFolder, operation: String, component: String, staged: [String]) {
        self.state = state.path
        content = Content(operation: operation, component: component, staged: staged)
    }

    private init(_ state: Path, _ content: Content) {
        self.state = state
        self.content = content
    }

    /// Where the archives of the way back belong.
    var folder: Path { state.appending("\(mark).archives") }

    private var mark: String { Self.prefix + content.operation + "-" + content.component }
    private var file: Path { Path(mark + ".json") }

    /// Writes the note and makes it durable.
    func write() throws(CommandFailure) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(content) else {
            preconditionFailure("texts always encode")
        }
        do throws(FileError) {
            try Directory(state).writeNote(file, Array(data))
        } catch {
            var failure = CommandFailure(error, doing: "note the restore")
            failure.state = "nothing live was touched"
            throw failure
        }
    }

    /// What an earlier run wrote under this name; nil where there is nothing.
    func reread() -> ServerRestoreNote? {
        guard let bytes = try? Directory(state).readNote(file),
            let content = try? JSONDecoder().decode(Content.self, from: Data(bytes))
        else { return nil }
        return ServerRestoreNote(state, content)
    }

    /// Ends the note, and removes the archives of the way back.
    func close() {
        guard let state = try? Directory(state) else { return }
        try? state.removeTree(folder.lastComponent)
        try? state.remove(file)
    }

    /// Ends what older notes said of collections that were restored since.
    func settleOthers(_ places: [String]) {
        for var note in Self.all(state)
        where note.content.component == content.component
            && note.content.operation != content.operation
        {
            note.content.staged.removeAll { places.contains($0) }
            note.content.replaced.removeAll { places.contains($0) }
            note.content.unsaved?.removeAll { places.contains($0) }
            let open = note.content.staged + note.content.replaced + (note.content.unsaved ?? [])
            if open.isEmpty {
                note.close()
            } else {
                try? note.write()
            }
        }
    }

    /// Whether a restore did not come to its end.
    static func areThere(_ state: StateFolder) -> Bool { !all(state.path).isEmpty }

    /// Deletes what earlier restores left on servers, before it is planned what comes there.
    ///
    /// - Parameters:
    ///   - loaded: The configuration.
    ///   - context: The run; it is told what needs a person.
    /// - Throws: ``CommandFailure`` where another run of the stack does not end.
    static func clear(
        _ loaded: LoadedConfiguration,
        _ context: Context
    ) throws(CommandFailure) {
        let state = try StateFolder(loaded.value, environment: context.environment)
        guard areThere(state) else { return }
        let lock = try state.lock(waitSeconds: try context.lockWaitSeconds()) {
            context.console.phase("another run of this stack is at work; waiting for it")
        }
        defer { _ = lock.path }
        for warning in leftOvers(state, loaded.value, context) {
            context.warn(warning.code, warning.message)
        }
    }

    /// Cleans up after restores that did not come to their end.
    ///
    /// - Parameters:
    ///   - state: Of the stack; its lock is held, so that none is at work.
    ///   - configuration: Which names the servers.
    ///   - context: The run.
    /// - Returns: A warning for each that needs a person.
    static func leftOvers(
        _ state: StateFolder,
        _ configuration: Configuration,
        _ context: Context
    ) -> [Report.Warning] {
        unreadable(state.path)
            + all(state.path).compactMap { (note) -> Report.Warning? in
                var note = note
                do throws(QdrantRestoreError) {
                    note.content.staged = try note.clean(configuration, context)
                } catch {
                    return note.warning(
                        "what it made on the server cannot be deleted: \(error.message)"
                    )
                }
                // A later restore of the same collections then has nothing more to settle.
                try? note.write()
                if let safety = note.content.safety, !note.content.replaced.isEmpty {
                    let names = note.content.replaced
                    let options = names.map { "--collection \($0)" }.joined(separator: " ")
                    return note.warning(
                        "\(names.joined(separator: ", ")) may be neither what was wanted nor what was "
                            + "there: run it again, or put it back with recover restore --snapshot "
                            + "\(safety) \(note.content.component) \(options) --data-only"
                    )
                }
                if let names = note.content.unsaved, !names.isEmpty {
                    return note.warning(
                        "\(names.joined(separator: ", ")) may be only partly there, as before: "
                            + "restore it again"
                    )
                }
                let left = note.content.staged
                if left.isEmpty {
                    note.close()
                    return nil
                }
                return note.warning(
                    "\(left.joined(separator: ", ")) may be only partly there: restore it again, or "
                        + "delete it and remove \(note.state.appending(note.file))"
                )
            }
    }

    private func clean(
        _ configuration: Configuration,
        _ context: Context
    ) throws(QdrantRestoreError) -> [String] {
        let component = configuration.components.first { $0.name == content.component }
        guard let component, let source = BackupPlan.server(component, context.environment) else {
            return content.staged
        }
        return try QdrantRestore.removeStaged(
            content.staged,
            by: content.operation,
            at: source,
            cancellation: context.cancellation
        )
    }

    private func warning(_ text: String) -> Report.Warning {
        .init(
            code: "restore-unfinished",
            component: content.component,
            message: "the restore \(content.operation) did not come to its end; \(text)"
        )
    }

    private static func all(_ state: Path) -> [ServerRestoreNote] {
        files(state).compactMap { name in
            guard let bytes = try? Directory(state).readNote(name),
                let content = try? JSONDecoder().decode(Content.self, from: Data(bytes))
            else { return nil }
            return ServerRestoreNote(state, content)
        }
    }

    private static func files(_ state: Path) -> [Path] {
        let names = (try? Directory(state).names()) ?? []
        return names.filter { "\($0)".hasPrefix(prefix) && "\($0)".hasSuffix(".json") }
    }

    /// Notes that say nothing any more, of what may still be on a server.
    private static func unreadable(_ state: Path) -> [Report.Warning] {
        let known = Set(all(state).map(\.file))
        return files(state).filter { !known.contains($0) }.map { name in
            .init(
                code: "restore-unfinished",
                message: "\(state.appending(name)) cannot be read: look on the server for "
                    + "collections with --recover- in their names, then remove it"
            )
        }
    }
}
