public import Files

/// One rename of a swap: enough to take it back, also in a later run that knows nothing else.
///
/// Whether it was done is seen from which name the entry has now: the last of several steps may
/// have been meant only, and may be taken back twice.
public struct SwapStep: Sendable, Equatable {
    /// What happens to the names.
    public enum Kind: String, Sendable {
        /// The entry leaves its name for another.
        case moved
        /// Two entries change names.
        case exchanged
        /// The entry gets a second name aside, and loses its own to another.
        case replaced
    }

    /// What happens to the names.
    public let kind: Kind
    /// The name that the entry has before.
    public let from: Path
    /// The name that it has afterwards.
    public let to: Path
    /// The entry itself, whatever its name.
    private let inode: UInt64
    private let device: UInt64

    init(_ kind: Kind, from: Path, to: Path) throws(FileError) {
        let status = try FileStatus(of: from)
        self.kind = kind
        self.from = from
        self.to = to
        inode = status.inode
        device = status.device
    }

    /// The same as texts, for a journal; nil where a path is no text.
    public var detail: [String: String]? {
        guard let from = from.text, let to = to.text else { return nil }
        return [
            "kind": kind.rawValue, "from": from, "to": to, "inode": String(inode),
            "device": String(device),
        ]
    }

    /// Reads what ``detail`` wrote.
    ///
    /// - Parameter detail: Of a journal's line; nil for what is none of a step.
    public init?(_ detail: [String: String]) {
        guard let kind = detail["kind"].flatMap(Kind.init), let from = detail["from"],
            let to = detail["to"], let inode = detail["inode"].flatMap({ UInt64($0) }),
            let device = detail["device"].flatMap({ UInt64($0) })
        else { return nil }
        self.kind = kind
        self.from = Path(from)
        self.to = Path(to)
        self.inode = inode
        self.device = device
    }

    /// Whether the entry has left its name: one that was only meant has nothing to be taken back.
    public var isDone: Bool { !isEntry(from) }

    /// Takes it back, whether it was done, half done, or only meant; durable when this returns.
    ///
    /// - Throws: ``FileError`` where the entry has neither name any more.
    public func undo() throws(FileError) {
        if isEntry(from) {
            // A second name that was never needed.
            if kind == .replaced, isEntry(to) { try Directory(to.parent).remove(to.lastComponent) }
            return
        }
        guard isEntry(to) else {
            throw FileError(
                code: .notFound,
                message: "what was at \(from) is neither there nor at \(to)"
            )
        }
        let source = try Directory(to.parent)
        let holder = try Directory(from.parent)
        switch kind {
        case .moved: try source.rename(to.lastComponent, to: holder, from.lastComponent)
        case .exchanged:
            try source.exchange(to.lastComponent, with: holder, from.lastComponent)
        case .replaced:
            try source.replace(with: to.lastComponent, in: holder, from.lastComponent)
        }
        try Self.sync(from.parent)
        try Self.sync(to.parent)
    }

    private func isEntry(_ path: Path) -> Bool {
        guard let status = try? FileStatus(of: path) else { return false }
        return status.inode == inode && status.device == device
    }

    /// Some file systems cannot sync a folder; the renames hold all the same.
    static func sync(_ folder: Path) throws(FileError) {
        do throws(FileError) {
            try Directory(folder).sync()
        } catch {
            if error.code != .unsupported { throw error }
        }
    }
}
