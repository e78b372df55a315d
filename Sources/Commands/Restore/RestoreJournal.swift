internal import Files
internal import Recovery

/// The note of a restore in place that is at work, kept in the state folder.
///
/// It names the folders that hold staged and replaced data, before there are any. A run that is
/// killed leaves its note, and later runs say which of its folders are still there.
struct RestoreJournal {
    private static let prefix = "restore-"
    private let state: Path
    private let name: Path

    /// Writes the note and makes it durable.
    ///
    /// - Parameters:
    ///   - state: Of the stack; its lock is held.
    ///   - operation: The restore's name.
    ///   - folders: Where it will stage and put aside.
    /// - Throws: ``CommandFailure``; nothing live was touched.
    init(_ state: StateFolder, operation: String, in folders: [Path]) throws(CommandFailure) {
        self.state = state.path
        name = Path(Self.prefix + operation)
        do throws(FileError) {
            let folder = try Directory(state.path)
            let file = try folder.open(name, .create)
            // Separated by what no path has.
            try file.append(Array(Set(folders).map(\.bytes).joined(separator: [0])))
            try file.sync()
            try folder.sync()
        } catch {
            try? Directory(state.path).remove(name)
            var failure = CommandFailure(error, doing: "note the restore")
            failure.state = "nothing live was touched"
            throw failure
        }
    }

    /// Ends the note, unless something is left that it must go on naming.
    func close() {
        guard let folder = try? Directory(state), Self.staged(folder, name).isEmpty else { return }
        try? folder.remove(name)
    }

    /// The restores that did not come to their end.
    ///
    /// - Parameter state: Of the stack; its lock is held, so that none is at work.
    /// - Returns: Their names, the newest first.
    static func unfinished(_ state: StateFolder) -> [String] {
        let names = (try? Directory(state.path).names()) ?? []
        return names.map(\.description).filter { $0.hasPrefix(prefix) }.sorted(by: >)
            .map { String($0.dropFirst(prefix.count)) }
    }

    /// What restores left behind that did not come to their end.
    ///
    /// - Parameter state: Of the stack; its lock is held, so that none is at work.
    /// - Returns: A warning for each; notes that name nothing any more are removed.
    static func leftOvers(_ state: StateFolder) -> [Report.Warning] {
        guard let folder = try? Directory(state.path), let names = try? folder.names() else {
            return []
        }
        var warnings: [Report.Warning] = []
        for name in names where name.description.hasPrefix(prefix) {
            let left = folders(folder, name)
            if left.isEmpty {
                try? folder.remove(name)
                continue
            }
            warnings.append(
                .init(
                    code: "restore-unfinished",
                    message: "the restore \(operation(name)) did not come to its end; what it "
                        + "staged or replaced is in \(left.joined(separator: ", ")): compare it with "
                        + "the live data, then remove it"
                )
            )
        }
        return warnings
    }

    private static func operation(_ name: Path) -> String {
        String(name.description.dropFirst(prefix.count))
    }

    private static func staged(_ state: borrowing Directory, _ name: Path) -> [String] {
        folders(state, name, kinds: ["stage"])
    }

    /// The folders of a restore that are still there.
    private static func folders(
        _ state: borrowing Directory,
        _ name: Path,
        kinds: [String] = ["stage", "prev"]
    ) -> [String] {
        guard let content = try? state.open(name, .read).readAll(limitBytes: 1 << 20) else {
            return []
        }
        let starts = kinds.map { ".recover-\($0)-\(operation(name))-" }
        return content.split(separator: 0).flatMap { bytes -> [String] in
            let place = Path(bytes: Array(bytes))
            guard let names = try? Directory(place).names() else { return [] }
            return names.filter { name in starts.contains { name.description.hasPrefix($0) } }
                .map { place.appending($0).description }
        }
    }
}
