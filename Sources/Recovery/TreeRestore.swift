public import Cryptography
public import Deduplication
public import Files
internal import Manifests
public import Threads

/// Makes the tree of one component again in an empty folder.
///
/// Every byte is proven by its chunk's id and every file by its SHA-256 while it is written.
/// Nothing is followed or written outside the folder: names are looked up in open folders.
public struct TreeRestore {
    /// What was made.
    public struct Totals: Sendable {
        /// Regular files.
        public var files = 0
        /// Their length together.
        public var sizeBytes: UInt64 = 0
        /// Owners, attributes or ACLs that could not be set, as a rule for want of rights.
        public var withoutMetadata = 0
        /// The first of them, for people.
        public var firstWithoutMetadata: String?
        /// Files that the repository has only the hashes of; none of them was made.
        public var elsewhere: [(path: Path, digest: Digest, sizeBytes: UInt64)] = []
        /// Files of which not every byte could be proven, with the reason; none of them was made.
        public var lost: [(path: Path, why: String)] = []

        /// Nothing yet.
        public init() {}
    }

    private final class OpenFolder {
        let directory: Directory
        let path: Path
        let entry: FileEntry?

        init(_ directory: consuming Directory, _ path: Path, _ entry: FileEntry?) {
            self.directory = directory
            self.path = path
            self.entry = entry
        }
    }

    /// What entries that are read ahead may take, but for the last of them.
    private static let aheadBytesLimit = 32 << 20

    /// What of the tree is made; all of it unless this is set.
    public var isWanted: (Path) -> Bool = { _ in true }
    /// Whether to go on past a file that is damaged, which is noted then and not made.
    public var passesDamage = false
    private let content: ContentReader
    private let cancellation: Cancellation
    private let onBytes: (Int) -> Void
    private let behind = WriteBehind()
    private var folders: [OpenFolder] = []
    private var hardlinks: [String: (path: Path, digest: Digest?)] = [:]
    private var totals = Totals()

    /// Prepares a restore.
    ///
    /// - Parameters:
    ///   - repository: Where the content comes from.
    ///   - cancellation: Raised to stop between files.
    ///   - onBytes: Told how many bytes were written.
    public init(
        from repository: Repository,
        cancellation: Cancellation,
        onBytes: @escaping (Int) -> Void
    ) {
        content = repository.contentReader()
        self.cancellation = cancellation
        self.onBytes = onBytes
    }

    /// Writes all entries of a tree.
    ///
    /// - Parameters:
    ///   - tree: At its first entry.
    ///   - folder: Empty, and ours alone until this returns.
    /// - Returns: What was made.
    /// - Throws: ``RecoveryError``; part of the tree may have been made.
    public mutating func run(
        _ tree: TreeReader,
        into folder: Path
    ) throws(RecoveryError) -> Totals {
        var tree = tree
        folders = [
            OpenFolder(try filing { () throws(FileError) in try Directory(folder) }, Path(""), nil)
        ]
        totals = Totals()
        hardlinks = [:]
        // Nil once it was made: what an entry holds is given back at once.
        var ahead: [FileEntry?] = []
        var head = 0
        var aheadBytes = 0
        var isAtEnd = false
        while true {
            while !isAtEnd, content.hasRoom, ahead.count - head < 2048,
                aheadBytes < Self.aheadBytesLimit
            {
                guard let entry = try fetching({ () throws(RepositoryError) in try tree.next() })
                else {
                    isAtEnd = true
                    break
                }
                guard isWanted(entry.path) else { continue }
                if entry.isElsewhere {
                    if let digest = entry.digest {
                        totals.elsewhere.append((entry.path, digest, entry.sizeBytes))
                    }
                    continue
                }
                if entry.kind == .file {
                    let isWhole = try unlessDamaged(entry) { [content] () throws(RecoveryError) in
                        try fetching { () throws(RepositoryError) in try content.announce(entry) }
                    }
                    guard isWhole else { continue }
                }
                ahead.append(entry)
                aheadBytes += entry.weightBytes
            }
            guard head < ahead.count, let entry = ahead[head] else { break }
            if cancellation.reason != nil {
                throw RecoveryError(code: .cancelled, message: "stopped on request")
            }
            try make(entry)
            aheadBytes -= entry.weightBytes
            ahead[head] = nil
            head += 1
            if head > 1024 {
                ahead.removeFirst(head)
                head = 0
            }
        }
        try leaveFolders(until: nil)
        return totals
    }

    private mutating func make(_ entry: FileEntry) throws(RecoveryError) {
        try leaveFolders(until: entry.path)
        if entry.path.bytes.isEmpty {
            folders = [
                OpenFolder(
                    try filing { () throws(FileError) in try Directory(folders[0].directory.path) },
                    Path(""),
                    entry
                )
            ]
            return
        }
        let parent = try enter(entry.path.parent)
        let name = entry.path.lastComponent
        switch entry.kind {
        case .folder:
            try filing { () throws(FileError) in try parent.directory.makeFolder(name) }
            let made = try filing { () throws(FileError) in try parent.directory.folder(name) }
            folders.append(OpenFolder(made, entry.path, entry))
        case .link: try makeLink(entry, name, parent)
        case .file: try makeFile(entry, name, parent)
        }
    }

