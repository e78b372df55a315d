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

    /// The version it names: the last component of the target, where that lies in this folder.
    public var version: String? {
        guard let target, let text = target.text else { return nil }
        let trimmed = text.hasPrefix("./") ? String(text.dropFirst(2)) : text
        return trimmed.contains("/") ? nil : trimmed
    }

    /// States what a name stands for.
    ///
    /// - Parameters:
    ///   - kind: What it is made of.
    ///   - target: What it names, as it is written.
    public init(kind: Kind, target: Path?) {
        self.kind = kind
        self.target = target
    }

    /// Reads what a name stands for.
    ///
    /// - Parameters:
    ///   - root: The model folder.
    ///   - name: The link's name.
    /// - Throws: ``ModelError`` with `invalid` for a folder or anything else in its place.
    init(in root: borrowing Directory, _ name: Path) throws(ModelError) {
        do throws(FileError) {
            self = try Self.read(root, name)
        } catch {
            switch error.code {
            case .notFound: self.init(kind: .none, target: nil)
            case .kind: throw ModelError(.invalid, error.message, cause: error)
            default: throw ModelError("read the link", error)
            }
        }
    }

    private static func read(
        _ root: borrowing Directory,
        _ name: Path
    ) throws(FileError) -> CurrentLink {
        switch try root.status(name).kind {
        case .link:
            let written = try root.linkTarget(name)
            // A link by the whole path into this very folder names a version too.
            return CurrentLink(kind: .link, target: root.path.relative(written) ?? written)
        case .file:
            let bytes = try root.open(name, .read).readAll(limitBytes: 4096)
            let line = bytes.prefix { $0 != 0x0A && $0 != 0 }
            return CurrentLink(kind: .pointer, target: Path(bytes: Array(line)))
        default:
            throw FileError(
                code: .kind,
                message: "\(root.path.appending(name)) is neither link nor file"
            )
        }
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
