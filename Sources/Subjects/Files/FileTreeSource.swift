public import Files
internal import Manifests

/// What a path component names: a folder, a single file, or the files that match a pattern.
public struct FileTreeSource: Sendable, Equatable {
    /// The component's name.
    public var name: String
    /// As the configuration has it: absolute, perhaps a pattern.
    public var path: String
    /// What is left out, by path from the root.
    public var excludes: [Glob]
    /// Whether env and key files are kept too.
    public var storesSecrets: Bool
    /// Whether the operator's hooks hold the writer of encrypted databases during the capture.
    public var isWriterPaused: Bool
    /// Whether the previous snapshot found a mount point at the root.
    public var wasMount: Bool
    /// Whether of files that can be fetched elsewhere only the hashes are kept.
    public var keepsOnlyHashes = false
    /// The model folder that the files are, where they are one.
    public var models: ModelTree?
    /// Why it is not known where the files are; then no capture can begin.
    public var fault: String?
    /// The archive that the files were unpacked from, for an import.
    public var archive: ArchivedTree?
    /// What a snapshot names as the source.
    public var origin: String { archive?.origin ?? path }

    /// Names a source.
    ///
    /// - Parameters:
    ///   - name: The component's name.
    ///   - path: Absolute, perhaps a pattern.
    ///   - excludes: What is left out.
    ///   - storesSecrets: Whether env and key files are kept too.
    ///   - isWriterPaused: Whether hooks hold the writer of encrypted databases.
    ///   - wasMount: Whether the previous snapshot found a mount point at the root.
    public init(
        name: String,
        path: String,
        excludes: [Glob] = [],
        storesSecrets: Bool = false,
        isWriterPaused: Bool = false,
        wasMount: Bool = false
    ) {
        self.name = name
        self.path = path
        self.excludes = excludes
        self.storesSecrets = storesSecrets
        self.isWriterPaused = isWriterPaused
        self.wasMount = wasMount
    }

    /// Whether a path is left out: by the configuration, or because it is a restore's own folder.
    ///
    /// - Parameter path: From the root.
    /// - Returns: The verdict.
    public func excludes(_ path: Path) -> Bool {
        path.lastComponent.bytes.starts(with: Self.ownPrefix)
            || excludes.contains { $0.matches(path) }
            || models?.leavesOut(path) ?? false
    }

    /// Whether the content of a file is kept.
    ///
    /// - Parameter path: From the root.
    /// - Returns: False only where hashes are wanted, and not for what states hashes or marks a
    ///   version itself: that can be fetched nowhere.
    public func keepsContent(of path: Path) -> Bool {
        guard keepsOnlyHashes else { return true }
        let suffix = Array(ChecksumSidecar.suffix.utf8)
        return path.lastComponent.bytes.suffix(suffix.count).elementsEqual(suffix)
            || models?.isOwn(path) ?? false
    }

    private static let ownPrefix = Array(".recover-".utf8)

    /// What is really there now.
    public struct Root: Sendable {
        /// The folder from which paths count.
        public let folder: Path
        /// What of it takes part.
        public let selection: Selection
        /// Whether the folder is a mount point.
        public let isMount: Bool
    }

    /// What of a folder takes part.
    public enum Selection: Sendable {
        /// The folder and all that it holds.
        case everything
        /// One file.
        case file(Path)
        /// The files whose path matches.
        case pattern(Glob)

        /// Whether a path takes part.
        ///
        /// - Parameter path: From the folder.
        /// - Returns: The verdict.
        public func includes(_ path: Path) -> Bool {
            switch self {
            case .everything: true
            case .file(let name): path == name
            case .pattern(let glob): glob.matches(path)
            }
        }

        /// Whether it is the whole folder, which then has an entry of its own.
        public var isEverything: Bool {
            if case .everything = self { true } else { false }
        }
    }

    /// Whether there is anything now that a capture would find.
    public var isPresent: Bool {
        guard let root = try? resolve() else { return false }
        guard case .pattern = root.selection, let folder = try? Directory(root.folder) else {
            return true
        }
        var isFound = false
        TreeWalk.run(folder) { (item, _) in
            if item.status.kind == .file, root.selection.includes(item.path) { isFound = true }
            return isFound ? .skip : .descend
        } onFailure: { _ in
        }
        return isFound
    }

    /// Looks at what is there.
    ///
    /// - Returns: The root to walk.
    /// - Throws: ``CaptureError`` with `source`: missing, or no longer the mount that it was.
    public func resolve() throws(CaptureError) -> Root {
        if let fault {
            throw CaptureError(code: .source, message: "component \(name): \(fault)")
        }
        if Glob.isPattern(path) { return try resolvePattern() }
        let status: FileStatus
        do throws(FileError) {
            status = try FileStatus(of: Path(path), following: true)
        } catch {
            throw CaptureError(
                code: .source,
                message: "component \(name): \(error.message)",
                cause: error
            )
        }
        let root: Root
        switch status.kind {
        case .folder:
            root = Root(folder: Path(path), selection: .everything, isMount: status.isMountRoot)
        case .file:
            // What a link leads to is the file; the link alone would keep nothing of it.
            let file = Path(path).resolved
            root = Root(
                folder: file.parent,
                selection: .file(file.lastComponent),
                isMount: Self.isMount(file.parent)
            )
        default:
            throw CaptureError(
                code: .source,
                message: "component \(name): \(path) is neither file nor folder"
            )
        }
        return try checkMount(root)
    }

    private func resolvePattern() throws(CaptureError) -> Root {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let fixed = parts.prefix { !Glob.isPattern(String($0)) }
        let folder = Path(fixed.joined(separator: "/"))
        do throws(FileError) {
            _ = try Directory(folder)
        } catch {
            throw CaptureError(
                code: .source,
                message: "component \(name): \(error.message)",
                cause: error
            )
        }
        let rest = parts.dropFirst(fixed.count).joined(separator: "/")
        return try checkMount(
            Root(
                folder: folder,
                selection: .pattern(Glob("/" + rest)),
                isMount: Self.isMount(folder)
            )
        )
    }

    private static func isMount(_ folder: Path) -> Bool {
        (try? FileStatus(of: folder, following: true))?.isMountRoot ?? false
    }

    /// An unmounted share leaves an empty folder behind: that is a failure, not a success.
    private func checkMount(_ root: Root) throws(CaptureError) -> Root {
        guard wasMount, !root.isMount else { return root }
        throw CaptureError(
            code: .source,
            message: "component \(name): \(root.folder) was a mount point in the last snapshot and "
                + "is a plain folder now; mount it, or take the component out and in again"
        )
    }
}