    /// Finishes the folders that do not lead to a path: their times last, after their content.
    private mutating func leaveFolders(until path: Path?) throws(RecoveryError) {
        while let last = folders.last,
            last.path.bytes.isEmpty ? path == nil : !(path.map { last.path.contains($0) } ?? false)
        {
            folders.removeLast()
            guard let entry = last.entry else { continue }
            let file = try filing { () throws(FileError) in try last.directory.asFile() }
            setMetadata(entry, file)
        }
    }

    /// The folder of an entry; one that the manifest does not name is made plain.
    private mutating func enter(_ path: Path) throws(RecoveryError) -> OpenFolder {
        let wanted = path == Path(".") ? Path("") : path
        while let last = folders.last, last.path != wanted {
            let rest = last.path.bytes.isEmpty ? wanted : last.path.relative(wanted)
            guard let name = rest?.components.first else { break }
            do throws(FileError) {
                try last.directory.makeFolder(name, mode: 0o755)
            } catch {
                if error.code != .exists {
                    throw RecoveryError(code: .file, message: error.message)
                }
            }
            let inner = try filing { () throws(FileError) in try last.directory.folder(name) }
            folders.append(OpenFolder(inner, last.path.appending(name), nil))
        }
        return folders[folders.count - 1]
    }

    private mutating func makeLink(
        _ entry: FileEntry,
        _ name: Path,
        _ parent: OpenFolder
    ) throws(RecoveryError) {
        guard let target = entry.target else { preconditionFailure("a link has a target") }
        try filing { () throws(FileError) in try parent.directory.makeLink(name, to: target) }
        attempt(entry.path) { () throws(FileError) in
            try parent.directory.setLinkOwner(name, userID: entry.userID, groupID: entry.groupID)
        }
        attempt(entry.path) { () throws(FileError) in
            try parent.directory.setModified(name, nanoseconds: entry.modifiedNanoseconds)
        }
    }

    private mutating func makeFile(
        _ entry: FileEntry,
        _ name: Path,
        _ parent: OpenFolder
    ) throws(RecoveryError) {
        if let key = entry.hardlink, let first = hardlinks[key], first.digest == entry.digest {
            let isWhole = try unlessDamaged(entry) { [content] () throws(RecoveryError) in
                try fetching { () throws(RepositoryError) in
                    try unsafe content.read(entry) { _, _ in }
                }
            }
            if isWhole { try link(first.path, to: entry, name, parent) }
            return
        }
        var writer = try filing { () throws(FileError) in
            try FileWriter(
                try parent.directory.open(name, .create),
                sizeBytes: entry.sizeBytes,
                behind: behind
            )
        }
        var isFinished = false
        defer { if !isFinished { writer.discard() } }
        let isWhole = try unlessDamaged(entry) { [content] () throws(RecoveryError) in
            try fetching { () throws(RepositoryError) in
                try unsafe content.read(entry) { (bytes, offset) throws(FileError) in
                    try unsafe writer.write(bytes, at: offset)
                }
            }
        }
        guard isWhole else {
            return try filing { () throws(FileError) in try parent.directory.remove(name) }
        }
        try filing { () throws(FileError) in try writer.finish() }
        isFinished = true
        setMetadata(entry, writer.target.file)
        if let key = entry.hardlink { hardlinks[key] = (entry.path, entry.digest) }
        totals.files += 1
        totals.sizeBytes += entry.sizeBytes
        onBytes(Int(entry.sizeBytes))
    }

    /// Whether what was fetched is whole; where damage is not passed over, it is thrown.
    private mutating func unlessDamaged(
        _ entry: FileEntry,
        _ body: () throws(RecoveryError) -> Void
    ) throws(RecoveryError) -> Bool {
        do throws(RecoveryError) {
            try body()
            return true
        } catch {
            guard passesDamage, error.code == .damaged else { throw error }
            totals.lost.append((entry.path, error.message))
            return false
        }
    }

    private mutating func link(
        _ first: Path,
        to entry: FileEntry,
        _ name: Path,
        _ parent: OpenFolder
    ) throws(RecoveryError) {
        let root = folders[0]
        try filing { () throws(FileError) in
            let holder = try root.directory.folder(first.parent)
            try parent.directory.link(from: holder, first.lastComponent, as: name)
        }
        totals.files += 1
        totals.sizeBytes += entry.sizeBytes
    }

    /// Owner and mode last: nobody sees a file before it is whole.
    private mutating func setMetadata(_ entry: FileEntry, _ file: borrowing OpenFile) {
        let isOwned = attempt(entry.path) { () throws(FileError) in
            try file.setOwner(userID: entry.userID, groupID: entry.groupID)
        }
        for attribute in entry.attributes {
            attempt(entry.path) { () throws(FileError) in
                try file.setAttribute(attribute.name, attribute.value)
            }
        }
        // Under another owner, set-user-id and set-group-id would lend the wrong one's rights.
        let mode = isOwned ? entry.mode : entry.mode & 0o1777
        attempt(entry.path) { () throws(FileError) in try file.setMode(mode) }
        attempt(entry.path) { () throws(FileError) in
            try file.setModified(nanoseconds: entry.modifiedNanoseconds)
        }
    }

    @discardableResult
    private mutating func attempt(_ path: Path, _ body: () throws(FileError) -> Void) -> Bool {
        do throws(FileError) {
            try body()
            return true
        } catch {
            totals.withoutMetadata += 1
            if totals.firstWithoutMetadata == nil {
                totals.firstWithoutMetadata = "\(path): \(error.message)"
            }
            return false
        }
    }
}
