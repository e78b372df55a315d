public import Files

/// The name by which readers find the version in use: a symbolic link, or on a file system
/// without links a file that holds the version's name.
public struct CurrentLink: Sendable, Equatable {
    /// What it is made of.
    public enum Kind: String, Sendable {
        /// A symbolic link.
        case link
        /// A file with the version's name and a newline.
        case pointer
        /// Nothing has that name.
        case none
    }

    /// What it is made of.
    public let kind: Kind
    /// What it names, as it is written; nil where nothing has that name.
    public let target: Path?

    /// The version it names, by whatever way; else the name that is written, where it is a plain
    /// one, and nil for any other place.
    public let version: String?

    /// States what a name stands for.
    ///
    /// - Parameters:
    ///   - kind: What it is made of.
    ///   - target: What it names, as it is written.
    ///   - version: The version that is.
    public init(kind: Kind, target: Path?, version: String?) {
        self.kind = kind
        self.target = target
        self.version = version
    }

    /// Reads what a name stands for.
    ///
    /// - Parameters:
    ///   - root: The model folder.
    ///   - settings: How its link and versions are named.
    /// - Throws: ``ModelError`` with `invalid` for a folder or anything else in its place.
    init(in root: borrowing Directory, _ settings: ModelFolder.Settings) throws(ModelError) {
        do throws(FileError) {
            self = try Self.read(root, settings)
        } catch {
            switch error.code {
            case .notFound: self.init(kind: .none, target: nil, version: nil)
            case .kind: throw ModelError(.invalid, error.message, cause: error)
            default: throw ModelError("read the link", error)
            }
        }
    }

    private static func read(
        _ root: borrowing Directory,
        _ settings: ModelFolder.Settings
    ) throws(FileError) -> CurrentLink {
        let name = settings.link
        let kind: Kind
        let target: Path
        switch try root.status(name).kind {
        case .link:
            kind = .link
            target = try root.linkTarget(name)
        case .file:
            let bytes = try root.open(name, .read).readAll(limitBytes: 4096)
            kind = .pointer
            target = Path(bytes: Array(bytes.prefix { $0 != 0x0A && $0 != 0 }))
        default:
            throw FileError(
                code: .kind,
                message: "\(root.path.appending(name)) is neither link nor file"
            )
        }
        let version = try version(of: target, root, settings)
        return CurrentLink(kind: kind, target: target, version: version)
    }

    private static func version(
        of target: Path,
        _ root: borrowing Directory,
        _ settings: ModelFolder.Settings
    ) throws(FileError) -> String? {
        let isPlain = !target.bytes.isEmpty && !target.bytes.contains(.slash)
        // The usual case costs one look.
        if isPlain, let text = target.text, settings.pattern.time(of: text) != nil,
            (try? root.status(target))?.kind == .folder
        {
            return text
        }
        let found = try VersionPlaces(root, settings.pattern).version(at: target)
        return found ?? (isPlain ? target.text : nil)
    }

    /// Makes the name stand for another version, in one step and durably.
    ///
    /// - Parameters:
    ///   - name: The link's name.
    ///   - version: The version; nil takes the name away.
    ///   - root: The model folder.
    /// - Throws: ``ModelError``; then the name stands for what it stood for.
    static func point(
        _ name: Path,
        at version: Path?,
        in root: borrowing Directory
    ) throws(ModelError) {
        do throws(FileError) {
            guard let version else {
                try root.remove(name)
                return try root.sync()
            }
            let fresh = Path(UnfinishedWork.linkPrefix + UnfinishedWork.suffix())
            do throws(FileError) {
                try root.makeLink(fresh, to: version)
            } catch {
                // vfat and some network mounts know no links and say so in several ways.
                guard error.code == .unsupported || error.code == .permission else { throw error }
                let file = try root.open(fresh, .create)
                try file.append(version.bytes + [0x0A])
                try file.setMode(0o644)
                try file.sync()
            }
            try root.replace(name, with: fresh)
            try root.sync()
        } catch {
            throw ModelError("switch \(root.path.appending(name))", error)
        }
    }
}
