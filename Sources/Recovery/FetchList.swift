public import Files
internal import Manifests

/// The files that a restore could not make because only their hashes were kept, as a list that
/// `sha256sum -c` checks once they were fetched.
public struct FetchList: Sendable {
    /// Its name in the folder of a restore; no component is called so.
    public static let fileName = Path("FETCH.sha256")

    private var lines: [ChecksumLine] = []
    /// The length of these files together.
    public private(set) var sizeBytes: UInt64 = 0

    /// An empty list.
    public init() {}

    /// How many files there are to fetch.
    public var fileCount: Int { lines.count }

    /// The first of them, for people: from the folder of the restore.
    public var firstPaths: [Path] { lines.prefix(5).map(\.path) }

    /// Adds what a component lacks.
    ///
    /// - Parameters:
    ///   - component: Its name, the folder of its files.
    ///   - totals: What a restore of it made, and what not.
    public mutating func add(_ component: String, _ totals: TreeRestore.Totals) {
        for file in totals.elsewhere {
            let path = Path(component).appending(file.path)
            lines.append(ChecksumLine(digest: file.digest, path: path))
            sizeBytes += file.sizeBytes
        }
    }

    /// Writes the list, in order of path, and makes it durable; an empty one is not written.
    ///
    /// - Parameter folder: Where the components were restored to.
    /// - Throws: ``RecoveryError``.
    public func write(into folder: Path) throws(RecoveryError) {
        if lines.isEmpty { return }
        let text = lines.sorted { $0.path < $1.path }.flatMap(\.bytes)
        try filing { () throws(FileError) in
            let file = try Directory(folder).open(Self.fileName, .create)
            try file.append(text)
            try file.setMode(0o644)
            try file.sync()
        }
    }
}
