internal import Files

/// Whether the last backup of a stack came to its end: a note that lies in the state folder from
/// its start until it has published something.
///
/// A run that fails or is killed leaves it: then the newest snapshots may be the last good ones.
struct LastBackup {
    static let name = "unpublished-backup"

    private let state: StateFolder

    init(_ state: StateFolder) {
        self.state = state
    }

    /// A backup begins; the stack's lock is held.
    func begin() {
        // A note that cannot be written protects nothing, and is no reason not to back up.
        guard let folder = try? Directory(state.path) else { return }
        try? folder.remove(Path(Self.name))
        guard let file = try? folder.open(Path(Self.name), .create) else { return }
        try? file.append(Array("\(Moment.now.rfc3339)\n".utf8))
        try? file.sync()
        try? folder.sync()
    }

    /// It has published a snapshot, or was put off.
    func end() {
        try? Directory(state.path).remove(Path(Self.name))
    }

    /// When the last one began, where it did not end well.
    static func failedAt(_ state: StateFolder) -> String? {
        guard let folder = try? Directory(state.path),
            let file = try? folder.open(Path(name), .read),
            let bytes = try? file.readAll(limitBytes: 100)
        else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).first.map(String.init) ?? "an unknown time"
    }
}
