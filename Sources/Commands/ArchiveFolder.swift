internal import Files

/// The folder that receives the archives, often on a disk that may not be mounted.
///
/// It is made once, where its parent exists. Afterwards a folder that is gone, or that has lost
/// its mount, is a failure: a copy on the machine's own disk would be no copy.
struct ArchiveFolder {
    private static let recordName = Path("archives")
    private static let mountedWord = "mounted "
    private static let plainWord = "plain "

    private let path: Path
    private let state: StateFolder

    init(_ path: Path, _ state: StateFolder) {
        self.path = path
        self.state = state
    }

    /// Makes sure that the folder is there and is the one it was.
    func prepare() throws(FileError) {
        let known = remembered()
        let folder: Directory
        do throws(FileError) {
            folder = try Directory(path)
        } catch {
            guard error.code == .notFound else { throw error }
            if known != nil {
                throw FileError(
                    code: .notFound,
                    message: "\(path) was there and is gone; mount its disk, or make the folder"
                )
            }
            let parent = try Directory(path.parent)
            try parent.makeFolder(path.lastComponent)
            try parent.sync()
            folder = try Directory(path)
        }
        let isMounted = try folder.status(Path("")).mountID != FileStatus(of: Path("/")).mountID
        if known == Self.mountedWord, !isMounted {
            throw FileError(
                code: .notFound,
                message: "\(path) was on a disk of its own and is not any more; mount that disk"
            )
        }
        let word = isMounted ? Self.mountedWord : Self.plainWord
        if known != word { try remember(word) }
    }

    /// How this very folder was; nil where it was never used.
    private func remembered() -> String? {
        let record = try? OpenFile(state.path.appending(Self.recordName), .read).readAll()
        return [Self.mountedWord, Self.plainWord].first { Array($0.utf8) + path.bytes == record }
    }

    private func remember(_ word: String) throws(FileError) {
        try Directory(state.path).writeNote(Self.recordName, Array(word.utf8) + path.bytes)
    }
}
